"""Files that are not as the RFCs want them: line ends, headers, boundaries, encodings."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

from . import mail
from .cms import Signing, enveloped_data
from .model import Sample, base64_lines, entity, lines, multipart
from .ordinary import PLAIN, simple
from .smime import TEXT, Clear, clear_body, clear_message, clear_rows, pkcs7_message, pkcs7_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

CIPHER = enveloped_data(TEXT)
PROTECTED = pkcs7_rows("application/pkcs7-mime", smime_type="enveloped-data")
PROTECTED_PART = entity(lines(*PROTECTED), base64_lines(CIPHER))


def _one(name: str, data: bytes, shows: str) -> Sample:
    return Sample(f"malformed-{name}.eml", data, shows, "malformed")


def _base(label: str) -> bytes:
    return mail.message(f"malformed-{label}", "Offerta 7/2026", mail.text(), mail.attachment())


def _mixed(label: str, *parts: bytes, rows: tuple[str, ...], raw: bytes | None = None, boundary: str = "b1") -> bytes:
    """Return a mail with these rows for a Content-Type and this multipart body."""
    body = multipart(boundary, parts) if raw is None else raw
    return entity(mail.header(f"malformed-{label}", "Offerta 7/2026", *rows), body)


def _plain(name: str) -> bytes:
    return simple(f"malformed-{name}", "Offerta 7/2026", "Ciao.")


def _line_ends() -> Iterator[Sample]:
    yield _one("lf-only", _base("lf-only").replace(b"\r\n", b"\n"), "LF line ends")
    yield _one("cr-only", _base("cr-only").replace(b"\r\n", b"\r"), "CR line ends, as Outlook for Mac keeps them")
    head, gap, body = _base("mixed-ends").partition(b"\r\n\r\n")
    yield _one("mixed-ends", head.replace(b"\r\n", b"\n") + gap + body, "LF in the header, CRLF in the body")
    signed = clear_message("malformed-mixed-ends-signed", TEXT)
    head, gap, body = signed.partition(b"\r\n\r\n")
    data = head + gap + body.replace(b"\r\n", b"\n")
    yield _one("mixed-ends-signed", data, "clear-signed mail with CRLF in the header and LF in the body")
    shows = "two carriage returns in every line end"
    yield _one("crcrlf", _base("crcrlf").replace(b"\r\n", b"\r\r\n"), shows)


def _beginnings() -> Iterator[Sample]:
    yield _one("bom", codecs.BOM_UTF8 + _base("bom"), "byte order mark of UTF-8 in front")
    text = _base("utf16").decode("ascii")
    yield _one("utf16-le", codecs.BOM_UTF16_LE + text.encode("utf-16-le"), "file in UTF-16, little-endian")
    yield _one(
        "utf16-be",
        codecs.BOM_UTF16_BE + text.replace("utf16", "utf16-be").encode("utf-16-be"),
        "file in UTF-16, big-endian",
    )
    yield _one("leading-blank-lines", b"\r\n\r\n" + _base("leading-blank-lines"), "empty lines in front of the header")
    line = b"From anna.esempio@example.org Mon Mar  2 10:11:14 2026\r\n"
    yield _one("from-line", line + _base("from-line"), "mbox From line in front")
    yield _one("escaped-from-line", b">" + line + _base("escaped-from-line"), "escaped mbox From line in front")
    plist = lines(
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
        '<plist version="1.0"><dict><key>flags</key><integer>8623750145</integer></dict></plist>',
    )
    apple = _base("emlx").replace(b"\r\n", b"\n")
    data = b"%-10d\n" % len(apple) + apple + plist.replace(b"\r\n", b"\n")
    yield _one("emlx", data, "Apple's .emlx: a count in front, a property list behind")
    yield _one(
        "garbage-first-line",
        b"Messaggio salvato il 2 marzo\r\n" + _base("garbage-first-line"),
        "a line that is no field in front",
    )


def _headers() -> Iterator[Sample]:
    head, _, body = _plain("cut").partition(b"\r\n\r\n")
    yield _one(
        "no-blank-line",
        head.replace(b"-cut", b"-no-blank-line") + b"\r\n" + body,
        "no empty line between header and body",
    )
    data = _plain("no-colon-line").replace(b"Subject:", b"questa riga non ha i due punti\r\nSubject:", 1)
    yield _one("no-colon-line", data, "a line without a colon inside the header")
    yield _one("empty-body", head.replace(b"-cut", b"-empty-body") + b"\r\n\r\n", "header and empty line, no body")
    yield _one(
        "headers-only", head.replace(b"-cut", b"-headers-only") + b"\r\n", "header alone, without the empty line"
    )
    yield _one("header-cut", head[: head.index(b"Subject") + 4], "file that ends inside a field name")
    data = _plain("duplicate-from").replace(b"Date:", b"From: Bruno Esempio <bruno.esempio@example.com>\r\nDate:", 1)
    yield _one("duplicate-from", data, "two From fields")
    data = _plain("nul-bytes").replace(b"Ciao.", b"Ciao\x00, \x00 tutto bene?")
    yield _one("nul-bytes", data, "NUL bytes in the body")
    data = _plain("nul-in-header").replace(b"Subject: ", b"Subject: \x00", 1)
    yield _one("nul-in-header", data, "NUL byte in a header field")
    data = _plain("blank-before-colon").replace(b"Subject:", b"Subject :", 1)
    yield _one("blank-before-colon", data, "white space between a field's name and its colon")
    data = _plain("long-line").replace(b"Subject: Offerta 7/2026", b"Subject: " + b"Offerta " * 300, 1)
    yield _one("long-line", data, "a header line of 2,400 bytes")
    data = _plain("bare-cr-in-header").replace(
        b"MIME-Version", b"X-Nota: a\rContent-Type: application/pkcs7-mime\r\nMIME-Version", 1
    )
    yield _one("bare-cr-in-header", data, "a bare CR in a field that hides another field behind it")


def _boundaries() -> Iterator[Sample]:
    parts = (mail.text(), mail.attachment())
    good = 'Content-Type: multipart/mixed; boundary="b1"'
    closed = multipart("b1", parts)
    rows = (
        ("no-close-delimiter", (good,), multipart("b1", parts, close=False), "last delimiter missing"),
        ("truncated-base64", (good,), closed[:700], "file cut off inside a base64 attachment"),
        (
            "boundary-unmatched", ('Content-Type: multipart/mixed; boundary="altro"',), closed,
            "boundary that no line matches",
        ),
        ("no-boundary", ("Content-Type: multipart/mixed",), closed, "multipart without a boundary parameter"),
        ("empty-multipart", (good,), b"\r\n", "multipart without any delimiter or text"),
        (
            "two-boundaries", ('Content-Type: multipart/mixed; boundary="b1"; boundary="b2"',), closed,
            "two boundary parameters, the first right",
        ),
        (
            "boundary-with-blank", ('Content-Type: multipart/mixed; boundary="b1 "',), closed,
            "blank at the end of the boundary parameter",
        ),
        (
            "blank-line-after-delimiter", (good,),
            multipart("b1", (mail.text(), b"\r\n" + PROTECTED_PART)),
            "encrypted part whose header follows an empty line",
        ),
        (
            "blank-before-delimiter", (good,),
            closed.replace(b"--b1--", b" --b1\r\n" + PROTECTED_PART + b"--b1--"),
            "encrypted part behind a delimiter that begins with a blank",
        ),
        (
            "protected-in-epilogue", (good,), closed + b"\r\n--b1\r\n" + PROTECTED_PART + b"\r\n--b1--\r\n",
            "encrypted part after the last delimiter",
        ),
        (
            "protected-in-preamble", (good,), PROTECTED_PART + closed,
            "encrypted part in the text before the first delimiter",
        ),
        (
            "mixed-in-base64", (good, "Content-Transfer-Encoding: base64"), base64_lines(closed),
            "multipart in base64, which RFC 2045 forbids",
        ),
    )  # fmt: skip
    for name, fields, body, shows in rows:
        yield _one(name, _mixed(name, rows=fields, raw=body), shows)
    inner = mail.mixed("b1-interno", mail.text(), mail.attachment())
    yield _one(
        "boundary-prefix",
        _mixed("boundary-prefix", inner, mail.text(), rows=(good,)),
        "inner boundary that extends the outer one",
    )
    inner = mail.mixed("b1", mail.text(), mail.attachment())
    yield _one(
        "boundary-reused",
        _mixed("boundary-reused", inner, mail.text(), rows=(good,)),
        "inner boundary equal to the outer one",
    )
    nested = mail.text()
    for depth in range(25):
        nested = mail.mixed(f"livello-{depth}-", nested)
    data = _mixed("deep-nesting", nested, mail.attachment(), rows=(good,))
    yield _one("deep-nesting", data, "twenty-five multiparts in each other")


def _ambiguous() -> Iterator[Sample]:
    """Two fields where one is allowed: readers choose differently."""
    how = Clear(Signing())
    signed_rows = clear_rows("b1", how)
    signed = clear_body("b1", TEXT, how)
    mixed_row = ('Content-Type: multipart/mixed; boundary="b1"',)
    plain = (PLAIN,)
    body = multipart("b1", [mail.text(), mail.attachment()])
    rows = (
        (
            "duplicate-content-type", mixed_row + plain, body,
            "Content-Type twice: multipart, then text; nothing protected",
        ),
        ("duplicate-content-type-same", mixed_row * 2, body, "the same Content-Type twice"),
        (
            "duplicate-content-type-signed-first", signed_rows + plain, signed,
            "Content-Type twice: clear-signed, then text",
        ),
        (
            "duplicate-content-type-signed-second", plain + signed_rows, signed,
            "Content-Type twice: text, then clear-signed",
        ),
    )  # fmt: skip
    for name, fields, octets, shows in rows:
        yield _one(name, _mixed(name, rows=fields, raw=octets), shows)
    fields = (*plain, *PROTECTED)
    data = pkcs7_message("malformed-duplicate-content-type-encrypted", CIPHER, *fields)
    yield _one("duplicate-content-type-encrypted-second", data, "Content-Type twice: text, then encrypted")


def _encodings() -> Iterator[Sample]:
    rows: tuple[str, ...] = (PLAIN, "Content-Transfer-Encoding: x-esempio")
    yield _one(
        "unknown-encoding",
        simple("malformed-unknown-encoding", "Offerta", "Ciao.", kind=rows),
        "root body in an unknown transfer encoding",
    )
    rows = (*PROTECTED[:1], "Content-Transfer-Encoding: base645")
    yield _one(
        "unknown-encoding-encrypted",
        pkcs7_message("malformed-unknown-encoding-encrypted", CIPHER, *rows),
        "encrypted mail whose transfer encoding is misspelt",
    )
    rows = (*PROTECTED, "Content-Transfer-Encoding: 7bit")
    yield _one(
        "duplicate-encoding-encrypted",
        pkcs7_message("malformed-duplicate-encoding-encrypted", CIPHER, *rows),
        "encrypted mail with two transfer encodings",
    )
    part = entity(
        lines('Content-Type: application/pdf; name="a.pdf"', "Content-Transfer-Encoding: x-esempio"),
        lines("Ciao."),
    )
    data = mail.message("malformed-unknown-encoding-attachment", "Offerta", mail.text(), part)
    yield _one("unknown-encoding-attachment", data, "attachment in an unknown transfer encoding")
    rows = ('Content-Type: message/partial; id="offerta-7@mail.example.org"; number=2; total=3',)
    yield _one(
        "partial",
        simple("malformed-partial", "Offerta (2/3)", "...seconda parte...", kind=rows),
        "one of three pieces of a message (message/partial)",
    )
    rows = ("Content-Type: text",)
    yield _one(
        "type-without-subtype",
        simple("malformed-type", "Offerta", "Ciao.", kind=rows),
        "Content-Type without a subtype",
    )
    part = entity(
        lines('Content-Type: application/pdf; name="a.pdf"', "Content-Transfer-Encoding: base64"),
        lines("!!!! riga che non e' base64 !!!!") + base64_lines(mail.PDF).replace(b"J", b"J ", 3),
    )
    data = mail.message("malformed-base64-junk", "Offerta", mail.text(), part)
    yield _one("base64-junk", data, "base64 with foreign characters in it")


def samples() -> Iterator[Sample]:
    """Yield the malformed files."""
    yield from _line_ends()
    yield from _beginnings()
    yield from _headers()
    yield from _boundaries()
    yield from _ambiguous()
    yield from _encodings()
