"""daticert.xml as the schema has it, as it occurs, and as somebody hostile would write it."""

from __future__ import annotations

import pickle
import tracemalloc
from dataclasses import fields, replace
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from pecdetect.detect.pec import daticert
from pecdetect.detect.pec.daticert import Daticert, Recipient, read_daticert
from pecdetect.limits import Limits

LIMITS = Limits()

FULL = """<?xml version="1.0" encoding="UTF-8"?>
<postacert tipo="errore-consegna" errore="no-dest">
    <intestazione>
        <mittente>mittente@pec.example.it</mittente>
        <destinatari tipo="certificato">primo@pec.example.it</destinatari>
        <destinatari tipo="esterno">secondo@example.org</destinatari>
        <destinatari>terzo@pec.example.it</destinatari>
        <risposte>risposte@pec.example.it</risposte>
        <oggetto>Perché &amp; quando: &lt;offerta&gt; n.&#xB0; 5</oggetto>
    </intestazione>
    <dati>
        <gestore-emittente>Gestore Esempio S.p.A.</gestore-emittente>
        <data zona="+0100">
            <giorno>02/03/2026</giorno>
            <ora>10:11:12</ora>
        </data>
        <identificativo>id1.20260302101112.1.1@pec.example.it</identificativo>
        <msgid>&lt;originale.1@example.it&gt;</msgid>
        <ricevuta tipo="completa"/>
        <consegna>primo@pec.example.it</consegna>
        <ricezione>primo@pec.example.it</ricezione>
        <ricezione>terzo@pec.example.it</ricezione>
        <errore-esteso>5.1.1 - Gestore Esempio S.p.A. - indirizzo non valido</errore-esteso>
    </dati>
</postacert>
"""

EXPECTED = Daticert(
    type="errore-consegna",
    error="no-dest",
    sender="mittente@pec.example.it",
    recipients=(
        Recipient("primo@pec.example.it", "certificato"),
        Recipient("secondo@example.org", "esterno"),
        Recipient("terzo@pec.example.it", "certificato"),
    ),
    reply_to="risposte@pec.example.it",
    subject="Perché & quando: <offerta> n.° 5",
    provider="Gestore Esempio S.p.A.",
    time="2026-03-02T10:11:12+01:00",
    identifier="id1.20260302101112.1.1@pec.example.it",
    message_id="<originale.1@example.it>",
    receipt="completa",
    delivered_to="primo@pec.example.it",
    received_by=("primo@pec.example.it", "terzo@pec.example.it"),
    extended_error="5.1.1 - Gestore Esempio S.p.A. - indirizzo non valido",
    error_code="5.1.1",
    problems=(),
    limits=(),
)
MALFORMED = replace(EXPECTED, problems=("not-well-formed",))

DECLARATION, BODY = FULL.split("\n", 1)
DOCTYPE = '<!DOCTYPE postacert PUBLIC "posta certificata" "https://example.invalid/dtd/postacert.dtd">'
STYLESHEET = '<?xml-stylesheet type="text/xsl" href="https://example.invalid/postacert.xsl"?>'


def read(text: str | bytes, limits: Limits = LIMITS) -> Daticert:
    found = read_daticert(text.encode() if isinstance(text, str) else text, limits)
    assert found is not None
    return found


def prefixed(text: str) -> str:
    return text.replace("</", "</pec:").replace("<", "<pec:").replace("<pec:/pec:", "</pec:").replace("<pec:?", "<?")


