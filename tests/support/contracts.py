"""Values of the contract for tests of what shows them: a small real verdict, and parts to change in it."""

from __future__ import annotations

from typing import Any

import pecdetect
from pecdetect import contract
from pecdetect.contract import Outcome, Result, Verdict
from support.values import changed

MAIL = (
    b"From: a@example.org\nTo: b@example.com\nSubject: Offerta\nMessage-ID: <1@example.org>\n"
    b"Date: Mon, 2 Mar 2026 10:11:12 +0100\n\nx\n"
)
PLAIN = pecdetect.classify(MAIL, name="busta.eml")


def verdict(**changes: Any) -> Verdict:
    """A verdict; ``subject`` and other fields of the message by their names."""
    message = {name: changes.pop(name) for name in PLAIN.message.__struct_fields__ if name in changes}
    return changed(PLAIN, message=changed(PLAIN.message, **message), **changes)


def result(source: str = "busta.eml", outcome: Outcome = Outcome.SYNCS, *codes: str, **changes: Any) -> Result:
    """A result with an outcome that codes decided."""
    return contract.judged(source, verdict(outcome=outcome, decided_by=codes, **changes))


def skipped(source: str = "logo.png", code: str = "not-a-message", detail: str = "holds no e-mail") -> Result:
    """What was skipped."""
    return contract.skipped(source, contract.problem(code, detail))


def failed(source: str = "locked.eml", code: str = "permission-denied", detail: str = "permission denied") -> Result:
    """What could not be read."""
    return contract.failed(source, contract.problem(code, detail))


def reason(code: str, effect: str = "blocks", basis: str = "documented", **changes: Any) -> contract.Reason:
    """A reason without evidence."""
    values: dict[str, Any] = {
        "variant": "always",
        "title": "title",
        "detail": "detail",
        "facts": {},
        "evidence": (),
        "assumes": (),
        "remedies": (),
        "references": (),
    }
    effects, bases = contract.Effect(effect), contract.Basis(basis)
    return contract.Reason(code=code, effect=effects, basis=bases, **values | changes)


def evidence(part: str = "", start: int = 0, end: int = 1, **changes: Any) -> contract.Evidence:
    """A place in the primary reading of the file."""
    values: dict[str, Any] = {"stream": None, "excerpt": None, "reading": "primary", "dialect": None}
    return contract.Evidence(part=part, start=start, end=end, **values | changes)


def attachment(name: str | None = "a.txt", part: str = "1", **changes: Any) -> contract.Attachment:
    """An attachment of unknown size."""
    values: dict[str, Any] = {
        "type": "text/plain",
        "size": None,
        "size_at_most": None,
        "size_stated": None,
        "sha256": None,
        "hidden_in": None,
        "inline": False,
    }
    return contract.Attachment(part=part, name=name, **values | changes)


def smime(kind: str, position: str = "top", part: str = "", **changes: Any) -> contract.Smime:
    """An S/MIME entity that nothing is known of."""
    values: dict[str, Any] = {
        "reading": "primary",
        "signer": None,
        "digest": None,
        "smime_type": None,
        "intact": None,
        "document": False,
        "layers": (),
        "header_protection": None,
        "inside": None,
    }
    return contract.Smime(kind=kind, position=position, part=part, **values | changes)  # type: ignore[arg-type]


def anomaly(code: str, severity: str = "low", part: str = "1", start: int = 0, end: int = 1) -> contract.Anomaly:
    """An anomaly in the file."""
    place: dict[str, Any] = {"part": part, "stream": None, "start": start, "end": end, "reading": "primary"}
    return contract.Anomaly(code=code, severity=severity, **place)  # type: ignore[arg-type]


def limit_hit(name: str, value: int, limit: int, part: str = "") -> contract.LimitHit:
    """A limit that was hit."""
    return contract.LimitHit(name=name, value=value, limit=limit, part=part)


def row(section: str, type_: str = "text/plain", start: int = 0, end: int = 9, **changes: Any) -> contract.Part:
    """A part of the list."""
    values: dict[str, Any] = {"stream": None, "name": None, "encoding": "7bit"}
    return contract.Part(section=section, type=type_, start=start, end=end, size=end - start, **values | changes)


EXE = (
    b'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nx\n'
    b'--b\nContent-Type: application/octet-stream; name="setup.exe"\n'
    b'Content-Disposition: attachment; filename="setup.exe"\n\nMZ\n--b--\n'
)
HOSTILE = "=cmd|' /C calc'!A0\x1b[2J\u202eperch\u00e9 <b>\u8acb'); DROP TABLE items; --"


def mixed() -> list[Result]:
    """Results of each kind, from the real flow, one of them with a hostile subject."""
    hostile = MAIL.replace(b"Offerta", HOSTILE.encode()).replace(b"\n\nx\n", b"\n" + EXE)
    mails = {
        "in/a.eml": MAIL,
        "in/b.eml": hostile,
        "in/c.eml": MAIL.replace(b"\n\nx\n", b"\n" + EXE.replace(b"setup.exe", b"message.rpmsg")),
    }
    judged = [contract.judged(name, pecdetect.classify(data, hash=True)) for name, data in mails.items()]
    return [*judged, skipped("in/logo.png"), failed("in/closed.eml")]
