"""Text of others on its way into the page: clipped, nothing in it hidden, and never markup.

An escape of ours is put between two control characters that no foreign text can hold once it is escaped,
so that the page can set it apart: a message may spell out an escape itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pecdetect.report.escape import pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

OPEN, CLOSE = "\x01", "\x02"
"""Stand around what is not in the text itself: an escape, or the note that it was clipped."""
MAX_CELL = 300
"""Characters of a value in the table: a subject, a path."""
MAX_DOMAIN = 255
MAX_TEXT = 2_000
"""Characters of a value in the details."""


def foreign(value: object, limit: int = MAX_TEXT) -> str:
    """Return ``value`` as harmless text of about ``limit`` characters; what is no text is written out as one.

    Escapes, and the note of how much was left out, are put between :data:`OPEN` and :data:`CLOSE`. Never raises.
    """
    text = value if isinstance(value, str) else "" if value is None else str(value)
    more = len(text) - limit
    if more <= 0 and text.isascii() and text.isprintable():
        return text
    safe = "".join(f"{OPEN}{piece}{CLOSE}" if is_escape else piece for piece, is_escape in pieces(text[:limit]))
    return f"{safe}{OPEN}... {more:,} more characters{CLOSE}" if more > 0 else safe


def plain(text: str) -> str:
    """What :func:`foreign` returned, without the marks."""
    return text.replace(OPEN, "").replace(CLOSE, "")


def shown_domain(domain: str | None) -> str:
    """A domain, harmless and without marks, so that links can name it; empty for none."""
    return plain(foreign(domain, MAX_DOMAIN))


def markup(text: str) -> Markup:
    """What :func:`foreign` returned as HTML: escapes in a ``span``, all of it in a ``bdi`` that no script leaves."""
    return Markup("<bdi>{}</bdi>").format(Markup("").join(_spans(text))) if text else Markup("")


def dotted(domain: str) -> Markup:
    """A domain as HTML: a line may break after its dots."""
    return Markup(".<wbr>").join(markup(label) for label in domain.split("."))


def _spans(text: str) -> Iterator[str | Markup]:
    for piece in text.split(OPEN):
        escaped, closed, rest = piece.partition(CLOSE)
        if not closed:
            yield escaped
            continue
        yield Markup('<span class="esc">{}</span>').format(escaped)
        yield rest


def island(value: Any) -> Markup:
    """JSON for a ``script`` element: pure ASCII, and without a character that HTML gives a meaning."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - no <, > or & is left


def ascii_only(chunks: Iterable[str]) -> Iterator[str]:
    """HTML in ASCII: the rest as character references, so that no encoding of a stream can damage the page."""
    for chunk in chunks:
        yield chunk if chunk.isascii() else chunk.encode("ascii", "xmlcharrefreplace").decode("ascii")
