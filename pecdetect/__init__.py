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
    from pecdetect._version import __version__ as __version__
    from pecdetect.contract import (
        Anomaly as Anomaly,
        Assumption as Assumption,
        Attachment as Attachment,
        Basis as Basis,
        ContractError as ContractError,
        Effect as Effect,
        Envelope as Envelope,
        Evidence as Evidence,
        LimitHit as LimitHit,
        Outcome as Outcome,
        Part as Part,
        Pec as Pec,
        PecCheck as PecCheck,
        PecClaim as PecClaim,
        PecRecipient as PecRecipient,
        PecSignature as PecSignature,
        Pgp as Pgp,
        Problem as Problem,
        ProfileUsed as ProfileUsed,
        Reason as Reason,
        Reference as Reference,
        Result as Result,
        Rights as Rights,
        Smime as Smime,
        Source as Source,
        System as System,
        Unopened as Unopened,
        Verdict as Verdict,
    )
    from pecdetect.flow import classify as classify, read as read
    from pecdetect.limits import Limits as Limits
    from pecdetect.parsing.message import Message as Message
    from pecdetect.profile import Channel as Channel, Profile as Profile
    from pecdetect.scanning.run import scan as scan

_HOMES = {
    "_version": ("__version__",),
    "contract": (
        "Anomaly", "Assumption", "Attachment", "Basis", "ContractError", "Effect", "Envelope", "Evidence", "LimitHit",
        "Outcome", "Part", "Pec", "PecCheck", "PecClaim", "PecRecipient", "PecSignature", "Pgp", "Problem",
        "ProfileUsed", "Reason", "Reference", "Result", "Rights", "Smime", "Source", "System", "Unopened", "Verdict",
    ),
    "flow": ("classify", "read"),
    "limits": ("Limits",),
    "parsing.message": ("Message",),
    "profile": ("Channel", "Profile"),
    "scanning.run": ("scan",),
}  # fmt: skip
"""The module that each public name is loaded from."""

__all__ = [name for names in _HOMES.values() for name in names]


def __getattr__(name: str) -> Any:
    home = next((module for module, names in _HOMES.items() if name in names), None)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
