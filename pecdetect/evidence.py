"""Where something was seen, as the readers and detectors keep it: the excerpt is decoded only when it is asked for.

``policy/`` selects what a verdict quotes, and makes the contract's ``Evidence`` of it; ``report/`` shows that.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from pecdetect.unfold import unfold

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
    """What is written there; the bytes of a header are decoded only when the excerpt is read."""
    stream: str | None = None
    """What the offsets count in; None for the file."""
    reading: Reading = "primary"
    """The reading it was seen in."""
    dialect: str | None = None
    """The choice that made an alternate reading (``boundary=last``); None for the primary."""

    @property
    def excerpt(self) -> str | None:
        """What is written there, as one line of text, shortened; hostile characters are kept: renderers escape them."""
        quoted = self.quoted
        if isinstance(quoted, bytes):
            quoted = unfold(quoted).replace("\t", " ")[:EXCERPT_CHARACTERS]
        return quoted or None
