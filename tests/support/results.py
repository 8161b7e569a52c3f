"""Results as a scan hands them to its outputs: made by the real flow from a few bytes."""

from __future__ import annotations

from functools import cache
from typing import Any

from pecdetect import Limits, Profile, Result, classify, contract
from pecdetect.record import Fingerprint, Record, record_of
from pecdetect.scanning.store.run_record import Run

SECOND = 10**9
EXE = (
    b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nx\n'
    b'--b\nContent-Type: application/octet-stream; name="setup.exe"\n'
    b'Content-Disposition: attachment; filename="setup.exe"\n\nMZ\n--b--\n'
)
RPMSG = EXE.replace(b"setup.exe", b"message.rpmsg")
HOSTILE = "=cmd|' /C calc'!A0\x1b[2J\u202eperch\u00e9 <b>\u8acb'); DROP TABLE items; --"


def mail(subject: str = "Offerta", sender: str = "a@example.org", body: bytes = b"\nx\n") -> bytes:
    head = f"From: {sender}\nTo: b@example.com\nMessage-ID: <1@example.org>\nDate: Mon, 2 Mar 2026 10:11:12 +0100\n"
    return f"{head}Subject: {subject}\n".encode() + body


@cache
def record(
    source: str = "a.eml", data: bytes = b"", channel: str = "exchange", mtime: int = 1
) -> tuple[Record, Fingerprint]:
    """What a message gives, and what its file was like."""
    data = data or mail()
    verdict = classify(data, profile=Profile(channel=channel), hash=True)
    return _met(contract.judged(source, verdict), source, Fingerprint(len(data), mtime * SECOND))


def _met(result: Result, file: str, fingerprint: Fingerprint) -> tuple[Record, Fingerprint]:
    return record_of(result, file=file, fingerprint=fingerprint), fingerprint


def skipped(source: str = "logo.png") -> tuple[Record, Fingerprint]:
    result = contract.skipped(source, contract.problem("not-a-message", "This file holds no e-mail."))
    return _met(result, source, Fingerprint(3, SECOND))


def failed(source: str = "closed.eml", code: str = "permission-denied") -> tuple[Record, Fingerprint]:
    result = contract.failed(source, contract.problem(code, "The system denies permission to read it."))
    return _met(result, source, Fingerprint(4, SECOND))


def mixed() -> list[tuple[Record, Fingerprint]]:
    """One of each kind."""
    return [
        record("in/a.eml"),
        record("in/b.eml", mail(HOSTILE, body=EXE)),
        record("in/c.eml", mail(body=RPMSG)),
        skipped("in/logo.png"),
        failed("in/closed.eml"),
    ]


def run(*arguments: str, **options: Any) -> Run:
    profile = Profile(channel=options.pop("channel", None))
    return Run.begin(arguments or ("check", "in"), profile=profile, limits=Limits(), options=options)


def lines(records: list[tuple[Record, Fingerprint]]) -> bytes:
    return b"".join(found.line + b"\n" for found, _ in records)
