"""What a reader of PEC must accept: odd parts, odd From and field spellings, bad files."""

from __future__ import annotations

import codecs
from dataclasses import replace
from typing import TYPE_CHECKING

from .model import base64_lines, entity, lines, quoted_printable
from .pec_build import (
    JAVA,
    OPENPEC,
    Envelope,
    attachment,
    clear_signed,
    daticert_part,
    original_part,
    sample,
    transport,
)
from .pec_model import GESTORE, SENDER, daticert

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .model import Sample

DOCTYPE = (
    '<?xml-stylesheet type="text/xsl" href="https://gestore.example.it/dtd/postacert.xsl"?>\n'
    '<!DOCTYPE postacert PUBLIC "posta certificata" "https://gestore.example.it/dtd/postacert.dtd">'
)
LAUGHS = (
    '<!DOCTYPE postacert [\n  <!ENTITY a "ah">\n'
    + "".join(f'  <!ENTITY {new} "{f"&{old};" * 10}">\n' for old, new in zip("abcdefghi", "bcdefghij", strict=True))
    + "]>"
)
EXTERNAL = '<!DOCTYPE postacert [\n  <!ENTITY x SYSTEM "file:///etc/hostname">\n]>'


def _with_xml(label: str, xml: bytes, part: bytes | None = None) -> Envelope:
    """Return a transport envelope with this certification data, in this part or the usual one."""
    one = transport(label)
    chosen = daticert_part(xml, JAVA) if part is None else part
    return replace(one, parts=(one.parts[0], chosen, one.parts[2]), pieces={**one.pieces, "daticert.xml": xml})


def _xml(label: str, prolog: str = "") -> bytes:
    return daticert(transport(label).facts, prolog=prolog)


def _malformed(label: str) -> bytes:
    facts = replace(transport(label).facts, subject="Ordini & conferme")
    xml = daticert(facts)
    return xml.replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&amp;", b"&")


def _contents() -> Iterator[Sample]:
    label = "pec-daticert-doctype"
    shows = "daticert.xml with a DOCTYPE and a stylesheet, as genuine mail has: nothing is fetched"
    yield sample(_with_xml(label, _xml(label, DOCTYPE)), shows)
    label = "pec-daticert-bom"
    yield sample(_with_xml(label, b"\xef\xbb\xbf" + _xml(label)), "daticert.xml that begins with a byte order mark")
    label = "pec-daticert-leading-blank"
    yield sample(_with_xml(label, b"\r\n  " + _xml(label)), "daticert.xml with white space before its declaration")
    label = "pec-daticert-malformed"
    shows = "daticert.xml that is no XML: raw angle brackets in msgid, a bare ampersand in oggetto"
    one = replace(_with_xml(label, _malformed(label)), subject="POSTA CERTIFICATA: Ordini & conferme")
    yield sample(one, shows)
    label = "pec-daticert-entities"
    yield sample(_with_xml(label, _xml(label, LAUGHS)), "daticert.xml that declares entities that multiply: refused")
    label = "pec-daticert-external-entity"
    yield sample(_with_xml(label, _xml(label, EXTERNAL)), "daticert.xml that declares an external entity: refused")
    label = "pec-daticert-utf16"
    xml = codecs.BOM_UTF16_LE + _xml(label).decode().replace("UTF-8", "UTF-16").encode("utf-16-le")
    yield sample(_with_xml(label, xml), "daticert.xml in UTF-16")
    label = "pec-daticert-wrong-root"
    xml = b'<?xml version="1.0"?>\n<ricevuta><tipo>posta-certificata</tipo></ricevuta>\n'
    yield sample(_with_xml(label, xml), "a file named daticert.xml whose root is not postacert")
    label = "pec-daticert-empty"
    yield sample(_with_xml(label, b""), "an empty daticert.xml")
    label = "pec-daticert-stray-text"
    xml = _xml(label).replace(b"</risposte>", b"</risposte>.").replace(b"<dati>", b"<dati>\n    -")
    yield sample(_with_xml(label, xml), "daticert.xml with stray text between its elements")


