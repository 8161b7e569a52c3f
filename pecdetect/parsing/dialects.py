"""Dialects: how the questions are answered that the RFCs leave open, as data.

The primary reading answers as Outlook and Exchange do, as far as that is documented or was observed: the first of
two fields and the first of two parameters count, comments go, RFC 2231 is read for file names, a delimiter is a
line of its own. Each dialect here answers one question otherwise, as some other reader does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

FieldChoice = Literal["first", "last"]
BoundaryChoice = Literal["declared", "last", "extended", "literal", "guessed"]


@dataclass(frozen=True, slots=True)
class Dialect:
    """One way of resolving what is open; what is not named is resolved as the primary reading does."""

    name: str
    """The choice that it makes, as evidence carries it: ``boundary=last``."""
    when: frozenset[str]
    """Anomalies that open the question: without one of them the reading would be the primary one."""
    content_type: FieldChoice = "first"
    """Which of several Content-Type fields counts."""
    transfer_encoding: FieldChoice = "first"
    """Which of several Content-Transfer-Encoding fields counts."""
    boundary: BoundaryChoice = "declared"
    """Which text delimits: the parameter as the primary reading has it, the last of several, its form of RFC 2231,
    the value with comments, escapes and encoded words as they stand, or what stands in the body."""
    delimiter: Literal["line", "prefix"] = "line"
    """Whether a delimiter is a whole line, or the beginning of one (RFC 2046, 5.1.1)."""
    header: Literal["ends", "resumes"] = "ends"
    """Whether a blank line before the first field ends the header of a part."""


_PARAMETERS = frozenset(
    {
        "blank-in-value",
        "comment-in-parameter",
        "encoded-word-parameter",
        "invalid-parameter",
        "quoted-pair-in-boundary",
        "trailing-text",
        "unclosed-comment",
        "unclosed-quote",
    }
)

ALTERNATES = (
    Dialect("content-type=last", frozenset({"duplicate-content-type"}), content_type="last"),
    Dialect("transfer-encoding=last", frozenset({"duplicate-content-transfer-encoding"}), transfer_encoding="last"),
    Dialect("boundary=last", frozenset({"duplicate-parameter"}), boundary="last"),
    Dialect("boundary=extended", frozenset({"parameter-forms-conflict", "rfc2231-gap"}), boundary="extended"),
    Dialect("boundary=literal", _PARAMETERS, boundary="literal"),
    Dialect(
        "boundary=guessed",
        _PARAMETERS
        | {"boundary-not-found", "boundary-on-leaf", "invalid-content-type", "missing-boundary", "rfc2231-gap"},
        boundary="guessed",
    ),
    Dialect("delimiter=prefix", frozenset({"text-after-delimiter"}), delimiter="prefix"),
    Dialect("header=resumes", frozenset({"field-after-blank-line"}), header="resumes"),
)
"""The readings beside the primary one, in the order in which they are made."""
