"""Structure: what stands where, to the byte, in well-formed and in broken messages."""

from __future__ import annotations

import email
import email.policy
from email.message import EmailMessage

import pytest

from pecdetect.limits import Limits
from pecdetect.parsing import header
from pecdetect.parsing.header import PLACES_NOTED, Buffer, FieldTable
from pecdetect.parsing.message import Message, Part
from pecdetect.parsing.opening import open_message


def read(data: bytes, limits: Limits | None = None) -> Message:
    return open_message(data, len(data), limits or Limits())


def shape(part: Part) -> str:
    inner = [shape(child) for child in part.children]
    if part.message is not None:
        inner.append(shape(part.message))
    return part.content_type + (f"({'+'.join(inner)})" if inner else "")


def codes(message: Message) -> set[str]:
    return {anomaly.code for anomaly in message.anomalies}


HEAD = b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
TEXT = b"Content-Type: text/plain\r\n\r\nhello\r\n"
HTML = b"Content-Type: text/html\r\n\r\n<p>hello\r\n"

CASES: list[tuple[str, bytes, str, set[str]]] = [
    ("plain", HEAD + b"\r\nhello\r\n", "text/plain", set()),
    (
        "two parts",
        MIXED + b"--b\r\n" + TEXT + b"--b\r\n" + HTML + b"--b--\r\n",
        "multipart/mixed(text/plain+text/html)",
        set(),
    ),
    (
        "preamble and epilogue",
        MIXED + b"pre\r\n--b\r\n" + TEXT + b"--b--\r\nepi\r\n",
        "multipart/mixed(text/plain)",
        set(),
    ),
    ("blanks after the delimiter", MIXED + b"--b \t\r\n" + TEXT + b"--b-- \r\n", "multipart/mixed(text/plain)", set()),
    ("no close delimiter", MIXED + b"--b\r\n" + TEXT, "multipart/mixed(text/plain)", {"missing-close-delimiter"}),
    ("boundary that matches nothing", MIXED + b"--other\r\n" + TEXT, "multipart/mixed", {"boundary-not-found"}),
    (
        "no boundary",
        HEAD + b"Content-Type: multipart/mixed\r\n\r\n--b\r\n" + TEXT,
        "multipart/mixed",
        {"missing-boundary"},
    ),
    (
        "longer delimiter is another",
        MIXED + b"--bb\r\n--b\r\n" + TEXT + b"--bb--\r\n--b--\r\n",
        "multipart/mixed(text/plain)",
        {"text-after-delimiter"},
    ),
    (
        "dashes in the text",
        MIXED + b"--b\r\n" + TEXT + b"-- \r\nsignature\r\n---\r\n--b--\r\n",
        "multipart/mixed(text/plain)",
        set(),
    ),
    (
        "digest default",
        HEAD + b'Content-Type: multipart/digest; boundary="b"\r\n\r\n--b\r\n\r\n' + HEAD + b"\r\nx\r\n--b--\r\n",
        "multipart/digest(message/rfc822(text/plain))",
        set(),
    ),
    (
        "message in message",
        HEAD + b"Content-Type: message/rfc822\r\n\r\n" + HEAD + b"\r\nhello",
        "message/rfc822(text/plain)",
        set(),
    ),
    (
        "message/global",
        HEAD + b"Content-Type: message/global\r\n\r\n" + HEAD + b"\r\nhello",
        "message/global(text/plain)",
        set(),
    ),
    (
        "From line before an attached message",
        MIXED + b"--b\r\nContent-Type: message/rfc822\r\n\r\n>From x Mon\r\n" + HEAD + b"\r\nx\r\n--b--\r\n",
        "multipart/mixed(message/rfc822(text/plain))",
        {"text-before-header"},
    ),
    ("no blank line before the body", HEAD + b"hello there\r\nbye\r\n", "text/plain", {"missing-body-separator"}),
    (
        "garbage between fields",
        b"From: a@example.org\r\nnot a field\r\nContent-Type: text/html\r\n\r\nx",
        "text/html",
        {"non-header-line"},
    ),
    (
        "delimiter ends a header",
        MIXED + b"--b\r\nContent-Type: text/html\r\n--b\r\n" + TEXT + b"--b--\r\n",
        "multipart/mixed(text/html+text/plain)",
        {"missing-body-separator"},
    ),
    (
        "first Content-Type wins",
        HEAD + b"Content-Type: text/html\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + TEXT,
        "text/html",
        {"duplicate-content-type"},
    ),
    (
        "inner reuses the outer boundary",
        MIXED + b"--b\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n" + TEXT + b"--b--\r\n--b--\r\n",
        "multipart/mixed(multipart/alternative(text/plain))",
        {"boundary-reused"},
    ),
    ("unreadable type", HEAD + b"Content-Type: nonsense\r\n\r\nx", "text/plain", {"invalid-content-type"}),
    (
        "unknown encoding",
        HEAD + b"Content-Transfer-Encoding: x-secret\r\n\r\nx",
        "text/plain",
        {"unknown-transfer-encoding"},
    ),
    (
        "encoded multipart",
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n"
        + TEXT
        + b"--b--",
        "multipart/mixed(text/plain)",
        {"encoded-multipart"},
    ),
    (
        "folded boundary",
        HEAD + b'Content-Type: multipart/mixed;\r\n\tboundary="b"\r\n\r\n--b\r\n' + TEXT + b"--b--\r\n",
        "multipart/mixed(text/plain)",
        set(),
    ),
    ("blank before the colon", HEAD + b"Content-Type : text/html\r\n\r\nx", "text/html", set()),
    ("upper case", HEAD + b"CONTENT-TYPE: TEXT/HTML\r\n\r\nx", "text/html", set()),
    ("header only", b"From: a@example.org\r\nTo: b@example.org", "text/plain", set()),
]


