"""Single values in words: a bound is never called a size."""

import pytest

from pecdetect.contract import Attachment, Evidence
from pecdetect.report import words
from support.contracts import attachment, evidence


@pytest.mark.parametrize(
    ("size", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1.0 KB"),
        (20481, "20.0 KB"),
        (3 << 20, "3.0 MB"),
    ],
)
def test_sizes(size: int, said: str) -> None:
    assert words.byte_size(size) == said


@pytest.mark.parametrize(
    ("each", "said"),
    [
        (attachment(size=2048, size_at_most=4096), "2.0 KB"),
        (attachment(size=0), "0 bytes"),
        (attachment(size_at_most=827), "at most 827 bytes"),
        (attachment(size_at_most=827, size_stated=3), "at most 827 bytes"),
        (attachment(size_stated=2048), "2.0 KB as stated, not in this file"),
        (attachment(), "size not known"),
    ],
)
def test_sizes_of_attachments(each: Attachment, said: str) -> None:
    assert words.attachment_size(each) == said


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (evidence("1.2", 3, 4), "part 1.2, bytes 3-4"),
        (evidence("", 3, 4, stream="decoded:2"), "the message, bytes 3-4 of part 2 decoded"),
        (evidence("", 3, 4, stream="msg:a/b"), "the message, bytes 3-4 of stream a/b"),
        (evidence("", 3, 4, reading="floor"), "the message, bytes 3-4, raw bytes only"),
        (
            evidence("", 3, 4, reading="alternate", dialect="x=y"),
            "the message, bytes 3-4, alternate reading (x=y)",
        ),
    ],
)
def test_where(seen: Evidence, said: str) -> None:
    assert words.where(seen) == said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "not known"),
        (True, "yes"),
        (False, "no"),
        (5120, "5,120"),
        ("exchange", "exchange"),
        (["a", "b"], "a, b"),
        (tuple("abcdefg"), "7 values"),
    ],
)
def test_settings(value: object, said: str) -> None:
    assert words.setting(value) == said
