"""JSON that any reader takes, whatever a mail or a file name holds."""

import json

import pytest

from pecdetect.contract import Problem, Result
from pecdetect.report.jsonl import array, lines

SKIPPED = Result("logo.png", None, Problem("not-a-message", "holds no e-mail"), None)
FAILED = Result("caf\udce8.eml", None, None, Problem("not-found", "no such file or folder"))


@pytest.mark.parametrize("detail", ["perch\u00e9", "\x1b[2J\u202e\x9b\u2028", "\U0001f642", "a\nb"])
def test_output_is_ascii_and_holds_what_went_in(detail: str) -> None:
    (text,) = lines([Result("a.eml", error=Problem("unreadable", detail))])
    assert text.isascii()
    assert text.rstrip("\n").isprintable()
    assert json.loads(text)["error"]["detail"] == detail


def test_lines_hold_one_result_each() -> None:
    text = list(lines([SKIPPED, FAILED]))
    assert [line.count("\n") for line in text] == [1, 1]
    assert [json.loads(line)["source"] for line in text] == ["logo.png", "caf\\xe8.eml"]


@pytest.mark.parametrize("results", [[], [SKIPPED], [SKIPPED, FAILED]])
def test_array_is_one_document(results: list[Result]) -> None:
    text = "".join(array(iter(results)))
    assert len(json.loads(text)) == len(results)
    assert text.endswith("]\n")
