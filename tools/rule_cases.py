"""The cases of each rule (``tests/cases/rules.toml``): files that fire it, and files that nearly do.

The rules' pages show the first of each; the tests run them all.
"""

from __future__ import annotations

import io
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pecdetect
from samples.places import sample_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pecdetect import Channel, Verdict

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "tests" / "cases" / "rules.toml"

_FILLER = b"One more line of a text that is long and says nothing at all.\r\n"


class _File(io.BytesIO):
    """Bytes with a file name, as an open file has one."""

    name = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A file, in samples/ or written out in the table."""

    sample: str | None = None
    """Name in samples/."""
    text: str = ""
    """Bytes of the file where it is no sample, one for each character, with LF for CRLF."""
    fill: int = 0
    """Bytes of plain text behind them, at least."""
    name: str | None = None
    """The name that the file is judged under; None: that of the sample, or none."""
    shows: str = ""
    """What it is, where it is no sample."""

    @property
    def shown(self) -> str:
        """What to call it."""
        return self.name or self.sample or self.text.partition("\n")[0]

    def octets(self) -> bytes:
        """The file."""
        if self.sample is not None:
            return sample_path(self.sample).read_bytes()
        return self.text.replace("\n", "\r\n").encode("latin-1") + _FILLER * -(-self.fill // len(_FILLER))


@dataclass(frozen=True, slots=True)
class RuleCases:
    """The cases of one rule."""

    code: str
    fires: tuple[Case, ...] = ()
    near: tuple[Case, ...] = ()
    profile: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the profile that all of them are judged with."""
    limits: Mapping[str, int] = field(default_factory=dict)
    """Limits that all of them are read with."""
    test: str | None = None
    """The test that fires it with findings made by hand, where no file can; None: files do."""

    def judge(self, case: Case, channel: Channel | str | None = None) -> Verdict:
        """The verdict on a case, as ``classify`` would give it on a file of that name."""
        file = _File(case.octets())
        file.name = case.name or case.sample or ""
        values = dict(self.profile) if channel is None else {**self.profile, "channel": channel}
        return pecdetect.classify(
            file, profile=pecdetect.Profile.from_mapping(values), limits=pecdetect.Limits(**self.limits)
        )


def load() -> dict[str, RuleCases]:
    """The table, by code. Raises ``KeyError`` and ``TypeError`` where it is written wrongly."""
    with TABLE.open("rb") as stream:
        table = tomllib.load(stream)
    return {code: read_entry(code, entry) for code, entry in table.items()}


def read_entry(code: str, entry: dict[str, Any]) -> RuleCases:
    """The cases of a rule from its entry in the table. Raises as :func:`load` does."""
    values = dict(entry)
    how = values.pop("how", None)
    if (how == "unit") != ("test" in values):
        raise KeyError(f'{code}: how = "unit" and test go together')
    for key in ("fires", "near"):
        values[key] = tuple(_case(case) for case in values.get(key, ()))
    return RuleCases(code, **values)


def _case(entry: str | dict[str, Any]) -> Case:
    return Case(sample=entry) if isinstance(entry, str) else Case(**entry)