def _dressed() -> Iterator[Sample]:
    """Yield the same certification data in other parts."""
    rows = (
        ("pec-daticert-text-xml", "text/xml", "daticert.xml", "daticert.xml typed text/xml"),
        (
            "pec-daticert-octet-stream", "application/octet-stream", "daticert.xml",
            "daticert.xml as octet-stream",
        ),
        ("pec-daticert-certdata-name", "application/xml", "certdata.xml", "daticert.xml named certdata.xml"),
        ("pec-daticert-uppercase-name", "application/xml", "DATICERT.XML", "daticert.xml named DATICERT.XML"),
        (
            "pec-daticert-encoded-name", "application/xml", "=?iso-8859-1?Q?daticert=2Exml?=",
            "the name daticert.xml written as an encoded word",
        ),
    )  # fmt: skip
    for label, media, name, shows in rows:
        xml = _xml(label)
        yield sample(_with_xml(label, xml, daticert_part(xml, JAVA, media=media, name=name)), shows)
    for label, fields, shows in (
        (
            "pec-daticert-unnamed", ("Content-Type: application/xml", "Content-Disposition: inline"),
            "certification data in a part without a name",
        ),
        (
            "pec-daticert-name-in-type", ("Content-Type: application/xml; name=daticert.xml",),
            "daticert.xml named by Content-Type alone",
        ),
        (
            "pec-daticert-name-in-disposition",
            ("Content-Type: application/xml", "Content-Disposition: inline; filename=daticert.xml"),
            "daticert.xml named by Content-Disposition alone",
        ),
    ):  # fmt: skip
        xml = _xml(label)
        header = lines(*fields, "Content-Transfer-Encoding: base64")
        yield sample(_with_xml(label, xml, entity(header, base64_lines(xml))), shows)


def _parts() -> Iterator[Sample]:
    one = transport("pec-daticert-missing")
    pieces = {name: data for name, data in one.pieces.items() if name != "daticert.xml"}
    shows = "transport envelope without daticert.xml"
    yield sample(replace(one, parts=(one.parts[0], one.parts[2]), pieces=pieces), shows)
    one = transport("pec-parts-swapped")
    swapped = (one.parts[0], one.parts[2], one.parts[1])
    yield sample(replace(one, parts=swapped), "transport envelope with postacert.eml before daticert.xml")
    one = transport("pec-daticert-twice")
    other = daticert_part(daticert(replace(one.facts, sender="altri@pec.example.it")), JAVA)
    yield sample(replace(one, parts=(*one.parts, other)), "transport envelope with two daticert.xml that disagree")
    one = transport("pec-extra-part", OPENPEC)
    logo = attachment("nota.txt", "text/plain", b"Nota del gestore.\r\n")
    yield sample(replace(one, parts=(*one.parts, logo)), "transport envelope with a further part from the provider")


def _originals() -> Iterator[Sample]:
    for label, fields, encode, shows in (
        (
            "pec-postacert-base64", ("Content-Type: message/rfc822; name=postacert.eml", "base64"),
            base64_lines, "postacert.eml as message/rfc822 in base64, which RFC 2046 forbids",
        ),
        (
            "pec-postacert-qp", ("Content-Type: message/rfc822; name=postacert.eml", "quoted-printable"),
            _quoted, "postacert.eml as message/rfc822 in quoted-printable, which RFC 2046 forbids",
        ),
        (
            "pec-postacert-octet-stream",
            ('Content-Type: application/octet-stream; name="postacert.eml"', "base64"),
            base64_lines, "postacert.eml as application/octet-stream in base64",
        ),
        (
            "pec-postacert-unnamed", ("Content-Type: message/rfc822", "7bit"), bytes,
            "the original as message/rfc822 without a name, beside daticert.xml",
        ),
    ):  # fmt: skip
        one = transport(label)
        header = lines(fields[0], f"Content-Transfer-Encoding: {fields[1]}", "Content-Disposition: inline")
        part = entity(header, encode(one.pieces["postacert.eml"]))
        yield sample(replace(one, parts=(*one.parts[:2], part)), shows)
    one = transport("pec-postacert-uppercase-name")
    part = original_part(one.pieces["postacert.eml"], JAVA, name="PostaCert.EML")
    yield sample(replace(one, parts=(*one.parts[:2], part)), "the original named PostaCert.EML")
    one = transport("pec-postacert-missing")
    pieces = {"daticert.xml": one.pieces["daticert.xml"]}
    yield sample(replace(one, parts=one.parts[:2], pieces=pieces), "transport envelope without its original")