WELL_FORMED: dict[str, bytes] = {
    "as the schema has it": FULL.encode(),
    "no declaration": BODY.encode(),
    "CRLF": FULL.replace("\n", "\r\n").encode(),
    "one line": FULL.replace("\n", "").encode(),
    "blanks before the declaration": b" \r\n\t" + FULL.encode(),
    "byte order mark": b"\xef\xbb\xbf" + FULL.encode(),
    "byte order mark, then blanks": b"\xef\xbb\xbf\r\n" + FULL.encode(),
    "DOCTYPE": f"{DECLARATION}\n{DOCTYPE}\n{BODY}".encode(),
    "stylesheet and DOCTYPE": f"{DECLARATION}\n{STYLESHEET}\n{DOCTYPE}{BODY}".encode(),
    "DOCTYPE with an internal subset": f"<!DOCTYPE postacert [<!ELEMENT oggetto (#PCDATA)>]>{BODY}".encode(),
    "UTF-16 LE, mark": b"\xff\xfe" + FULL.replace("UTF-8", "UTF-16").encode("utf-16-le"),
    "UTF-16 BE, mark": b"\xfe\xff" + FULL.replace("UTF-8", "UTF-16").encode("utf-16-be"),
    "UTF-16, mark, blanks": b"\xff\xfe" + ("\r\n" + BODY).encode("utf-16-le"),
    "UTF-16 LE, no mark": BODY.encode("utf-16-le"),
    "UTF-16 BE, no mark": BODY.encode("utf-16-be"),
    "UTF-16 that declares UTF-8": b"\xff\xfe" + FULL.encode("utf-16-le"),
    "UTF-8 that declares UTF-16": FULL.replace("UTF-8", "UTF-16").encode(),
    "ISO 8859-1": FULL.replace("UTF-8", "ISO-8859-1").encode("latin-1"),
    "windows-1252": FULL.replace("UTF-8", "windows-1252").encode("windows-1252"),
    "an encoding that is none": FULL.replace("UTF-8", "x-none").encode(),
    "an encoding that is a codec of Python": FULL.replace("UTF-8", "unicode_escape").encode(),
    "prefix": prefixed(BODY).replace("<pec:postacert", '<pec:postacert xmlns:pec="urn:example"', 1).encode(),
    "undeclared prefix": prefixed(FULL).encode(),
    "default namespace": BODY.replace("<postacert", '<postacert xmlns="urn:example"', 1).encode(),
    "upper case": BODY.replace("postacert", "POSTACERT").replace("msgid", "MsgId").encode(),
    "attribute of a namespace": BODY.replace('tipo="err', 'x:Tipo="err').encode(),
    "stray text": FULL.replace("</risposte>", "</risposte>a").encode(),
    "unknown elements": FULL.replace("<dati>", "<altro>x<y>z</y></altro><dati>").encode(),
    "comments": FULL.replace("<dati>", "<!-- <mittente>no@example.org</mittente> --><dati>").encode(),
    "CDATA": FULL.replace("&lt;originale.1@example.it&gt;", "<![CDATA[<originale.1@example.it>]]>").encode(),
    "CDATA in pieces": FULL.replace("Perché &amp;", "Perch<![CDATA[é &]]>").encode(),
    "markup in a value": FULL.replace("offerta", "<b>off</b>erta").encode(),
    "blanks in values": FULL.replace("<mittente>", "<mittente>\n  ").replace("</ora>", " </ora>").encode(),
    "after the root": (FULL + "<!-- signed -->\n").encode(),
}


@pytest.mark.parametrize("case", WELL_FORMED)
def test_well_formed(case: str) -> None:
    assert read(WELL_FORMED[case]) == EXPECTED


RECOVERED: dict[str, bytes] = {
    "brackets of the msgid": FULL.replace("&lt;originale.1@example.it&gt;", "<originale.1@example.it>").encode(),
    "bare ampersand": FULL.replace("Perché &amp;", "Perché &").encode(),
    "bare angle brackets": FULL.replace("&lt;offerta&gt;", "<offerta>").encode(),
    "text in front": b"daticert:\n" + FULL.encode(),
    "something after the root": (FULL + "</postacert>\nlegal notice").encode(),
    "not the UTF-8 that it declares": FULL.encode("windows-1252"),
    "undeclared ISO 8859-1": BODY.encode("latin-1"),
    "declared, and a bare ampersand": FULL.replace("UTF-8", "iso-8859-1").replace("&amp;", "&").encode("latin-1"),
    "UTF-16 with a bare ampersand": b"\xff\xfe" + FULL.replace("&amp;", "&").encode("utf-16-le"),
    "UTF-16 of an odd size": b"\xff\xfe" + FULL.encode("utf-16-le") + b"\n",
    "attribute without quotes": FULL.replace("<dati>", "<dati x=1>").encode(),
    "the same attribute twice": FULL.replace('no-dest"', 'no-dest" errore="virus"').encode(),
    "single quotes": FULL.replace('"errore-consegna"', "'errore-consegna'").replace("&amp;", "&").encode(),
    "an end tag is missing": FULL.replace("</mittente>", "").encode(),
    "end of the root is missing": FULL.replace("</postacert>", "").encode(),
    "a comment is not closed": FULL.replace("</postacert>", "<!-- ").encode(),
    "a comment, and not well formed": FULL.replace("<dati>", "<!-- <ora>1</ora> --><dati>&").encode(),
    "CDATA, and not well formed": FULL.replace("Perché &amp;", "Perch<![CDATA[é &]]>")
    .replace("<dati>", "<dati>&")
    .encode(),
    "DOCTYPE, and not well formed": f"{DOCTYPE}\n{FULL}".encode(),
    "two DOCTYPEs": f"{DOCTYPE}\n{DOCTYPE}\n{BODY}".encode(),
    "a DOCTYPE in the wrong place": FULL.replace("<dati>", f"<dati>{DOCTYPE}").encode(),
    "instruction, and not well formed": f"{STYLESHEET}{FULL}".encode(),
    "prefixes, and not well formed": prefixed(FULL).replace("&amp;", "&").encode(),
    "upper case, and not well formed": FULL.replace("&amp;", "&").replace("mittente>", "Mittente>").encode(),
    "control character": FULL.replace("Perché", "\x00Perché").encode().replace(b"\x00", b"\x01", 1),
}


