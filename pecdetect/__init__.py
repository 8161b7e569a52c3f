"""Says, offline, whether Dynamics 365 can synchronise a saved e-mail, and why.

>>> import pecdetect
>>> verdict = pecdetect.classify("busta.eml")
>>> verdict.outcome, verdict.decided_by

Names are loaded when they are first used: importing the package does no work.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pecdetect._version import __version__
    from pecdetect.evidence import Evidence
    from pecdetect.flow import classify, read
    from pecdetect.limits import LimitHit, Limits
    from pecdetect.parsing.header import Field
    from pecdetect.parsing.message import Anomaly, Message, Part
    from pecdetect.profile import Channel, Profile
    from pecdetect.result import Problem, Result
    from pecdetect.scanning.run import scan
    from pecdetect.verdict import Assumption, Basis, Effect, Outcome, Reason, Source, Verdict

_HOMES = {
    "__version__": "_version",
    "Anomaly": "parsing.message",
    "Assumption": "verdict",
    "Basis": "verdict",
    "Channel": "profile",
    "Effect": "verdict",
    "Evidence": "evidence",
    "Field": "parsing.header",
    "LimitHit": "limits",
    "Limits": "limits",
    "Message": "parsing.message",
    "Outcome": "verdict",
    "Part": "parsing.message",
    "Problem": "result",
    "Profile": "profile",
    "Reason": "verdict",
    "Result": "result",
    "Source": "verdict",
    "Verdict": "verdict",
    "classify": "flow",
    "read": "flow",
    "scan": "scanning.run",
}

__all__ = [
    "Anomaly",
    "Assumption",
    "Basis",
    "Channel",
    "Effect",
    "Evidence",
    "Field",
    "LimitHit",
    "Limits",
    "Message",
    "Outcome",
    "Part",
    "Problem",
    "Profile",
    "Reason",
    "Result",
    "Source",
    "Verdict",
    "__version__",
    "classify",
    "read",
    "scan",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
