"""What a scan was told to do, with what, when, and what came of it: a row of the store's table ``runs``."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec import Struct
from msgspec.structs import asdict, replace

from pecdetect._version import RULE_SET, __version__
from pecdetect.contract import file_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pecdetect.columns import Columns
    from pecdetect.limits import Limits
    from pecdetect.profile import Profile

COUNTED: Final = ("blocked", "undetermined", "degraded", "syncs", "skipped", "errors")
"""What is counted; the numbers add up to ``items``."""
_PACKAGES: Final = ("msgspec", "chardet", "libpff-python")
"""Packages that read mail or write results."""


class Run(Struct, frozen=True, kw_only=True):
    """One scan: what it was asked, and how it went."""

    version: str
    """Version of pecdetect."""
    rules: str
    """Version of the rule set."""
    arguments: tuple[str, ...]
    """The command line after the program's name."""
    directory: str
    """The working directory, which relative paths start from."""
    environment: dict[str, str | None]
    """Operating system, Python, and versions of packages; None for one that is not installed."""
    profile: dict[str, Any]
    """The profile as JSON values, and ``given``: the fields that are not defaults."""
    limits: dict[str, int]
    """All limits."""
    options: dict[str, Any]
    """What else decides a result, as JSON values."""
    started: str
    """ISO 8601, UTC."""
    ended: str | None = None
    """ISO 8601, UTC; None while it runs, and for good if it was killed."""
    complete: bool = False
    """Whether it reached its end."""
    counts: dict[str, int] = msgspec.field(default_factory=dict)
    """``items`` and, adding up to it, the numbers of :data:`COUNTED`."""
    exports: dict[str, str] = msgspec.field(default_factory=dict)
    """SHA-256 of each other file that it wrote, by name."""

    @classmethod
    def begin(
        cls,
        arguments: Sequence[str] = (),
        *,
        profile: Profile,
        limits: Limits,
        options: Mapping[str, Any] | None = None,
    ) -> Run:
        """Describe a scan that starts now. ``options``: what else changes results (JSON values)."""
        given = {name: getattr(profile, name) for name in profile.__dataclass_fields__}
        values = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in given.items()}
        return cls(
            version=__version__,
            rules=RULE_SET,
            arguments=tuple(map(file_name, arguments)),
            directory=file_name(os.getcwd()),  # noqa: PTH109 - a name as the system gives it
            environment=_environment(),
            profile=values | {"given": sorted(profile.given)},
            limits={name: getattr(limits, name) for name in limits.__dataclass_fields__},
            options=dict(options or {}),
            started=_now(),
        )

    @classmethod
    def unknown(cls) -> Run:
        """Give the run of a saved scan that has no record of it."""
        return cls(
            version="",
            rules="",
            arguments=(),
            directory="",
            environment={},
            profile={},
            limits={},
            options={},
            started="",
        )

    @property
    def settings(self) -> str:
        """Everything that decides a result, as one text: results judged under another are not used again."""
        values = (self.version, self.rules, self.profile, self.limits, self.options)
        return msgspec.json.encode(values, order="sorted").decode()

    def end(self, counts: Mapping[str, int], *, complete: bool) -> Run:
        """Give the same run, ended now."""
        return replace(self, ended=_now(), complete=complete, counts=dict(counts))

    def to_dict(self) -> dict[str, Any]:
        """Give the run as JSON values."""
        return asdict(self) | {"arguments": list(self.arguments)}


def _environment() -> dict[str, str | None]:
    versions: dict[str, str | None] = {"platform": platform.platform(), "python": platform.python_version()}
    for name in _PACKAGES:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            versions[name] = None
    return versions


def _now() -> str:
    """Give the time, ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def no_counts() -> dict[str, int]:
    """Give the counts of nothing."""
    return dict.fromkeys(("items", *COUNTED), 0)


def count(counts: dict[str, int], columns: Columns) -> None:
    """Count one result."""
    counts[columns.outcome.value if columns.outcome is not None else "skipped" if columns.skipped else "errors"] += 1
    counts["items"] += 1
