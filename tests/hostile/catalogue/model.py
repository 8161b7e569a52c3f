"""What the tables are made of: entities taken apart by their blank line, seeds and mutations.

Nothing here uses the library: a seed is one whose structure is simple enough for ``partition`` and ``split``.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

CRLF = b"\r\n"
CT, CTE, CD = b"Content-Type", b"Content-Transfer-Encoding", b"Content-Disposition"
BOUNDARY = re.compile(rb';\s*boundary="?([^";\r\n]+)"?', re.IGNORECASE)
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Entity:
    """A header and a body, with CRLF everywhere."""

    fields: tuple[tuple[bytes, bytes], ...]
    """Name, and all that follows its colon, folds included."""
    body: bytes
    separator: bytes = CRLF
    """What stands between the last field and the body."""

    @classmethod
    def parse(cls, data: bytes) -> Entity:
        head, body = (b"", data[2:]) if data.startswith(CRLF) else data.split(CRLF * 2, 1)
        rows: list[tuple[bytes, bytes]] = []
        for line in head.split(CRLF) if head else ():
            if line[:1] in (b" ", b"\t"):
                rows[-1] = (rows[-1][0], rows[-1][1] + CRLF + line)
            else:
                name, _, value = line.partition(b":")
                rows.append((name, value))
        return cls(tuple(rows), body)

    def value(self, name: bytes) -> bytes | None:
        """The first value of that name, on one line."""
        for given, value in self.fields:
            if given.lower() == name.lower():
                return value.replace(CRLF, b"").strip()
        return None

    def put(self, name: bytes, *rows: tuple[bytes, bytes]) -> Entity:
        """Replace the first field of that name by these rows (name, raw value); append them if there is none."""
        out = list(self.fields)
        places = [at for at, (given, _) in enumerate(out) if given.lower() == name.lower()]
        if places:
            out[places[0] : places[0] + 1] = rows
        else:
            out += rows
        return replace(self, fields=tuple(out))

    def set(self, name: bytes, *values: bytes) -> Entity:
        """Replace the first field of that name by one field for each value; append them if there is none."""
        return self.put(name, *((name, b" " + value) for value in values))

    def drop(self, *names: bytes) -> Entity:
        lower = {name.lower() for name in names}
        return replace(self, fields=tuple(row for row in self.fields if row[0].lower() not in lower))

    def first(self, *rows: tuple[bytes, bytes]) -> Entity:
        return replace(self, fields=rows + self.fields)

    def last(self, *rows: tuple[bytes, bytes]) -> Entity:
        return replace(self, fields=self.fields + rows)

    def with_body(self, body: bytes) -> Entity:
        return replace(self, body=body)

    @property
    def head(self) -> bytes:
        """The header lines, each ended; a row with an empty value is written as it is, without a colon."""
        return b"".join((name + b":" + value if value else name) + CRLF for name, value in self.fields)

    @property
    def data(self) -> bytes:
        return self.head + self.separator + self.body

    @property
    def media(self) -> bytes:
        return (self.value(CT) or b"text/plain").partition(b";")[0].strip().lower()

    @property
    def parameters(self) -> bytes:
        """What follows the media type, its semicolon included."""
        return b"".join((self.value(CT) or b"").partition(b";")[1:])

    @property
    def payload(self) -> bytes | None:
        """What base64 or no encoding hides; None where there is nothing to encode anew."""
        encoding = (self.value(CTE) or b"7bit").lower()
        if encoding == b"base64":
            return base64.b64decode(self.body) or None
        return None

    @property
    def is_cms(self) -> bool:
        """Whether its content is CMS: recognisable without any field."""
        return (self.payload or b"").startswith(b"\x30")

    @property
    def tells(self) -> bool:
        """Whether its type says what it is, however its content is written."""
        return any(word in self.media for word in (b"pkcs7-", b"rpmsg"))

    @property
    def multi(self) -> Multi | None:
        found = BOUNDARY.search(self.value(CT) or b"") if self.media.startswith(b"multipart/") else None
        return Multi.parse(self, found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Multi:
    """A multipart taken apart."""

    entity: Entity
    boundary: bytes
    preamble: bytes
    parts: tuple[bytes, ...]
    epilogue: bytes

    @classmethod
    def parse(cls, entity: Entity, boundary: bytes) -> Multi | None:
        pieces = re.split(rb"\r\n--" + re.escape(boundary) + rb"(?=--|[ \t]*\r\n)", CRLF + entity.body)
        closed = pieces[-1].startswith(b"--")
        parts = tuple(piece.partition(CRLF)[2] for piece in (pieces[1:-1] if closed else pieces[1:]))
        if not parts:
            return None
        return cls(entity, boundary, pieces[0][2:], parts, pieces[-1][2:] if closed else b"")

    @property
    def other(self) -> bytes:
        """Media type and parameters without the boundary."""
        return BOUNDARY.sub(b"", self.entity.value(CT) or b"")

    def typed(self, parameter: bytes) -> Entity:
        """The entity with this text in place of its boundary parameter."""
        return self.entity.set(CT, self.other + b"; " + parameter)

    def built(
        self,
        boundary: bytes | None = None,
        *,
        open_: Callable[[int, bytes], bytes] | None = None,
        close: bytes | None = None,
        parts: Iterable[bytes] | None = None,
        preamble: bytes | None = None,
        epilogue: bytes | None = None,
    ) -> bytes:
        """The body again; ``open_`` writes the delimiter line (number of the part, plain delimiter)."""
        plain = b"--" + (self.boundary if boundary is None else boundary)
        before = self.preamble if preamble is None else preamble
        body = before + CRLF if before else b""
        for at, part in enumerate(self.parts if parts is None else parts):
            body += (open_(at, plain) if open_ else plain) + CRLF + part + CRLF
        return body + (plain + b"--" if close is None else close) + (self.epilogue if epilogue is None else epilogue)

    def renamed(self, boundary: bytes, parameter: bytes | None = None) -> Entity:
        """The same with another boundary, in this parameter."""
        written = b'boundary="' + boundary + b'"' if parameter is None else parameter
        return self.typed(written).with_body(self.built(boundary))

    def with_part(self, at: int, part: bytes) -> Entity:
        parts = list(self.parts)
        parts[at] = part
        return self.entity.with_body(self.built(parts=parts))


@dataclass(frozen=True)
class Seed:
    """A protected message. ``child`` is the part that protects it, where that is not the root."""

    name: str
    data: bytes
    family: frozenset[str]
    """Keys of the verdict of which one must have an entry."""
    outcome: str
    """Its own outcome on the ``exchange`` channel."""
    child: int | None = None
    rows: frozenset[str] = frozenset()
    """Rows of the tables that the seed stands for itself."""
    root: Entity = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "root", Entity.parse(self.data))

    @property
    def leaf(self) -> Entity | None:
        """The protected entity that is no multipart."""
        if self.child is None:
            return None if self.root.media.startswith(b"multipart/") else self.root
        multi = self.root.multi
        return Entity.parse(multi.parts[self.child]) if multi else None

    def with_leaf(self, data: bytes, root: Entity | None = None) -> bytes:
        """The message with these bytes for its protected entity."""
        if self.child is None:
            return data
        multi = (root or self.root).multi
        return multi.with_part(self.child, data).data if multi else data


PRIMARY, ELSEWHERE, ANY = "primary", "elsewhere", "any"
"""The reading that must show it: the primary; another one, since Outlook is known to read it the other way; any."""
OWN, FINDING, OUTCOME = "own", "finding", "outcome"
"""What is asked: an outcome no better than the seed's and the finding; or only one of them."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """One way to write a protected message so that readers differ."""

    ident: str
    """``ROW/variation``."""
    make: Callable[[Seed], bytes | None]
    """The mail, or None where it does not apply to that seed."""
    expect: str = ANY
    demand: str = OWN

    @property
    def row(self) -> str:
        return self.ident.partition("/")[0]


