"""The readers that are compared. Each is given a path, and names the attached files that it found.

All read the file themselves, so that what reading costs is in every figure. Each does what its documentation
shows first; where it can leave the attachments undecoded, as pecdetect does, that is shown, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import metadata, util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    Read = Callable[[Path], list[str]]


@dataclass(frozen=True, slots=True)
class Reader:
    """One way to read a message."""

    name: str
    module: str
    """What is imported."""
    distribution: str | None
    """What is installed, None for the standard library."""
    load: Callable[[], Read]
    """Imports it; raises ``ImportError`` where it is missing."""

    @property
    def installed(self) -> bool:
        """Whether there is anything to import."""
        return util.find_spec(self.module) is not None

    @property
    def version(self) -> str | None:
        """Version of the distribution, None for the standard library and what was not installed as one."""
        try:
            return metadata.version(self.distribution) if self.distribution else None
        except metadata.PackageNotFoundError:
            return None


def _named(names: Iterable[str | None]) -> list[str]:
    return [name for name in names if name]


def _nothing() -> Read:
    def read(path: Path) -> list[str]:
        path.read_bytes()
        return []

    return read


def _pecdetect() -> Read:
    from pecdetect import classify

    return lambda path: _named(attachment.name for attachment in classify(path).attachments)


def _email(policy: str) -> Read:
    import email
    import email.policy

    chosen = getattr(email.policy, policy)

    def read(path: Path) -> list[str]:
        names = []
        for part in email.message_from_bytes(path.read_bytes(), policy=chosen).walk():
            part.get_content_type()
            names.append(part.get_filename())
        return _named(names)

    return read


def _mail_parser() -> Read:
    import mailparser

    def read(path: Path) -> list[str]:
        return _named(item["filename"] for item in mailparser.parse_from_bytes(path.read_bytes()).attachments)

    return read


def _eml_parser() -> Read:
    import eml_parser

    def read(path: Path) -> list[str]:
        parsed = eml_parser.EmlParser().decode_email_bytes(path.read_bytes())
        return _named(item["filename"] for item in parsed.get("attachment", ()))

    return read


def _fast_mail_parser() -> Read:
    import fast_mail_parser

    def read(path: Path) -> list[str]:
        return _named(item.filename for item in fast_mail_parser.parse_email(path.read_bytes()).attachments)

    return read


def _fast_mail_parser_metadata() -> Read:
    import fast_mail_parser

    def read(path: Path) -> list[str]:
        parsed = fast_mail_parser.parse_email(path.read_bytes(), mode="metadata")
        return _named(item.filename for item in parsed.attachments)

    return read


FLOOR = "(reading the file)"
PECDETECT = "pecdetect"
EMAIL = "email (compat32)"

READERS = (
    Reader(PECDETECT, "pecdetect", "pecdetect", _pecdetect),
    Reader(EMAIL, "email", None, lambda: _email("compat32")),
    Reader("email (default)", "email", None, lambda: _email("default")),
    Reader("mail-parser", "mailparser", "mail-parser", _mail_parser),
    Reader("eml-parser", "eml_parser", "eml-parser", _eml_parser),
    Reader("fast-mail-parser (Rust)", "fast_mail_parser", "fast-mail-parser", _fast_mail_parser),
    Reader("fast-mail-parser, metadata", "fast_mail_parser", "fast-mail-parser", _fast_mail_parser_metadata),
    Reader(FLOOR, "pathlib", None, _nothing),
)
