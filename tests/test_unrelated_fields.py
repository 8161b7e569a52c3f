"""A header field that has nothing to do with protection, storing or addressing changes no verdict."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import pecdetect
from pecdetect.limits import Limits
from pecdetect.parsing.opening import open_message
from support.corpus import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.parsing.header import Field

SAMPLES = Path(__file__).parent.parent / "samples"
LARGEST = 200_000
LIMITS = Limits()

ADDED = {
    "plain": b"X-Note: hello\n",
    "Latin-1": b"X-Note: caff\xe8\n",
    "UTF-8": "X-Note: caffè, Åland, 5 €\n".encode(),
    "folded": b"X-Note: a\n b\n\tc\n",
    "2,000 bytes": b"X-Note: " + b"y" * 2000 + b"\n",
    "empty": b"X-Note:\n",
    "repeated": 3 * b"X-Note: again\n",
    "encoded word": b"X-Note: =?utf-8?q?caff=C3=A8?=\n",
}
RELATED = (
    *("x-trasporto", "x-ricevuta", "x-tiporicevuta", "x-verificasicurezza", "x-riferimento-message-id"),
    *("x-ms-journal-report", "x-unsent", "x-rem-", "x-de-mail-", "x-kom-le-", "x-kim-", "x-rpost-"),
)
"""Fields under X- that say what a message is."""
MAIL = {"from", "to", "cc", "subject", "date", "message-id", "return-path", "mime-version", "content-type"}


def verdict_of(data: bytes) -> tuple[object, ...]:
    verdict = pecdetect.classify(data)
    reasons = tuple((reason.code, reason.effect, reason.basis) for reason in verdict.reasons)
    return verdict.outcome, verdict.decided_by, reasons


def is_unrelated(field: Field) -> bool:
    name = field.name
    return (name.startswith(("x-", "list-")) and not name.startswith(RELATED)) or name in {"received", "comments"}


def variants(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The message with each of the fields at three places, and without any that says nothing of it."""
    message = open_message(data, len(data), LIMITS)
    fields = message.root.fields
    # An .emlx states how many bytes it has.
    if message.container != "eml" or message.no_message is not None or message.buffer.data is not data or not fields:
        return
    line_end = b"\r\n" if data.startswith(b"\r\n", fields[0].end) else b"\n"
    if not data.startswith(line_end, fields[-1].end):
        return
    places = {
        "first": fields[0].start,
        "middle": fields[len(fields) // 2].start,
        "last": fields[-1].end + len(line_end),
    }
    for name, rows in ADDED.items():
        for place, at in places.items():
            yield f"{name}, {place}", data[:at] + rows.replace(b"\n", line_end) + data[at:]
    if any(is_unrelated(field) for field in fields) and any(field.name in MAIL for field in fields):
        ends = [*(field.start for field in fields[1:]), places["last"]]
        kept = [data[f.start : end] for f, end in zip(fields, ends, strict=True) if not is_unrelated(f)]
        yield "without", data[: fields[0].start] + b"".join(kept) + data[places["last"] :]


def changed(name: str, data: bytes) -> list[str]:
    before = verdict_of(data)
    return [f"{name}: {what}" for what, other in variants(data) if verdict_of(other) != before]


def samples() -> list[Path]:
    return [path for path in sorted(SAMPLES.rglob("*.eml")) if path.stat().st_size < LARGEST]


def corpus() -> list[Path]:
    manifest = CORPUS / "MANIFEST.jsonl"
    rows = map(json.loads, manifest.read_text("utf-8").splitlines()) if manifest.is_file() else ()
    paths = [CORPUS / row["path"] for row in rows]
    return [path for path in paths if path.is_file() and path.stat().st_size < LARGEST]


def test_no_unrelated_field_changes_the_verdict_of_a_few_samples() -> None:
    chosen = samples()[::12]
    assert len(chosen) > 20
    assert [line for path in chosen for line in changed(path.name, path.read_bytes())] == []


def test_a_line_end_of_unicode_before_a_field_is_no_unrelated_text() -> None:
    """NEL is the second byte of many letters; what follows one as a field may be one for some reader."""
    data = (SAMPLES.rglob("ordinary-bait-pec.eml").__next__()).read_bytes()
    hidden = b"X-Note: \x85Content-Type: application/pkcs7-mime\r\n"
    assert verdict_of(b"X-Note: \xc3\x85land\r\n" + data) == verdict_of(data)
    assert verdict_of(hidden + data) != verdict_of(data)


@pytest.mark.slow
@pytest.mark.parametrize("turn", range(4))
def test_no_unrelated_field_changes_the_verdict_of_any_sample(turn: int) -> None:
    assert [line for path in samples()[turn::4] for line in changed(path.name, path.read_bytes())] == []


@pytest.mark.slow
@pytest.mark.skipif(not corpus(), reason="no corpus at hand (PECDETECT_CORPUS)")
@pytest.mark.parametrize("turn", range(4))
def test_no_unrelated_field_changes_the_verdict_of_real_mail(turn: int) -> None:
    paths = corpus()[turn::4]
    assert [line for path in paths for line in changed(path.name, path.read_bytes())] == []
