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
    )
    from pecdetect.contract import (
        Assumption as Assumption,
    )
    from pecdetect.contract import (
        Attachment as Attachment,
    )
    from pecdetect.contract import (
        Basis as Basis,
    )
    from pecdetect.contract import (
        ContractError as ContractError,
    )
    from pecdetect.contract import (
        Effect as Effect,
    )
    from pecdetect.contract import (
        Envelope as Envelope,
    )
    from pecdetect.contract import (
        Evidence as Evidence,
    )
    from pecdetect.contract import (
        LimitHit as LimitHit,
    )
    from pecdetect.contract import (
        Outcome as Outcome,
    )
    from pecdetect.contract import (
        Part as Part,
    )
    from pecdetect.contract import (
        Pec as Pec,
    )
    from pecdetect.contract import (
        PecCheck as PecCheck,
    )
    from pecdetect.contract import (
        PecClaim as PecClaim,
    )
    from pecdetect.contract import (
        PecRecipient as PecRecipient,
    )
    from pecdetect.contract import (
        PecSignature as PecSignature,
    )
    from pecdetect.contract import (
        Pgp as Pgp,
    )
    from pecdetect.contract import (
        Problem as Problem,
    )
    from pecdetect.contract import (
        ProfileUsed as ProfileUsed,
    )
    from pecdetect.contract import (
        Reason as Reason,
    )
    from pecdetect.contract import (
        Reference as Reference,
    )
    from pecdetect.contract import (
        Result as Result,
    )
    from pecdetect.contract import (
        Rights as Rights,
    )
    from pecdetect.contract import (
        Smime as Smime,
    )
    from pecdetect.contract import (
        Source as Source,
    )
    from pecdetect.contract import (
        System as System,
    )
    from pecdetect.contract import (
        Unopened as Unopened,
    )
    from pecdetect.contract import (
        Verdict as Verdict,
    )
    from pecdetect.flow import classify as classify
    from pecdetect.flow import read as read
    from pecdetect.limits import Limits as Limits
    from pecdetect.parsing.message import Message as Message
    from pecdetect.profile import Channel as Channel
    from pecdetect.profile import Profile as Profile
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
