"""Hypothesis strategies that build mail, CMS objects and compound files: sound in structure, odd in every detail."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from samples.asn1 import indefinite, octet_string, oid, tlv
from samples.compound import compound_file
from samples.tnef import SIGNATURE, attribute

if TYPE_CHECKING:
    from samples.compound import Tree

TOP = b"From: Anna <a@example.org>\r\nTo: b@example.com\r\nSubject: Offerta\r\nMIME-Version: 1.0\r\n"
TOP += b"Date: Mon, 2 Mar 2026 10:11:12 +0100\r\nMessage-ID: <1@example.org>\r\n"
SIGNED_DATA, ENVELOPED_DATA, COMPRESSED_DATA = (
    "1.2.840.113549.1.7.2",
    "1.2.840.113549.1.7.3",
    "1.2.840.113549.1.9.16.1.9",
)
AUTH_ENVELOPED_DATA, DATA = "1.2.840.113549.1.9.16.1.23", "1.2.840.113549.1.7.1"
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

# -- MIME --
tokens = st.text(_LETTERS + "-_", min_size=1, max_size=12).map(str.encode)
blanks = st.sampled_from((b"", b" ", b"\t", b"  ", b"\r\n ", b"\r\n\t"))
comments = st.sampled_from((b"", b"", b"", b" (x)", b" ((x) y)", b" (a\r\n b)"))
_line = st.text(_LETTERS + " .,:;-=@<>()/\"'", max_size=60).map(str.encode)
texts = st.lists(_line, max_size=8).map(lambda lines: b"".join(line + b"\r\n" for line in lines))
_mentions = st.sampled_from(
    (
        b"X-Trasporto: posta-certificata\r\n",
        b"smime.p7m\r\n",
        b"--x\r\n",
        b"-----BEGIN PGP\r\n",
        b"MIIB\r\n",
        b"begin 644\r\n",
    )
)
bodies = st.one_of(texts, st.lists(st.one_of(texts, _mentions), max_size=4).map(b"".join))
leaf_types = st.sampled_from(
    (
        *(b"text/plain", b"text/html", b"TEXT/Plain; charset=utf-8", b"text/plain; charset=x", b"image/png", b"x/y"),
        *(b"application/pdf; name=a.pdf", b"application/octet-stream", b'application/xml; name="daticert.xml"'),
        *(b"application/pkcs7-signature; name=smime.p7s", b"application/pgp-encrypted", b"text/calendar; method=REPLY"),
        *(b"application/octet-stream; name*0=smi; name*1=me.p7m", b"text", b"", b"message/partial; id=1", b"text/rtf"),
    )
)
encodings = st.sampled_from((None, None, b"7bit", b"8bit", b"base64", b"quoted-printable", b"x-uuencode", b"x-other"))
_fields = st.lists(
    st.tuples(tokens, blanks, texts.map(lambda text: text.replace(b"\r\n", b" "))).map(
        lambda row: b"X-" + row[0] + b":" + row[1] + row[2] + b"\r\n"
    ),
    max_size=2,
).map(b"".join)


@st.composite
def leaves(draw: st.DrawFn) -> bytes:
    """A part that holds no other."""
    encoding, body = draw(encodings), draw(bodies)
    head = b"Content-Type:" + draw(blanks) + draw(leaf_types) + draw(comments) + b"\r\n"
    if encoding is not None:
        head += b"Content-Transfer-Encoding: " + encoding + b"\r\n"
        if encoding == b"base64" and draw(st.booleans()):
            body = base64.encodebytes(body).replace(b"\n", b"\r\n")
    return head + draw(_fields) + b"\r\n" + body


@st.composite
def multiparts(draw: st.DrawFn, children: st.SearchStrategy[bytes]) -> bytes:
    """A multipart of parts, with or without all that it should have."""
    boundary = draw(tokens)
    subtype = draw(st.sampled_from((b"mixed", b"alternative", b"related", b"signed", b"report", b"digest", b"x")))
    quote = draw(st.sampled_from((b"", b'"')))
    head = (
        b"Content-Type: multipart/" + subtype + b";" + draw(blanks) + b"boundary=" + quote + boundary + quote + b"\r\n"
    )
    parts = draw(st.lists(children, max_size=3))
    body = draw(st.sampled_from((b"", b"preamble\r\n"))) + b"".join(
        b"--" + boundary + b"\r\n" + p + b"\r\n" for p in parts
    )
    close = b"--" + boundary + b"--\r\n"
    return head + draw(_fields) + b"\r\n" + body + draw(st.sampled_from((close, close, close + b"epilogue\r\n", b"")))


def attached(entity: bytes) -> bytes:
    """A message as a part."""
    return b"Content-Type: message/rfc822\r\n\r\n" + TOP + entity


def entities() -> st.SearchStrategy[bytes]:
    """Entities of any depth: header, blank line, body."""
    return st.recursive(leaves(), lambda inner: st.one_of(multiparts(inner), inner.map(attached)), max_leaves=8)


def mails() -> st.SearchStrategy[bytes]:
    """Whole messages, with CRLF."""
    return entities().map(lambda entity: TOP + entity)


# -- CMS --
_primitives = st.one_of(
    st.binary(max_size=20).map(octet_string),
    st.integers(0, 2**40).map(lambda number: tlv(0x02, number.to_bytes(6, "big"))),
    st.sampled_from((DATA, SIGNED_DATA, "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.9.5")).map(oid),
    st.just(b"\x05\x00"),
    st.just(tlv(0x17, b"260302091112Z")),
)
_tags = st.sampled_from((0x30, 0x31, 0xA0, 0xA1, 0x24, 0xBF, 0x80))


@st.composite
def _constructed(draw: st.DrawFn, inner: st.SearchStrategy[bytes]) -> bytes:
    members = draw(st.lists(inner, max_size=4))
    write = draw(st.sampled_from((tlv, indefinite)))
    return write(draw(_tags), *members)


def values() -> st.SearchStrategy[bytes]:
    """ASN.1 values of any shape."""
    return st.recursive(_primitives, _constructed, max_leaves=12)


@st.composite
def cms_objects(draw: st.DrawFn) -> bytes:
    """A ContentInfo of one of the types that protect mail, with whatever inside."""
    kind = draw(st.sampled_from((SIGNED_DATA, ENVELOPED_DATA, COMPRESSED_DATA, AUTH_ENVELOPED_DATA)))
    write = draw(st.sampled_from((tlv, indefinite)))
    return write(0x30, oid(kind), write(0xA0, write(0x30, *draw(st.lists(values(), max_size=5)))))


@st.composite
def protected_mails(draw: st.DrawFn) -> bytes:
    """A message whose only entity is a CMS object, labelled in one of the ways that mail readers accept."""
    media = draw(st.sampled_from((b"application/pkcs7-mime", b"application/x-pkcs7-mime", b"Application/PKCS7-MIME")))
    parameters = draw(
        st.permutations((b"smime-type=enveloped-data", b"name=smime.p7m", b'name="smime.p7m"', b"x=y")).map(
            lambda rows: rows[: len(rows) // 2]
        )
    )
    value = b"".join(b";" + draw(blanks) + row for row in dict.fromkeys(parameters))
    fields = [
        b"Content-Type:" + draw(blanks) + media + draw(comments) + value + b"\r\n",
        b"Content-Transfer-Encoding: base64\r\n",
        draw(_fields),
    ]
    text = base64.encodebytes(draw(cms_objects())).replace(b"\n", b"\r\n")
    return TOP + b"".join(draw(st.permutations(fields))) + b"\r\n" + text


# -- TNEF and compound files --
@st.composite
def tnef_streams(draw: st.DrawFn) -> bytes:
    """TNEF: attributes of known and unknown names in any order."""
    names = st.sampled_from((0x18004, 0x2800C, 0x69002, 0x69003, 0x69004, 0x69005, 0x6800F, 0x78008, 0x18010, 0x12345))
    rows = draw(st.lists(st.tuples(st.sampled_from((1, 2)), names, st.binary(max_size=60), st.booleans()), max_size=8))
    return (
        SIGNATURE + b"\1\0" + b"".join(attribute(level, name, data, wrong=wrong) for level, name, data, wrong in rows)
    )


def winmail(stream: bytes) -> bytes:
    """A message that is nothing but a TNEF stream."""
    head = b"Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return TOP + head + base64.encodebytes(stream).replace(b"\n", b"\r\n")


_STREAMS = ("__properties_version1.0", "__substg1.0_001A001F", "__substg1.0_0037001F", "__substg1.0_1000001F")
_MORE = ("__substg1.0_37010102", "__substg1.0_3707001F", "__substg1.0_007D001F", "__substg1.0_10130102", "x", "é")
_STORAGES = (
    "__attach_version1.0_#00000000",
    "__recip_version1.0_#00000000",
    "__substg1.0_3701000D",
    "__nameid_version1.0",
)
_records = st.lists(
    st.tuples(
        st.sampled_from((0x37050003, 0x001A001F, 0x0037001F, 0x3701000D, 0x37010102, 0x0E070003)),
        st.integers(0, 2**32 - 1),
    ),
    max_size=6,
).map(lambda rows: bytes(8) + b"".join(struct.pack("<IIQ", tag, 6, value) for tag, value in rows))
_contents = st.one_of(st.binary(max_size=80), _records, st.just("IPM.Note.SMIME".encode("utf-16-le")), mails())
_flat: st.SearchStrategy[Tree] = st.dictionaries(st.sampled_from(_STREAMS + _MORE), _contents, max_size=6)


def _with_storages(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    storages = st.dictionaries(st.sampled_from(_STORAGES), inner, max_size=3)
    return st.tuples(_flat, storages).map(lambda pair: {**pair[0], **pair[1]})


def compound_files() -> st.SearchStrategy[bytes]:
    """Compound files of any tree of the names that Outlook uses."""
    trees = st.recursive(_flat, _with_storages, max_leaves=6)
    return st.tuples(trees, st.sampled_from((3, 4)), st.booleans()).map(
        lambda row: compound_file(row[0], version=row[1], scattered=row[2])
    )
