"""What the answer depends on that no file can tell: the channel and the organisation's settings."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

Words = frozenset[str] | set[str] | list[str] | tuple[str, ...]
"""Words in any collection but a bare string."""

# fmt: off
DEFAULT_BLOCKED_EXTENSIONS = frozenset([
    "ade", "adp", "app", "asa", "ashx", "asmx", "asp", "bas", "bat", "cdx", "cer", "chm", "class", "cmd", "com",
    "config", "cpl", "crt", "csh", "dll", "exe", "fxp", "hlp", "hta", "htr", "htw", "ida", "idc", "idq", "inf", "ins",
    "isp", "its", "jar", "js", "jse", "ksh", "lnk", "mad", "maf", "mag", "mam", "maq", "mar", "mas", "mat", "mau",
    "mav", "maw", "mda", "mdb", "mde", "mdt", "mdw", "mdz", "msc", "msh", "msh1", "msh1xml", "msh2", "msh2xml",
    "mshxml", "msi", "msp", "mst", "ops", "pcd", "pif", "prf", "prg", "printer", "pst", "reg", "rem", "scf", "scr",
    "sct", "shb", "shs", "shtm", "shtml", "soap", "stm", "tmp", "url", "vb", "vbe", "vbs", "vsmacros", "vss", "vst",
    "vsw", "ws", "wsc", "wsf", "wsh", "svg",
])
# fmt: on
"""Dataverse's default list of blocked attachment extensions (files and images overview, 2023-02-02)."""


class Channel(StrEnum):
    """The way a message takes into Dynamics 365."""

    EXCHANGE = "exchange"
    """Server-Side Synchronization with Exchange Online or on-premises."""
    POP_IMAP = "pop-imap"
    """Server-Side Synchronization with POP3, IMAP or Gmail."""
    EMAIL_ROUTER = "email-router"
    """The Email Router: no longer functioning since 12 April 2021."""
    APP_FOR_OUTLOOK = "app-for-outlook"
    """Tracked by hand with Dynamics 365 App for Outlook."""

    __hash__ = str.__hash__  # that of Enum is written in Python, and every verdict asks for it


@dataclass(frozen=True, slots=True, init=False)
class Profile:
    """The organisation's side of the question. A field that is None was not given.

    Raises ``ValueError`` for an unknown channel or a number that is not positive, ``TypeError`` for a
    value of the wrong type.
    """

    channel: Channel
    """How the mail is to reach Dynamics 365."""
    max_attachment_kb: int
    """"Maximum file size for attachments" in kilobytes of 1,024 bytes; 5,120 by default."""
    max_message_mb: int
    """Largest message in megabytes; 150 by default, the unit is undefined by Microsoft."""
    blocked_extensions: frozenset[str]
    """Extensions without the dot, lower case."""
    irm_sync: bool | None
    """"Sync information rights management-enabled emails"; None: not known."""
    known_addresses: frozenset[str] | None
    """Addresses of users and queues, lower case; None: not known."""
    tracks_all: bool | None
    """Whether the mailbox tracks "All email messages"; None: not known."""
    forward_mailbox: bool
    """Whether the mailbox is a Forward Mailbox."""
    given: frozenset[str] = field(compare=False)
    """Names of the fields that the caller gave; the others are defaults and are reported as assumed."""

    def __init__(  # noqa: PLR0913 - one keyword for each field, none positional
        self,
        *,
        channel: Channel | str | None = None,
        max_attachment_kb: int | None = None,
        max_message_mb: int | None = None,
        blocked_extensions: Words | None = None,
        irm_sync: bool | None = None,
        known_addresses: Words | None = None,
        tracks_all: bool | None = None,
        forward_mailbox: bool | None = None,
    ) -> None:
        given = {name for name, value in locals().items() if name != "self" and value is not None}
        put = object.__setattr__
        put(self, "channel", Channel.EXCHANGE if channel is None else Channel(channel))
        put(self, "max_attachment_kb", _positive("max_attachment_kb", max_attachment_kb, 5120))
        put(self, "max_message_mb", _positive("max_message_mb", max_message_mb, 150))
        put(self, "blocked_extensions", _extensions(blocked_extensions))
        put(self, "irm_sync", _flag("irm_sync", irm_sync))
        put(self, "known_addresses", _words("known_addresses", known_addresses))
        put(self, "tracks_all", _flag("tracks_all", tracks_all))
        put(self, "forward_mailbox", bool(_flag("forward_mailbox", forward_mailbox)))
        put(self, "given", frozenset(given))

    @classmethod
    def from_toml(cls, path: str | Path) -> Profile:
        """Read a profile from a TOML file whose keys are the field names, at the top or in ``[profile]``.

        Raises ``OSError`` when the file cannot be read and ``ValueError`` (which ``tomllib.TOMLDecodeError``
        is) when it is no TOML or holds an unknown key.
        """
        import tomllib  # for those few who have a file

        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            document = tomllib.load(stream)
        values = document.get("profile", document)
        if not isinstance(values, dict):
            raise ValueError("profile must be a table of fields")  # noqa: TRY004 - the file is wrong, not the call
        return cls.from_mapping(values)

    @classmethod
    def from_mapping(cls, values: dict[str, Any]) -> Profile:
        """Build a profile from plain values; raises ``ValueError`` for an unknown key."""
        unknown = sorted(set(values) - PROFILE_FIELDS)
        if unknown:
            known = ", ".join(sorted(PROFILE_FIELDS))
            raise ValueError(f"unknown profile field: {', '.join(unknown)} (known: {known})")
        return cls(**values)


PROFILE_FIELDS = frozenset(f.name for f in fields(Profile)) - {"given"}


def _positive(name: str, value: int | None, default: int) -> int:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{name} must be a whole number, not {type(value).__name__}")
    if value <= 0:
        raise ValueError(f"{name} must be positive, not {value}")
    return value


def _flag(name: str, value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise TypeError(f"{name} must be true or false, not {value!r}")
    return value


def _words(name: str, values: Words | None) -> frozenset[str] | None:
    if values is None:
        return None
    if isinstance(values, str) or not all(isinstance(value, str) for value in values):
        raise TypeError(f"{name} must be a list of strings")
    return frozenset(value.strip().lower() for value in values)


def _extensions(values: Words | None) -> frozenset[str]:
    words = _words("blocked_extensions", values)
    return DEFAULT_BLOCKED_EXTENSIONS if words is None else frozenset(word.lstrip(".") for word in words)