@pytest.mark.parametrize("case", RECOVERED)
def test_recovered(case: str) -> None:
    found = read(RECOVERED[case])
    assert found.problems == ("not-well-formed",)
    subject = (found.subject or "").replace("\x01", "")
    assert replace(found, subject=subject) == MALFORMED


def test_cut_off_at_every_place() -> None:
    """What is read of a part is what is read of the whole, or absent: never half a value."""
    data = FULL.encode()
    root = FULL.encode().index(b'no-dest">') + len(b'no-dest">')
    whole: dict[str, Any] = {each.name: getattr(EXPECTED, each.name) for each in fields(EXPECTED)}
    for size in range(len(data) - 1):
        found = read_daticert(data[:size], LIMITS)
        if size < root:
            assert found is None
            continue
        assert found is not None
        assert found.problems[0] == "not-well-formed"
        assert (found.type, found.error) == ("errore-consegna", "no-dest")
        for name, value in whole.items():
            got = getattr(found, name)
            if name in ("recipients", "received_by"):
                assert got == value[: len(got)]
            elif name not in ("problems", "error_code"):
                assert got in (None, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "postacert",
        "<a/>",
        "<html><postacert tipo='accettazione'></postacert></html>",
        "<html>&<postacert tipo='accettazione'></postacert>",
        "<postacerta/>",
        "<!-- <postacert> --><a/>",
        "<![CDATA[<postacert>]]>",
        "\ufeff\x00",
        "{'postacert': 1}",
        '<?xml version="1.0"?><FatturaElettronica><x>postacert</x></FatturaElettronica>',
        "<!DOCTYPE a [<!ATTLIST a b CDATA '<postacert>'>]><a/>",
        "<!DOCTYPE a [<!ATTLIST a b CDATA '<postacert>'>]>",
    ],
)
def test_no_root(text: str) -> None:
    for encoding in ("utf-8", "utf-16-le", "utf-16"):
        assert read_daticert(text.encode(encoding), LIMITS) is None


def test_minimal() -> None:
    found = read("<postacert/>")
    assert found == Daticert(
        type=None,
        error="nessuno",
        sender=None,
        recipients=(),
        reply_to=None,
        subject=None,
        provider=None,
        time=None,
        identifier=None,
        message_id=None,
        receipt=None,
        delivered_to=None,
        received_by=(),
        extended_error=None,
        error_code=None,
        problems=(),
        limits=(),
    )
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301 - our own


@pytest.mark.parametrize("start", ["<postacert ", "&<postacert "])
def test_blank_is_absent(start: str) -> None:
    found = read(
        start + "tipo=' ' errore=''><mittente> \n</mittente><destinatari tipo=''>a@example.org</destinatari>"
        "<destinatari/><destinatari> </destinatari><oggetto/><ricezione></ricezione><ricevuta/></postacert>"
    )
    assert (found.type, found.error, found.sender, found.subject, found.receipt) == (None,) * 5
    assert found.recipients == (Recipient("a@example.org", None),)
    assert found.received_by == ()


@pytest.mark.parametrize("start", ["<postacert>", "&<postacert>"])
def test_the_first_of_a_repeated_element_counts(start: str) -> None:
    found = read(
        start + "<oggetto> </oggetto><oggetto>uno</oggetto><oggetto>due</oggetto><ricevuta tipo='breve'/>"
        "<ricevuta tipo='completa'/><postacert tipo='accettazione'/></postacert>"
    )
    assert (found.subject, found.receipt, found.type) == ("uno", "breve", None)
    assert "repeated-element" in found.problems