@pytest.mark.parametrize(("name", "data", "expected", "anomalies"), CASES, ids=[case[0] for case in CASES])
def test_shape(name: str, data: bytes, expected: str, anomalies: set[str]) -> None:
    message = read(data)
    assert message.no_message is None, name
    assert shape(message.root) == expected
    assert codes(message) == anomalies


@pytest.mark.parametrize("line_end", [b"\n", b"\r"], ids=["LF", "CR"])
@pytest.mark.parametrize(("name", "data", "expected", "anomalies"), CASES, ids=[case[0] for case in CASES])
def test_shape_is_the_same_with_other_line_ends(
    name: str, data: bytes, expected: str, anomalies: set[str], line_end: bytes
) -> None:
    message = read(data.replace(b"\r\n", line_end))
    assert shape(message.root) == expected, name
    assert codes(message) == anomalies


def test_cr_cr_lf_is_one_line_end() -> None:
    data = (MIXED + b"--b\r\n" + TEXT + b"--b--\r\n").replace(b"\r\n", b"\r\r\n")
    assert shape(read(data).root) == "multipart/mixed(text/plain)"


def test_offsets_are_exact() -> None:
    data = MIXED + b"--b\r\n" + TEXT + b"--b\r\n" + HTML + b"--b--\r\n"
    message = read(data)
    first, second = message.root.children
    assert data[first.start : first.body_start] == b"Content-Type: text/plain\r\n\r\n"
    assert first.body == b"hello"
    assert second.body == b"<p>hello"
    assert data[second.start : second.end] == b"Content-Type: text/html\r\n\r\n<p>hello"
    assert (message.root.start, message.root.end) == (0, len(data))
    field = message.root.get("subject")
    assert field is not None
    assert data[field.start : field.end] == b"Subject: x"
    assert field.value == "x"


@pytest.mark.parametrize("data", [MIXED + b"--b\r\n" + TEXT + b"--b--\r\n", b"junk line\r\n" + MIXED])
def test_every_field_points_at_itself(data: bytes) -> None:
    for field in read(data).root.fields:
        line = data[field.start : field.end]
        assert line.lower().startswith(field.name.encode() + b":")
        assert data[field.value_start : field.end] == field.raw
        assert not line.endswith((b"\r", b"\n"))


def test_sections_count_as_imap_does() -> None:
    inner = (
        HEAD + b'Content-Type: multipart/mixed; boundary="c"\r\n\r\n--c\r\n' + TEXT + b"--c\r\n" + HTML + b"--c--\r\n"
    )
    data = MIXED + b"--b\r\n" + TEXT + b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + inner + b"--b--\r\n"
    assert [part.section for part in read(data).walk()] == ["", "1", "2", "2/", "2/1", "2/2"]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_encoded_attached_message_is_opened(encoding: str) -> None:
    inner = HEAD + b"Content-Type: text/html\r\n\r\n<p>x\r\n"
    import base64
    import quopri

    body = base64.encodebytes(inner) if encoding == "base64" else quopri.encodestring(inner)
    data = MIXED + b"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: " + encoding.encode()
    message = read(data + b"\r\n\r\n" + body + b"\r\n--b--\r\n")
    holder = message.root.children[0]
    assert holder.message is not None
    assert holder.message.content_type == "text/html"
    assert holder.message.buffer.stream == "decoded:1"
    assert holder.message.section == "1/"


def test_duplicates_are_kept_in_order() -> None:
    root = read(b"From: a@example.org\r\nFrom: b@example.org\r\nX-A: 1\r\nfrom: c@example.org\r\n\r\n").root
    assert [field.value for field in root.get_all("from")] == ["a@example.org", "b@example.org", "c@example.org"]
    assert root.get("absent") is None
    assert root.get_all("absent") == []