Made = Entity | bytes | None


def bytes_of(made: Made) -> bytes | None:
    return made.data if isinstance(made, Entity) else made


def bind(change: Callable[..., R], *values: object) -> Callable[..., R]:
    """A change with its last arguments: a lambda in a loop would see only the last ones."""
    return lambda *subjects: change(*subjects, *values)


def on_root(change: Callable[[Entity], Made]) -> Callable[[Seed], bytes | None]:
    """A mutation of the message's own header."""
    return lambda seed: bytes_of(change(seed.root))


def on_part(change: Callable[[Entity], Made]) -> Callable[[Seed], bytes | None]:
    """A mutation of the protected part of a multipart."""

    def make(seed: Seed) -> bytes | None:
        leaf = seed.leaf if seed.child is not None else None
        made = bytes_of(change(leaf)) if leaf else None
        return None if made is None else seed.with_leaf(made)

    return make


def on_leaf(change: Callable[[Entity], Made]) -> Callable[[Seed], bytes | None]:
    """A mutation of the protected entity, wherever it stands."""

    def make(seed: Seed) -> bytes | None:
        leaf = seed.leaf
        made = bytes_of(change(leaf)) if leaf else None
        return None if made is None else seed.with_leaf(made)

    return make


def on_multi(change: Callable[[Multi], Made]) -> Callable[[Seed], bytes | None]:
    """A mutation of how the message is divided into parts."""

    def make(seed: Seed) -> bytes | None:
        multi = seed.root.multi
        return bytes_of(change(multi)) if multi else None

    return make


def on_file(change: Callable[[bytes], bytes | None]) -> Callable[[Seed], bytes | None]:
    """A mutation of the file."""
    return lambda seed: change(seed.data)


def wrapped(text: bytes, width: int = 76, end: bytes = CRLF) -> bytes:
    return b"".join(text[at : at + width] + end for at in range(0, len(text), width))


def base64_of(payload: bytes, width: int = 76, end: bytes = CRLF) -> bytes:
    return wrapped(base64.b64encode(payload), width, end)


def quoted_of(payload: bytes) -> bytes:
    return binascii.b2a_qp(payload, istext=False).replace(b"\n", CRLF) + CRLF
