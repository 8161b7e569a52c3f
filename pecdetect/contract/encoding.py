"""Values of the contract as JSON."""

from __future__ import annotations

import re
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from pecdetect.contract.verdict import Result, Verdict

_ENCODER = msgspec.json.Encoder()
_BEYOND_ASCII = re.compile("[^\x00-\x7e]+")


def encode(value: Verdict | Result) -> bytes:
    """Write a value as one line of JSON without its end: ASCII, the same bytes in every run."""
    line = _ENCODER.encode(value)
    if line.isascii():
        return line
    return _BEYOND_ASCII.sub(lambda match: encode_basestring_ascii(match[0])[1:-1], line.decode()).encode()


def to_values(value: Verdict | Result) -> dict[str, Any]:
    """Give a value as the dictionaries, lists, texts and numbers of its JSON."""
    values: dict[str, Any] = msgspec.json.decode(encode(value))
    return values


def json_text(value: Any) -> str:
    """Give a part of a value, a list or an object, as JSON text: what a column of a table holds."""
    return _ENCODER.encode(value).decode()
