"""Where something was seen: the one value that every layer hands to the next.

Evidence belongs to no layer: ``detect/`` makes it, ``policy/`` selects it, ``report/`` quotes it.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from collections.abc import Callable

Reading = Literal["primary", "alternate", "floor"]

EXCERPT_CHARACTERS = 200
"""The longest excerpt: enough to recognise the line, too little to carry the mail away."""


class Evidence(NamedTuple):
    """A place in the message where a finding was seen, exact to the byte.

    ``start`` and ``end`` are offsets (end exclusive) in the file when ``stream`` is None, else in the named
    stream: ``decoded:<section>`` is the decoded content of a part, ``msg:<path>`` a stream of a compound file.
    """

    part: str
    """Section of the part ("" is the message itself)."""
    start: int
    """First byte."""
    end: int
    """One past the last byte."""
    quoted: str | bytes | None = None
    """What stands there; bytes of a header are decoded when somebody reads the excerpt."""
    stream: str | None = None
    """What the offsets count in; None for the file."""
    reading: Reading = "primary"
    """The reading it was seen in."""
    dialect: str | None = None
    """The choice that made an alternate reading (``boundary=last``); None for the primary."""

    @property
    def excerpt(self) -> str | None:
        """What stands there, as one line of text, shortened; hostile characters are kept: renderers escape them."""
        quoted = self.quoted
        if isinstance(quoted, bytes):
            quoted = unfold(quoted).replace("\t", " ")[:EXCERPT_CHARACTERS]
        return quoted or None


new_evidence: Callable[[tuple[str, int, int, str | bytes | None, str | None, Reading, str | None]], Evidence]
new_evidence = partial(tuple.__new__, Evidence)
"""Makes evidence of all its values: every message has several, and this way it takes no call in Python."""
