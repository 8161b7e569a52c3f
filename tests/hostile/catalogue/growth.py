"""Growth generators: shapes of files that make careless readers slow, at any size from 64 KiB to 16 MiB.

What takes time or memory out of proportion to the size shows itself when one of these is doubled.
"""

from __future__ import annotations

import base64
import gzip
from itertools import chain

from hostile.catalogue.growth_binary import BINARY
from hostile.catalogue.shapes import HEAD, MIXED, TEXT, Growth, filled, halves, mirrored, numbered, repeated

_TYPE = HEAD + b"Content-Type: text/plain"
_OPENED = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
_PART = b"--b\r\n"


def _double(unit: bytes, size: int) -> bytes:
    """Units that hold their number twice."""
    return b"".join(unit.replace(b"%d", b"%d" % at) for at in range(max(1, size // (len(unit) + 6))))


def _deep_then(line: bytes) -> Growth:
    """As many open multiparts as may be, then lines, each of which might be a delimiter of any of them."""

    def make(size: int) -> bytes:
        deep = HEAD + _double(_OPENED, min(size // 4, 90 * 70))
        return deep + filled(line, size - len(deep))

    return Growth(f"deep-then-{line.split()[0].decode().replace('%d', 'n').strip('-') or 'dashes'}-lines", make)


def _prefixes(size: int) -> bytes:
    """Boundaries each of which begins with the one around it."""
    pieces, left, at = [HEAD], size - len(HEAD), 1
    while left > 0:
        piece = b"Content-Type: multipart/mixed; boundary=" + b"b" * at + b"\r\n\r\n--" + b"b" * at + b"\r\n"
        pieces.append(piece)
        left -= len(piece)
        at = at + 1 if at < 70 else 1
    return b"".join(pieces)


def _encoded_messages(size: int) -> bytes:
    """Messages in base64, one in another: each level is a third larger."""
    inner = TEXT + b"Ciao\r\n"
    while len(inner) * 4 // 3 + 200 < size:
        text = base64.b64encode(inner)
        inner = HEAD + b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + text + b"\r\n"
        if len(inner) > size // 2:
            break
    return inner + b"=" * (size - len(inner))


HEADERS = (
    numbered("parameters", _TYPE, b"; a%d=b", b"\r\n\r\n"),
    numbered("parameters-in-folds", _TYPE, b";\r\n a%d=b", b"\r\n\r\n"),
    repeated("parameters-empty", _TYPE, b"; @", b"\r\n\r\n"),
    repeated("parameters-same", _TYPE, b"; name=a", b"\r\n\r\n"),
    repeated("semicolons", _TYPE, b";", b"\r\n\r\n"),
    repeated("open-quote-semicolons", _TYPE + b'; a="', b";", b"\r\n\r\n"),
    repeated("open-quotes", _TYPE, b'; a="', b"\r\n\r\n"),
    repeated("quoted-pairs", _TYPE + b'; a="', b"\\", b"\r\n\r\n"),
    numbered("rfc2231-pieces", _TYPE, b"; name*%d=b", b"\r\n\r\n"),
    numbered("rfc2231-pieces-encoded", _TYPE, b"; name*%d*=%41", b"\r\n\r\n"),
    numbered("rfc2231-boundary", HEAD + b"Content-Type: multipart/mixed", b"; boundary*%d=b", b"\r\n\r\n"),
    repeated("rfc2231-same-piece", _TYPE, b"; name*0*=utf-8''b", b"\r\n\r\n"),
    repeated("percent-encoded", _TYPE + b"; name*=utf-8''", b"%41", b"\r\n\r\n"),
    repeated("rfc2231-digits", _TYPE + b"; name*", b"9", b"=a\r\n\r\n"),
    numbered("boundary-parameters", HEAD + b"Content-Type: multipart/mixed", b"; boundary=b%d", b"\r\n\r\n--b0\r\n"),
    repeated("boundary-long", HEAD + b'Content-Type: multipart/mixed; boundary="', b"b", b'"\r\n\r\n'),
    repeated("boundary-encoded-words", HEAD + b'Content-Type: multipart/mixed; boundary="', b"=?", b'"\r\n\r\n'),
    numbered("content-type-fields", HEAD, b"Content-Type: multipart/mixed; boundary=b%d\r\n", b"\r\n--b0\r\n"),
    halves(
        "boundaries-then-delimiters", HEAD, b"Content-Type: multipart/mixed; boundary=b%d\r\n", b"\r\n", b"--b%d\r\n"
    ),
    repeated("encoding-fields", HEAD, b"Content-Transfer-Encoding: base64\r\n", b"\r\nTUlB\r\n"),
    numbered("encoding-fields-unknown", HEAD, b"Content-Transfer-Encoding: x%d\r\n", b"\r\nTUlB\r\n"),
    repeated("encoded-words", HEAD + b"X-A: b\r\nSubject:", b" =?utf-8?q?a?=", b"\r\n\r\n"),
    repeated("encoded-words-open", HEAD + b"Subject: ", b"=?utf-8?q?a?= ", b"\r\n\r\n"),
    repeated("encoded-word-starts", HEAD + b"Subject: ", b"=?", b"\r\n\r\n"),
    repeated("encoded-word-question-marks", HEAD + b"Subject: =?utf-8?q", b"?", b"\r\n\r\n"),
    repeated("encoded-words-in-names", HEAD + b"Cc: ", b"=?utf-8?b?QQ==?= <a@example.org>, ", b"\r\n\r\n"),
    repeated("encoded-word-junk", HEAD + b"Subject: =?utf-8?b?", b"!A", b"?=\r\n\r\n"),
    repeated("comments-open", HEAD + b"Cc: ", b"(", b"\r\n\r\n"),
    mirrored("comments-nested", HEAD + b"Cc: ", b"(", b"a", b")"),
    repeated("comments", HEAD + b"Cc: ", b"(a)", b"\r\n\r\n"),
    repeated("comments-open-in-parameter", HEAD + b"Content-Type: multipart/mixed; boundary", b"((c", b"=b\r\n\r\n"),
    repeated("comments-open-and-text", HEAD + b"Content-Type: ", b"a(b ", b"\r\n\r\n"),
    repeated("comments-in-date", HEAD + b"X-A: b\r\nDate: ", b"(a", b"\r\n\r\n"),
    repeated("dots-in-message-id", b"Message-ID: <", b".", b"@x>\r\n" + TEXT),
    repeated("references", HEAD + b"References: ", b"<1@example.org> ", b"\r\n\r\n"),
    numbered("addresses", HEAD + b"Cc: ", b"a%d@example.org, ", b"\r\n\r\n"),
    repeated("addresses-from", b"From: ", b"a@b.example, ", b"\r\n" + TEXT),
    repeated("groups", HEAD + b"Cc: ", b"g: a@example.org;, ", b"\r\n\r\n"),
    repeated("groups-empty", HEAD + b"Cc: ", b"g:;", b"\r\n\r\n"),
    repeated("groups-nested", HEAD + b"Cc: ", b"g:", b"\r\n\r\n"),
    repeated("quotes-in-address", HEAD + b"Cc: ", b'"a ', b"\r\n\r\n"),
    repeated("angles-in-address", HEAD + b"Cc: ", b"<", b"\r\n\r\n"),
    repeated("at-signs", HEAD + b"Cc: ", b"@", b"\r\n\r\n"),
    repeated("domain-literal", HEAD + b"Cc: a@[", b"1.", b"\r\n\r\n"),
    repeated("domain-literals-open", HEAD + b"Cc: ", b"a@[", b"\r\n\r\n"),
    repeated("route", HEAD + b"Cc: <", b"@a,", b":a@example.org>\r\n\r\n"),
    repeated("words-before-address", HEAD + b"Cc: ", b"a ", b"<a@example.org>\r\n\r\n"),
    numbered("fields", HEAD, b"X-%d: a\r\n"),
    repeated("fields-same", HEAD, b"To: a@example.org\r\n"),
    repeated("fields-pec", HEAD, b"X-Trasporto: posta-certificata\r\n"),
    repeated("fields-pec-unknown", HEAD, b"X-Ricevuta: b\r\n"),
    repeated("fields-received", HEAD, b"Received: from a by b; Mon, 2 Mar 2026 10:11:12 +0100\r\n"),
    repeated("field-long", HEAD + b"X-A: ", b"a", b"\r\n\r\n"),
    repeated("field-name-long", HEAD, b"a", b": b\r\n\r\n"),
    repeated("subject-long", HEAD + b"Subject: ", b"a ", b"\r\n\r\n"),
    repeated("folds", HEAD + b"X-A: a", b"\r\n a", b"\r\n\r\n"),
    repeated("folds-blank", HEAD + b"X-A: a", b"\r\n ", b"\r\n\r\n"),
    repeated("blanks-in-field", HEAD + b"Subject: a", b" ", b"b\r\n\r\n"),
    repeated("blanks-after-name", HEAD + b"Subject", b" ", b": b\r\n\r\n"),
    repeated("garbage-between-fields", HEAD, b"garbage\r\nX: a\r\n"),
    repeated("garbage-lines", HEAD, b"garbage\r\n"),
    repeated("colons", HEAD, b":\r\n"),
    repeated("fields-behind-cr", HEAD + b"X-A: a", b"\rContent-Type: text/html", b"\r\n\r\n"),
    repeated("fields-with-nul", HEAD, b"\0Content-Type: text/html\r\n"),
    repeated("digits-in-date", HEAD + b"Date: Mon, 1 Jan ", b"9", b"\r\n\r\n"),
    repeated("eight-bit-subject", HEAD + b"Subject: ", b"\xe0\xff", b"\r\n\r\n"),
)
STRUCTURE = (
    Growth("multiparts-nested", lambda size: HEAD + _double(_OPENED, size)),
    repeated("messages-nested", HEAD, b"Content-Type: message/rfc822\r\n\r\n"),
    repeated(
        "multiparts-and-messages-nested",
        HEAD,
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n",
    ),
    _deep_then(b"--x\r\n"),
    _deep_then(b"--\r\n"),
    _deep_then(b"--b%d\r\n"),
    _deep_then(b"a\r\n"),
    repeated("parts-empty", MIXED, _PART, b"--b--\r\n"),
    repeated("parts-of-one-byte", MIXED, b"--b\r\n\r\na\r\n", b"--b--\r\n"),
    repeated("parts-with-blank-lines", MIXED, b"--b\r\n\r\nContent-Type: text/html\r\n\r\na\r\n", b"--b--\r\n"),
    numbered("parts-with-header", MIXED, b"--b\r\nContent-Type: text/plain; name=a%d\r\n\r\n", b"--b--\r\n"),
    repeated("parts-messages", MIXED, b"--b\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n\r\n"),
    repeated("parts-signed", MIXED, b"--b\r\nContent-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\n0\x80\r\n"),
    repeated("parts-unclosed-comment", MIXED, b"--b\r\nContent-Type: text/plain; a=(\r\n\r\n"),
    repeated("boundary-reused", HEAD, b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"),
    Growth("boundaries-prefixes", _prefixes),
    halves(
        "multiparts-closed", HEAD, b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", b"", b"--b%d--\r\n"
    ),
    repeated("dash-lines", MIXED, b"\n-"),
    repeated("double-dash-lines", MIXED, b"--\r\n"),
    repeated("double-dash-without-line-end", MIXED, b"--"),
    repeated("dashes-one-line", MIXED + b"--b\r\n\r\n", b"-"),
    repeated("delimiters-with-junk", MIXED, b"--b junk\r\n"),
    repeated("delimiters-with-blanks", MIXED + b"--b", b" "),
    repeated("delimiters-indented", MIXED, b" --b\r\n"),
    repeated(
        "delimiters-empty-boundary", HEAD + b'Content-Type: multipart/mixed; boundary=""\r\n\r\n', b"--\r\n\r\na\r\n"
    ),
    repeated("delimiters-without-boundary", HEAD + b"Content-Type: multipart/mixed\r\n\r\n", b"--b\r\n\r\na\r\n"),
    numbered(
        "delimiters-different-without-boundary", HEAD + b"Content-Type: multipart/mixed\r\n\r\n", b"--b%d\r\n\r\n"
    ),
    numbered("delimiters-unknown", TEXT, b"--b%d\r\nContent-Type: text/html\r\n\r\n"),
    repeated("close-delimiters", MIXED, b"--b--\r\n"),
    repeated("preamble", MIXED, b"Content-Type: text/html\r\n\r\n", b"--b\r\n\r\na\r\n--b--\r\n"),
    repeated("epilogue", MIXED + b"--b\r\n\r\na\r\n--b--\r\n", b"--b\r\nX-Trasporto: posta-certificata\r\n\r\n"),
    repeated("digest", HEAD + b"Content-Type: multipart/digest; boundary=b\r\n\r\n", b"--b\r\n\r\nSubject: a\r\n\r\n"),
    repeated("cr-only", HEAD.replace(b"\r\n", b"\r") + b"Content-Type: text/plain\r\r", b"a\r"),
    repeated("cr-only-delimiters", MIXED.replace(b"\r\n", b"\r"), b"--b\r\ra\r", b"\r"),
    repeated("cr-cr-lf", MIXED.replace(b"\r\n", b"\r\r\n"), b"--b\r\r\n\r\r\na\r\r\n"),
    repeated("lf-cr", TEXT, b"a\n\r"),
    repeated("mixed-line-ends", MIXED, b"a\rb\nc\r\n--b\r\n\n--b\n"),
    repeated("blank-lines-first", b"", b"\r\n", TEXT),
    repeated("blank-lines", TEXT, b"\r\n"),
    repeated("from-lines-first", b"", b"From a@example.org Mon Mar  2 10:11:12 2026\r\n", TEXT),
    repeated("mbox", b"", b"From a@example.org Mon Mar  2 10:11:12 2026\nFrom: a@example.org\n\nCiao\n\n"),
    repeated("mbox-in-message", TEXT, b"\r\nFrom a@example.org\r\nX: a\r\n"),
    repeated("smtp-ends", TEXT, b"\n.\r\nFrom: a@example.org\r\n\r\n"),
    Growth("emlx", lambda size: b"%d\n" % (size - 99) + TEXT + b"Ciao\r\n" * ((size - 300) // 6) + b"<?xml?><plist/>"),
    Growth("utf-16", lambda size: (MIXED + b"--b\r\n\r\na\r\n" * (size // 20)).decode().encode("utf-16")),
    Growth("byte-order-mark", lambda size: b"\xef\xbb\xbf" + TEXT + b"\xef\xbb\xbf" * (size // 3 - 100)),
    repeated("one-long-line", TEXT, b"a"),
    repeated("nul-body", TEXT, b"\0"),
    repeated("separators", TEXT, b"\r\n\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"),
    Growth("encoded-messages-nested", _encoded_messages),
    repeated(
        "encoded-messages",
        MIXED,
        b"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\nRnJvbTogYQ0KDQo=\r\n",
    ),
    repeated("outlook-parts", MIXED, b"--b\r\nContent-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\0\0\r\n"),
    repeated(
        "encoded-multiparts",
        MIXED,
        b"--b\r\nContent-Type: multipart/mixed; boundary=c\r\nContent-Transfer-Encoding: base64\r\n\r\nLS1j\r\n",
    ),
)
_BASE64 = HEAD + b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_BASE64_TEXT = HEAD + b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
_PRINTABLE = HEAD + b"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_UU = HEAD + b"Content-Type: application/octet-stream; name=smime.p7m\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n"
_CMS_TEXT = base64.b64encode(bytes.fromhex("308006092a864886f70d010702a0803080020101"))
CONTENT = (
    repeated("base64-junk", _BASE64, b"!"),
    repeated("base64-padding", _BASE64, b"QQ==\r\n"),
    repeated("base64-pads-only", _BASE64, b"="),
    repeated("base64-short-lines", _BASE64, b"M\r\n"),
    repeated("base64-in-text", TEXT, _CMS_TEXT + b"\r\n"),
    repeated("base64-cms-prefixes", TEXT, b"MIAGCSqGSIb3DQEHA6CA\r\n\r\n"),
    repeated("base64-mii-lines", TEXT, b"MIIFgAYJKoZIhvcNAQcCoIIFcTCCBW0CAQExDzANBglghkgBZQME\r\n"),
    repeated("base64-mii-one-line", TEXT, b"MII"),
    repeated("base64-mii-in-text-part", _BASE64_TEXT, b"TUlJ"),
    repeated("base64-headers", _BASE64_TEXT, base64.b64encode(b"X-Trasporto: posta-certificata\r\n\r\n")),
    repeated("base64-runs", TEXT, b"QUJD" * 19 + b"\r\n-\r\n"),
    repeated("printable-soft-breaks", _PRINTABLE, b"=\r\n"),
    repeated("printable-bad", _PRINTABLE, b"=G"),
    repeated("printable-blanks", _PRINTABLE + b"a", b" "),
    repeated("printable-equals", _PRINTABLE, b"="),
    repeated("printable-blank-lines", _PRINTABLE, b" \t\r\n"),
    repeated("uu-begin-lines", TEXT, b"begin 644 smime.p7m\r\n"),
    repeated("uu-data-lines", _UU, b"M0\r\n"),
    repeated("uu-full-lines", _UU + b"begin 644 a\r\n", b"M" + b"0" * 60 + b"\r\n", b"end\r\n"),
    repeated("pgp-begin-lines", TEXT, b"-----BEGIN PGP MESSAGE-----\r\n"),
    repeated("pgp-signed-lines", TEXT, b"-----BEGIN PGP SIGNED MESSAGE-----\r\n"),
    repeated(
        "pgp-blocks", TEXT, b"-----BEGIN PGP MESSAGE-----\r\n\r\nwcBMA7\r\n=abcd\r\n-----END PGP MESSAGE-----\r\n"
    ),
    repeated("pgp-quoted", TEXT, b"> -----BEGIN PGP MESSAGE-----\r\n"),
    repeated("quote-marks", TEXT, b"> "),
    repeated("pem-begin-lines", TEXT, b"-----BEGIN PKCS7-----\r\n"),
    repeated("pem-blocks", TEXT, b"-----BEGIN PKCS7-----\r\nMIAG\r\n-----END PKCS7-----\r\n"),
    repeated("content-type-lines", TEXT, b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n"),
    repeated("pec-lines", TEXT, b"X-Trasporto: posta-certificata\r\n"),
    repeated("pec-lines-in-blocks", TEXT, b"\r\nX-Trasporto: posta-certificata\r\nX-Ricevuta: accettazione\r\n\r\n"),
    repeated("names-in-text", TEXT, b"smime.p7m daticert.xml postacert.eml "),
    repeated("oids-in-text", TEXT, b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"),
    repeated("cms-in-binary", TEXT, b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80"),
    repeated("rpmsg-in-text", TEXT, b"\x76\xe8\x04\x60\xc4\x11\xe3\x86"),
    repeated("rpmsg-lines", TEXT, b"application/x-microsoft-rpmsg-message message.rpmsg\r\n"),
    repeated("postacert-elements-in-text", TEXT, b'<postacert tipo="accettazione">\r\n'),
    repeated("html-tags", HEAD + b"Content-Type: text/html\r\n\r\n", b"<b><!--"),
    repeated("html-entities", HEAD + b"Content-Type: text/html\r\n\r\n", b"&#109;"),
    repeated("high-bytes", HEAD + b"Content-Type: text/plain\r\n\r\n", b"\xbd\x00SSS"),
    repeated("control-bytes", TEXT, b"\x1b[2J\x07"),
)
# Without a delimiter the whole body is what the primary reading does not explain.
FLOOR = tuple(
    repeated(f"floor-{name}", MIXED, unit)
    for name, unit in {
        "letters": b"A",
        "letter-lines": b"A" * 76 + b"\r\n",
        "letter-pairs": b"AA!!!!!!!!!",
        "letters-and-colons": b"AAAA:",
        "letters-apart": b"A-",
        "escapes": b"=41",
        "soft-breaks": b"=\r\n",
        "uu-lines": b"M" + b"0" * 60 + b"\r\n",
        "uu-lines-short": b"M0\r\n",
        "yenc": b"=ybegin line=128 size=1 name=a\r\n",
        "gzip-runs": base64.b64encode(gzip.compress(bytes(48_000), mtime=0)) + b"\r\n::::::::::\r\n",
        "fields": b"Content-Type: a\r\n",
        "fields-encoded": b"Content-Type: =?x?q?a?=\r\n",
        "fields-in-pieces": b"Content-Type: a*0*=%41(\r\n",
        "fields-pec": b"X-Trasporto: a\r\n",
        "field-names": b"\nContent- ",
        "field-names-long": b"Content-Type",
        "fields-after-blank-lines": b"\r\n \r\nContent-Type: a\r\n \r\n",
        "blank-starts": b"\n \t",
        "blanks": b"\r \t\xa0",
        "nuls": b"\0\nC\0ontent-Type: a",
        "content-type-letters": b"KoZIhvcNAQ",
        "content-type-letters-shifted": b"qGSIb3DQEqhkiG9w0B",
        "content-type-bytes": b"\x2a\x86\x48\x86\xf7\x0d\x01",
        "armour": b"-----BEGIN PGP ",
        "armour-long": b"\n-----BEGIN PGP MESSAGE aaaaaaaaaaaaaaaa",
        "junk": bytes(range(128, 256)),
        "delimiters-of-others": b"--c\r\nContent-Type: application/pkcs7-mime\r\n\r\n",
    }.items()
)
GENERATORS = {growth.name: growth for growth in chain(HEADERS, STRUCTURE, CONTENT, FLOOR, BINARY)}
"""Name to generator."""