@pytest.mark.parametrize(
    ("day", "hour", "zone", "expected"),
    [
        ("02/03/2026", "10:11:12", "+0100", "2026-03-02T10:11:12+01:00"),
        ("2/3/2026", "9:11:12", "+01:00", "2026-03-02T09:11:12+01:00"),
        ("02/03/2026", "10:11:12", "-0330", "2026-03-02T10:11:12-03:30"),
        ("02/03/2026", "10:11:12", "+0000", "2026-03-02T10:11:12+00:00"),
        ("29/02/2024", "00:00:00", "+1400", "2024-02-29T00:00:00+14:00"),
        ("29/02/2026", "10:11:12", "+0100", None),
        ("03/13/2026", "10:11:12", "+0100", None),
        ("02/03/2026", "24:00:00", "+0100", None),
        ("02/03/2026", "10:60:12", "+0100", None),
        ("02/03/2026", "10:11:12", "+1401", None),
        ("02/03/2026", "10:11:12", "+9999", None),
        ("02/03/2026", "10:11:12", "CET", None),
        ("02/03/2026", "10:11:12", "", None),
        ("02/03/2026", "10:11", "+0100", None),
        ("02-03-2026", "10:11:12", "+0100", None),
        ("00/00/0000", "10:11:12", "+0100", None),
        ("٠٢/٠٣/٢٠٢٦", "10:11:12", "+0100", None),
        ("02/03/2026", "", "+0100", None),
        ("", "10:11:12", "+0100", None),
    ],
)
def test_time(day: str, hour: str, zone: str, expected: str | None) -> None:
    found = read(f'<postacert><data zona="{zone}"><giorno>{day}</giorno><ora>{hour}</ora></data></postacert>')
    assert found.time == expected
    assert found.problems == (() if expected else ("unreadable-time",))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("5.1.1 - Gestore Esempio - indirizzo non valido", "5.1.1"),
        ("5.5.1, Gestore Esempio, presenza di un virus", "5.5.1"),
        ("5.4.1", "5.4.1"),
        ("4.2.2-Gestore", "4.2.2"),
        ("5.1.10 - x", "5.1.10"),
        ("5.1.1. x", "5.1.1"),
        ("5.1.1.1 x", None),
        ("5.1.1000 x", None),
        ("15.1.1 x", None),
        ("3.1.1 x", None),
        ("Errore 5.1.1", None),
        ("indirizzo non valido", None),
    ],
)
def test_error_code(text: str, code: str | None) -> None:
    found = read(f"<postacert><errore-esteso>{text}</errore-esteso></postacert>")
    assert (found.extended_error, found.error_code) == (text, code)


LAUGHS = (
    '<!DOCTYPE postacert [<!ENTITY a0 "ah">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    + "]>"
)
ENTITIES: dict[str, bytes] = {
    "laughs": f"{LAUGHS}{BODY.replace('Perché', '&a11;')}".encode(),
    "laughs in UTF-16": f"{LAUGHS}{BODY.replace('Perché', '&a11;')}".encode("utf-16"),
    "file": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]>{BODY.replace("Perché", "&x;")}'.encode(),
    "parameter": f'<!DOCTYPE a [<!ENTITY % p SYSTEM "https://example.invalid/x"> %p;]>{BODY}'.encode(),
    "a root in an entity": f"<!DOCTYPE a [<!ENTITY x ']><postacert tipo=\"accettazione\">'>]>{BODY}".encode(),
}


@pytest.mark.parametrize("case", ENTITIES)
def test_entities_are_refused(case: str) -> None:
    tracemalloc.start()
    found = read(ENTITIES[case])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1_000_000
    assert found.problems == ("entity-declaration",)
    subject = (found.subject or "").replace("&a11;", "Perché").replace("&x;", "Perché")
    assert replace(found, subject=subject, problems=()) == EXPECTED


def test_an_entity_declaration_that_reached_expat_would_stop_it() -> None:
    fields_ = daticert._Fields(LIMITS)
    data = b"<!DOCTYPE a [<!ENTITY x 'y'>]><postacert><oggetto>&x;</oggetto></postacert>"
    assert daticert._parse(data, fields_, whole=True) == "entity-declaration"
    assert not fields_.rooted


def test_what_an_external_subset_might_declare_stays_as_written() -> None:
    found = read(f"{DOCTYPE}<postacert><oggetto>Citt&agrave; &euro;</oggetto></postacert>")
    assert (found.subject, found.problems) == ("Citt&agrave; &euro;", ())


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("&#65;&#x42;&lt;&gt;&amp;&quot;&apos;", "AB<>&\"'"),
        ("&amp;lt;", "&lt;"),
        ("&#0;&#xD800;&#x110000;&#99999999;", "&#0;&#xD800;&#x110000;&#99999999;"),
        ("&nbsp;&agrave; & &;", "&nbsp;&agrave; & &;"),
        ("&#x1F4E7;", "\U0001f4e7"),
    ],
)
def test_references_in_the_tolerant_scan(written: str, expected: str) -> None:
    found = read(f"<postacert>&<oggetto>{written}</oggetto><msgid><a@b></msgid></postacert>")
    assert (found.subject, found.message_id) == (expected, "<a@b>")