def _quoted(data: bytes) -> bytes:
    return quoted_printable(data.decode().replace("\r\n", "\n"))


def _fields() -> Iterator[Sample]:
    for label, sender, shows in (
        (
            "pec-from-unquoted", f"Per conto di: {SENDER} <{GESTORE.service}>",
            "From without quotation marks: the colon looks like a group's",
        ),
        (
            "pec-from-encoded-word",
            f"=?iso-8859-1?Q?Per_conto_di=3A_acquisti=40pec=2Eexample=2Eit?= <{GESTORE.service}>",
            "From with `Per conto di:` in an encoded word",
        ),
        (
            "pec-from-on-behalf-of", f'"On behalf of: {SENDER}" <{GESTORE.service}>',
            "From in the English words of RFC 6109",
        ),
        (
            "pec-from-folded", f'"Per conto di:\r\n\t{SENDER}"\r\n\t<{GESTORE.service}>',
            "From folded inside its quotation marks",
        ),
    ):  # fmt: skip
        yield sample(replace(transport(label), sender=sender), f"transport envelope, {shows}")
    one = transport("pec-fields-lower-case")
    claims = ("x-trasporto: POSTA-CERTIFICATA", "x-tiporicevuta:completa", *one.claims[2:])
    yield sample(replace(one, claims=claims), "PEC fields in other letter case, one without a blank")
    one = transport("pec-fields-folded")
    claims = ("X-Trasporto:\r\n\tposta-certificata", *one.claims[1:])
    yield sample(replace(one, claims=claims), "X-Trasporto folded before its value")
    one = transport("pec-subject-encoded", subject="Comunicazione di attività già svolta")
    encoded = "=?iso-8859-1?Q?POSTA_CERTIFICATA=3A_Comunicazione_di?=\r\n =?iso-8859-1?Q?_attivit=E0_gi=E0_svolta?="
    yield sample(replace(one, subject=encoded), "subject in two encoded words, the prefix included")
    outside = (("crm@example.org", "esterno"),)
    one = transport("pec-to-ordinary-address", recipients=outside)  # type: ignore[arg-type]
    yield sample(replace(one, to="crm@example.org"), "transport envelope to an ordinary mailbox (tipo esterno)")
    one = transport("pec-without-msgid", msgid=None)  # type: ignore[arg-type]
    shows = "transport envelope for a client that gave no Message-ID: no msgid, no reference"
    yield sample(replace(one, claims=one.claims[:2]), shows)
    yield sample(replace(transport("pec-no-preamble"), preamble=b""), "transport envelope without a preamble")


def _files() -> Iterator[Sample]:
    one = transport("pec-lf-only")
    yield sample(one, "transport envelope saved with LF line ends", clear_signed(one).replace(b"\r\n", b"\n"))
    one = transport("pec-truncated")
    data = clear_signed(one)
    shows = "transport envelope cut off inside the attachment of the original"
    cut = data.index(b"application/pdf") + 300
    kept = {"daticert.xml": one.pieces["daticert.xml"]}
    yield sample(replace(one, pieces=kept), shows, data[:cut])
    one = transport("pec-mbox-from-line")
    line = b"From acquisti@pec.example.it Mon Mar  2 10:11:14 2026\r\n"
    yield sample(one, "transport envelope with an mbox From line on top", line + clear_signed(one))
    one = transport("pec-no-close-delimiter", OPENPEC)
    data = clear_signed(one)
    end = f"\r\n--{OPENPEC.outer(one.label)}--\r\n".encode()
    yield sample(one, "transport envelope without its last delimiter", data.removesuffix(end) + b"\r\n")


def samples() -> Iterator[Sample]:
    """Yield the variants."""
    yield from _contents()
    yield from _dressed()
    yield from _parts()
    yield from _originals()
    yield from _fields()
    yield from _files()