LIMITS: list[tuple[str, bytes, Limits]] = [
    ("fields", b"From: a@example.org\r\n" + b"X: y\r\n" * 50 + b"\r\n", Limits(fields=20)),
    ("field_bytes", b"From: a@example.org\r\nX: " + b"y" * 500 + b"\r\n\r\n", Limits(field_bytes=100)),
    ("header_bytes", b"junk\r\nFrom: a@example.org\r\nX: " + b"y" * 500 + b"\r\n\r\n", Limits(header_bytes=100)),
    ("parts", MIXED + b"--b\r\n\r\nx\r\n" * 50, Limits(parts=20)),
    ("embedded", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 30 + HEAD + b"\r\n", Limits(embedded=10)),
    ("depth", HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 30 + HEAD + b"\r\n", Limits(depth=10)),
    ("parameters", HEAD + b"Content-Type: text/plain" + b"; a=b" * 50 + b"\r\n\r\n", Limits(parameters=20)),
    ("message_bytes", HEAD + b"\r\n" + b"x" * 500, Limits(message_bytes=200)),
]


@pytest.mark.parametrize(("name", "data", "limits"), LIMITS, ids=[case[0] for case in LIMITS])
def test_limits_are_reported(name: str, data: bytes, limits: Limits) -> None:
    message = open_message(data[: limits.message_bytes], len(data), limits)
    assert name in {hit.name for hit in message.limits_hit}
    hit = next(hit for hit in message.limits_hit if hit.name == name)
    assert hit.value > hit.limit == getattr(limits, name)


def test_decoding_budget_is_shared_and_reported() -> None:
    import base64

    inner = base64.encodebytes(HEAD + b"\r\n" + b"x" * 5000)
    part = b"--b\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + inner
    data = MIXED + part * 4 + b"--b--\r\n"
    limits = Limits(decoded_factor=0, decoded_extra=6000)
    message = read(data, limits)
    assert "decoded_bytes" in {hit.name for hit in message.limits_hit}
    assert message.decoded_left == 0


def test_depth_is_no_recursion() -> None:
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(5000))
    message = read(HEAD + nested + TEXT)
    assert "depth" in {hit.name for hit in message.limits_hit}


def build(seed: int) -> EmailMessage:
    message = EmailMessage(policy=email.policy.SMTP)
    message["From"] = "a@example.org"
    message["To"] = "b@example.org"
    message["Subject"] = f"prova è {seed}"
    message.set_content("ciao\n" * (seed + 1))
    if seed % 2:
        message.add_alternative("<p>ciao</p>\n", subtype="html")
    for index in range(seed % 4):
        message.add_attachment(
            bytes(range(256)) * (index + 1), maintype="application", subtype="pdf", filename=f"à{index}.pdf"
        )
    if seed % 3 == 0:
        message.add_attachment(build(seed + 1)) if seed < 20 else None
    return message


@pytest.mark.parametrize("seed", range(24))
def test_agrees_with_the_standard_library(seed: int) -> None:
    data = build(seed).as_bytes()
    theirs = email.message_from_bytes(data, policy=email.policy.default)
    ours = read(data)
    expected = [(p.get_content_type(), p.get_filename()) for p in theirs.walk()]
    assert [(part.content_type, part.name) for part in ours.walk()] == expected
    for mine, part in zip(ours.walk(), theirs.walk(), strict=True):
        if part.get_content_maintype() == "application":
            assert mine.decoded() == part.get_payload(decode=True)
            assert mine.decoded_size() == (len(mine.decoded()),) * 2
    assert not ours.anomalies


def test_a_delimiter_right_after_the_header_begins_the_first_part() -> None:
    data = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n--b\r\n' + HTML + b"--b--\r\n"
    message = read(data)
    assert shape(message.root) == "multipart/mixed(text/html)"
    assert codes(message) == {"missing-body-separator"}


@pytest.mark.parametrize("part", [b"--b\na:b\n\n", b"--b\r\na:\r\n"])
def test_a_blank_line_far_away_is_looked_for_once(part: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[int] = []
    apart = header._take_apart

    def counted(buffer: Buffer, start: int, text: bytes) -> FieldTable | None:
        taken.append(len(text))
        return apart(buffer, start, text)

    monkeypatch.setattr(header, "_take_apart", counted)
    data = MIXED + part * 2000 + b"\r\n\r\n"
    read(data)
    assert sum(taken) < len(data)


def test_one_anomaly_that_is_met_again_and_again_is_told_with_its_first_places() -> None:
    message = read(MIXED + b"--b junk\r\n" * 100 + b"--b\r\n" + TEXT + b"--b \x01\r\n--b--\r\n")
    places = [seen.start for seen in message.anomalies if seen.code == "text-after-delimiter" and not seen.part]
    assert places == [len(MIXED) + len(b"--b junk\r\n") * at for at in range(PLACES_NOTED)]
    assert [seen.part for seen in message.anomalies if seen.part] == ["1"]


def test_long_names_are_not_kept() -> None:
    """A header may hold as many bytes of names as it likes; what is remembered is bounded."""
    before = header._remembered_keys.cache_info().currsize
    for number in range(3):
        table = FieldTable(Buffer(b""), 0, [b"X-%d-" % number + b"y" * 3000, b"From"], [b" a", b" b"])
        assert table.index[b"from"] == 1
    assert header._remembered_keys.cache_info().currsize == before