def test_size_limit() -> None:
    data = FULL.encode() + b" " * 1000
    found = read(data, replace(LIMITS, xml_bytes=len(data) - 1))
    assert replace(found, problems=(), limits=()) == EXPECTED
    assert (found.problems, found.limits) == (("limit",), (("xml_bytes", len(data), len(data) - 1),))
    found = read(data, replace(LIMITS, xml_bytes=data.index(b"<oggetto>") + 12))
    assert (found.reply_to, found.subject) == (EXPECTED.reply_to, None)
    assert found.problems == ("limit",)
    assert read_daticert(data, replace(LIMITS, xml_bytes=50)) is None
    assert read_daticert(data, replace(LIMITS, xml_bytes=0)) is None


@pytest.mark.parametrize("junk", ["", "&"])
def test_element_limit(junk: str) -> None:
    found = read(FULL.replace("<intest", f"{junk}<intest"), replace(LIMITS, xml_elements=5))
    assert found.recipients == EXPECTED.recipients[:2]
    assert found.reply_to is None
    assert found.limits == (("xml_elements", 6, 5),)
    assert found.problems[-1] == "limit"


def test_depth_limit() -> None:
    deep = "<a>" * 100 + "<mittente>no@example.org</mittente>" + "</a>" * 100
    found = read(FULL.replace("<intestazione>", f"<intestazione>{deep}"))
    assert replace(found, problems=(), limits=()) == EXPECTED
    assert (found.problems, found.limits) == (("limit",), (("xml_depth", 103, 64),))


def test_depth_does_not_grow_with_tags_left_open() -> None:
    found = read("<postacert>&" + "<destinatari>a@example.org" * 200)
    assert len(found.recipients) == 199
    assert found.problems == ("not-well-formed",)


HOSTILE: dict[str, bytes] = {
    "angle brackets": b"<" * 300_000,
    "open tags": b"<a" * 150_000,
    "open schema tags": b"<data " * 50_000,
    "open comments": b"<!--" * 75_000,
    "open CDATA": b"<![CDATA[" * 33_000,
    "open instructions": b"<?x" * 100_000,
    "open DOCTYPEs": b'<!DOCTYPE "' * 27_000,
    "open references": b"&#x" * 100_000,
    "one name": b"<data " + b"a" * 300_000 + b">",
    "quotes": b"<data " + b"a='" * 100_000 + b">",
    "blanks": b"<data a" + b" " * 300_000 + b">",
    "prefixes": b"<a:" * 100_000,
    "empty elements after a long value": b"<oggetto>" + b"x" * 200_000 + b"</oggetto>" + b"<dati/>" * 30_000,
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_text_is_read_in_one_pass(case: str) -> None:
    """Each of these would take minutes if anything were looked at once for each byte before it."""
    found = read(b'<postacert tipo="accettazione">&' + HOSTILE[case])
    assert (found.type, found.problems) == ("accettazione", ("not-well-formed",))
    read_daticert(HOSTILE[case] + b"<postacert>", LIMITS)


PIECES = [
    b"<postacert>",
    b"</postacert>",
    b"<data zona='+0100'>",
    b"<oggetto>",
    b"</oggetto>",
    b"<ricevuta tipo='x'/>",
    b"<",
    b">",
    b"&",
    b"&#0;",
    b"]]>",
    b"<![CDATA[",
    b"<!--",
    b"-->",
    b"<!DOCTYPE a [",
    b"<!ENTITY a 'b'>",
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"\xe0",
    b'"',
]


@settings(deadline=None, max_examples=300)
@given(
    st.sampled_from(sorted(WELL_FORMED.values()) + sorted(RECOVERED.values())),
    st.lists(
        st.tuples(st.integers(0, 4000), st.one_of(st.sampled_from(PIECES), st.binary(max_size=3)), st.integers(0, 9)),
        max_size=6,
    ),
    st.sampled_from([LIMITS, replace(LIMITS, xml_bytes=700, xml_depth=2, xml_elements=6)]),
)
def test_damaged(data: bytes, edits: list[tuple[int, bytes, int]], limits: Limits) -> None:
    for place, content, gap in edits:
        at = place % (len(data) + 1)
        data = data[:at] + content + data[at + gap :]
    found = read_daticert(data, limits)
    if found is None:
        return
    values = [getattr(found, each.name) for each in fields(found)]
    values += [*found.received_by, *(each.address for each in found.recipients)]
    assert all(value and value == value.strip() for value in values if isinstance(value, str))
    assert bool(found.limits) is ("limit" in found.problems)
