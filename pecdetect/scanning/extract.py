"""Writes parts of a message to files: what somebody needs next whose mail did not arrive.

Parts are written as their bytes stand, the transfer encoding removed; nothing is converted, run or opened, and
nothing that exists is touched.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from pecdetect.contract import Problem, encodable, file_name, problem, text
from pecdetect.detect.detect import detect
from pecdetect.detect.objects import PGP_SIGNATURE_TYPES, SIGNATURE_TYPES
from pecdetect.detect.signed import open_signed
from pecdetect.detect.text import is_body_text
from pecdetect.limits import Limits
from pecdetect.loading import load
from pecdetect.parsing import transfer
from pecdetect.parsing.mime import MESSAGE_TYPES
from pecdetect.parsing.opening import open_message, open_message_part
from pecdetect.scanning.filenames import numbered, safe_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.loading import Readable
    from pecdetect.parsing.message import Message, Part

Role = Literal["postacert", "daticert", "attachment", "part"]

_DEFAULT_LIMITS = Limits()
_SIGNATURES = SIGNATURE_TYPES | PGP_SIGNATURE_TYPES
# Nobody may execute it, and nobody else read it; a link in its place is not followed.
_MODE = 0o600
_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL
_FLAGS |= getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0)


@dataclass(frozen=True, slots=True)
class Extracted:
    """A file that was written."""

    section: str
    """Section of the part in the message."""
    role: Role
    """What it is there: the original message of a PEC, its certification data, an attachment, or any part."""
    name: str | None
    """Name as the message declares it."""
    file: str
    """Name as written, in the folder that was given."""
    type: str
    """Media type as the message declares it."""
    size: int
    """Bytes."""
    sha256: str
    """Lower-case hex."""
    decoded: bool = True
    """False: its transfer encoding is unknown, and the bytes are as they stood (RFC 2045, 6.4)."""

    def to_dict(self) -> dict[str, Any]:
        """The file as JSON values."""
        return {
            "section": self.section,
            "role": self.role,
            "name": text(self.name),
            "file": self.file,
            "type": encodable(self.type),
            "size": self.size,
            "sha256": self.sha256,
            "decoded": self.decoded,
        }


@dataclass(frozen=True, slots=True)
class Extraction:
    """What came of one message."""

    written: tuple[Extracted, ...] = ()
    """Files, in document order."""
    problem: Problem | None = None
    """What ended it before everything was written."""
    truncated: bool = False
    """The message ends before its structure does, so that its last part may be cut off."""
    limits: tuple[str, ...] = ()
    """Limits that were reached: what lies beyond them was not looked at."""
    without_bytes: tuple[str, ...] = ()
    """Sections of messages that were wanted and have no bytes of their own, as those that Outlook embeds: what
    they hold was written."""


class _Choice(NamedTuple):
    part: Part
    role: Role


def extract(
    source: Readable, folder: str | os.PathLike[str], *, everything: bool = False, limits: Limits = _DEFAULT_LIMITS
) -> Extraction:
    """Write the parts of one message that a signature or a PEC hides, or with ``everything`` every leaf, to a folder.

    The folder is created when there is something to write. Files that are there already, links among them, stay
    as they are: a name that is taken gets a number. Where writing fails, or the parts together are larger than
    ``limits`` allow to decode, the rest is left out and ``problem`` says so. Raises ``TypeError`` for a wrong
    argument and ``OSError`` for a source that cannot be read.
    """
    data, origin = load(source, limits)
    message = open_message(data, origin.size, limits)
    if message.no_message is not None:
        return Extraction()
    findings = detect(message, open_signed(message), origin.name, 0)
    pec = findings.pec
    roles: dict[str, Role] = {}
    if pec is not None and pec.daticert_section is not None:
        roles[pec.daticert_section] = "daticert"
    if pec is not None and pec.postacert_section is not None:
        roles[pec.postacert_section] = "postacert"
    opaque = {entity.part for entity in findings.smime if entity.kind == "opaque-signed"}
    chosen = _leaves(message, roles) if everything else _hidden(message, roles, opaque)
    without: list[str] = []
    written, problem = _write_all(chosen, Path(folder), limits.decoded_budget(message.size), without)
    hit = dict.fromkeys(limit.name for limit in message.limits_hit)
    return Extraction(tuple(written), problem, message.truncated, tuple(hit), tuple(without))


# -- What is written --


def _leaves(message: Message, roles: dict[str, Role]) -> Iterator[_Choice]:
    """Every part that is no multipart; attached messages whole, and their parts after them."""
    for part in message.walk():
        _open(message, part, roles)
        if _is_leaf(part):
            yield _Choice(part, roles.get(part.section) or ("part" if _is_text_or_signature(part) else "attachment"))


def _hidden(message: Message, roles: dict[str, Role], opaque: set[str]) -> Iterator[_Choice]:
    """The two parts of a PEC, and the attachments within signed entities and the original message of a PEC.

    ``opaque`` are the sections of what is signed opaquely: the entity that was signed is below them. Other
    attached messages are attachments: one file, whose own parts are not taken apart.
    """
    stack = [(message.root, False)]
    while stack:
        part, hidden = stack.pop()
        _open(message, part, roles)
        role = roles.get(part.section)
        if role is not None:
            yield _Choice(part, role)
        elif hidden and _is_leaf(part) and not _is_text_or_signature(part):
            yield _Choice(part, "attachment")
        hidden = hidden or part.content_type == "multipart/signed"
        if part.message is not None:
            stack.append((part.message, role == "postacert" or part.section in opaque))
        stack.extend((child, hidden) for child in reversed(part.children))


def _open(message: Message, part: Part, roles: dict[str, Role]) -> None:
    """Read the original message of a PEC where it was forwarded as a mere file."""
    if roles.get(part.section) == "postacert" and part.message is None and not part.children:
        open_message_part(message, part)


def _is_leaf(part: Part) -> bool:
    """Whether a part is no multipart; one whose parts were not found is its bytes."""
    return not part.children and not (part.is_multipart and part.body_size == 0)


def _is_text_or_signature(part: Part) -> bool:
    """Whether a leaf is what mail clients show as the text, or the detached signature of its siblings."""
    if part.media_type.type == "text":
        return is_body_text(part)
    around = part.parent
    return part.content_type in _SIGNATURES and around is not None and around.is_multipart


def _name(part: Part, role: Role) -> str:
    """The name to write a part under, collisions apart."""
    if role == "postacert":
        return safe_name(part.name, "postacert.eml")
    if role == "daticert":
        return safe_name(part.name, "daticert.xml")
    major, subtype = part.media_type.type, part.media_type.subtype
    suffix = ".txt" if major == "text" else ".bin"
    if major == "message":
        suffix = ".eml" if subtype in MESSAGE_TYPES else ".txt"
    # "" is the message itself, "2/" the one in part 2.
    section = "-".join(step or "0" for step in part.section.split("/"))
    return safe_name(part.name, f"part-{section}{suffix}")


# -- Writing --


def _write_all(
    chosen: Iterator[_Choice], folder: Path, budget: int, without: list[str]
) -> tuple[list[Extracted], Problem | None]:
    written: list[Extracted] = []
    taken: dict[str, int] = {}
    try:
        for part, role in chosen:
            if part.message is not None and part.body_size == 0:
                without.append(part.section)
                continue
            content = part.decoded()
            budget -= len(content)
            if budget < 0:
                detail = "The decoded parts together are larger than the limit allows; the rest was not written."
                return written, problem("limit-reached", detail)
            if not written:
                folder.mkdir(parents=True, exist_ok=True)
            file = _write(folder, _name(part, role), content, taken)
            written.append(
                Extracted(
                    section=part.section,
                    role=role,
                    name=part.name,
                    file=file,
                    type=part.content_type,
                    size=len(content),
                    sha256=hashlib.sha256(content).hexdigest(),
                    decoded=transfer.family(part.encoding) != "unknown",
                )
            )
    except OSError as error:
        said, where = error.strerror or type(error).__name__, file_name(str(folder))
        detail = f"Writing to {where} failed: {said}."
        return written, problem("not-written", detail, cause="system", folder=where, said=said)
    except UnicodeEncodeError:
        where = file_name(str(folder))
        detail = f"Writing to {where} failed: the file system cannot encode a file name."
        return written, problem("not-written", detail, cause="file-name", folder=where)
    return written, None


def _write(folder: Path, wanted: str, content: bytes, taken: dict[str, int]) -> str:
    """Write a new file under the wanted name, or with the first free number; gives the name.

    ``taken`` holds the last number tried for each name, case apart: the same names come of the same message
    where case tells files apart and where not, and a thousand equal names need no thousand tries each.
    """
    key = wanted.casefold()
    while True:
        number = taken[key] = taken.get(key, 0) + 1
        name = wanted if number == 1 else numbered(wanted, number)
        if number > 1 and name.casefold() in taken:
            continue
        try:
            handle = os.open(folder / name, _FLAGS, _MODE)
        except FileExistsError:
            continue
        taken.setdefault(name.casefold(), 1)
        _fill(handle, folder / name, content)
        return name


def _fill(handle: int, path: Path, content: bytes) -> None:
    """Write a file that was just created; what cannot be finished is removed."""
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
    except OSError:
        path.unlink(missing_ok=True)
        raise
