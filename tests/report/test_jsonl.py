"""JSON that any reader takes, whatever a mail or a file name holds."""

import json

import pytest

from pecdetect.contract import Result, encode
from pecdetect.report.jsonl import array
from support.contracts import failed, skipped


@pytest.mark.parametrize("detail", ["perch\u00e9", "\x1b[2J\u202e\x9b\u2028", "\U0001f642", "a\nb"])
def test_output_is_ascii_and_holds_what_went_in(detail: str) -> None:
    text = b"".join(array([encode(failed(detail=detail))])).decode("ascii")
    assert text.replace("\n", "").isprintable()
    assert json.loads(text)[0]["error"]["detail"] == detail


@pytest.mark.parametrize("results", [[], [skipped()], [skipped(), failed("caf\udce8.eml")]])
def test_array_is_one_document_a_result_a_line(results: list[Result]) -> None:
    text = b"".join(array(map(encode, results)))
    assert [entry["source"] for entry in json.loads(text)] == [each.source for each in results]
    assert text.endswith(b"]\n")
    assert text.count(b"\n") == (len(results) + 2 if results else 1)
