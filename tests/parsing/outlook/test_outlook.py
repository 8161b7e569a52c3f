"""Outlook items as messages: the same tree as an .eml, evidence that counts in the streams, nothing invented."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime

import pytest

import pecdetect
from pecdetect.parsing.message import Message
from samples import mail, msg, outlook
from samples.msg import Attachment, Item, item_of, msg_file, recipient
from support.found import findings_of
from support.samples import SAMPLES as FOLDER

SAMPLES = {sample.name: sample for sample in outlook.samples()}


def read(item: Item) -> Message:
    return pecdetect.read(msg_file(item))


def shape(message: Message) -> list[tuple[str, str, str | None]]:
    return [(part.section, part.content_type, part.name) for part in message.walk()]


def values(message: Message) -> dict[str, str]:
    return {field.name: field.text for field in message.root.fields}


def note(values: dict[int, msg.Value]) -> Item:
    item = outlook.note()
    item.values = {0x0037: "Nota", 0x0E07: 1, 0x1000: "Ciao", **values}
    item.recipients = []
    return item


def test_a_signed_item_has_the_tree_of_the_message_that_was_sent() -> None:
    message = pecdetect.read(SAMPLES["outlook-pec-transport-envelope.msg"].data)
    assert message.container == "msg"
    assert shape(message) == [
        ("", "multipart/signed", None),
        ("1", "multipart/mixed", None),
        ("1.1", "multipart/alternative", None),
        ("1.1.1", "text/plain", None),
        ("1.1.2", "text/html", None),
        ("1.2", "application/xml", "daticert.xml"),
        ("1.3", "message/rfc822", "postacert.eml"),
        ("1.3/", "multipart/mixed", None),
        ("1.3/1", "text/plain", None),
        ("1.3/2", "application/pdf", "ordine-42.pdf"),
        ("2", "application/pkcs7-signature", "smime.p7s"),
    ]
    assert values(message)["x-trasporto"] == "posta-certificata"
    assert message.root.field_evidence("x-trasporto").stream == "msg:__substg1.0_007D001F"
    assert message.root.field_evidence("content-type").stream == (
        "msg:__attach_version1.0_#00000000/__substg1.0_37010102"
    )


def test_what_is_stored_in_pieces_reads_as_what_is_stored_in_one() -> None:
    whole = pecdetect.read(SAMPLES["outlook-pec-transport-envelope.msg"].data)
    scattered = pecdetect.read(SAMPLES["outlook-pec-scattered.msg"].data)
    assert shape(whole) == shape(scattered)
    for one, other in zip(whole.walk(), scattered.walk(), strict=True):
        assert one.evidence() == other.evidence()
        assert one.decoded() == other.decoded()


@pytest.mark.parametrize("name", ["outlook-attachment.msg", "outlook-scattered.msg", "outlook-version-4.msg"])
def test_attachments_are_parts_in_order(name: str) -> None:
    message = pecdetect.read(SAMPLES[name].data)
    assert shape(message) == [
        ("", "multipart/mixed", None),
        ("1", "text/plain", None),
        ("2", "application/pdf", "offerta.pdf"),
        ("3", "image/gif", "logo.gif"),
    ]
    assert message.root.children[1].decoded() == mail.PDF
    assert message.root.children[1].sniff(5) == b"%PDF-"


def test_evidence_of_a_header_counts_in_the_stream_of_utf_16() -> None:
    headers = "From: a@example.org\r\nX-Nota: però 𝄞 sì\r\nSubject: Così\r\n\r\n"
    message = read(note({0x007D: headers}))
    stored = headers.encode("utf-16-le")
    for name, row in (("from", "From: a@example.org"), ("x-nota", "X-Nota: però 𝄞 sì"), ("subject", "Subject: Così")):
        place = message.root.field_evidence(name)
        assert stored[place.start : place.end].decode("utf-16-le") == row
        assert place.excerpt == row


def test_evidence_far_into_a_long_text_is_exact() -> None:
    body = "è così " * 5000 + "\x01" + "fine"
    item = note({0x1000: body})
    [place] = findings_of(msg_file(item)).delivery.invalid_characters
    assert body.encode("utf-16-le")[place.start : place.end].decode("utf-16-le") == "\x01"
    assert place.stream == "msg:__substg1.0_1000001F"


def test_fields_are_made_from_properties_where_there_are_no_transport_headers() -> None:
    message = pecdetect.read(SAMPLES["outlook-no-transport-headers.msg"].data)
    assert values(message) == {
        "from": '"Anna Esempio" <anna.esempio@example.org>',
        "to": '"CRM Vendite" <crm@example.com>',
        "subject": "Offerta 7/2026",
        "message-id": "<offerta-7@mail.example.org>",
        "date": "Mon, 2 Mar 2026 09:11:12 +0000",
    }
    assert message.root.field_evidence("from").stream == "msg:__substg1.0_0065001F"
    assert message.root.field_evidence("to").stream == "msg:__recip_version1.0_#00000000/__substg1.0_39FE001F"
    assert message.root.field_evidence("date").stream == "msg:__properties_version1.0"
    assert message.outlook is not None
    assert message.outlook.headers_synthesised is not None
    assert message.outlook.unknown_address is None


def test_no_property_can_smuggle_in_a_field() -> None:
    message = pecdetect.read(SAMPLES["outlook-header-in-subject.msg"].data)
    assert "x-trasporto" not in values(message)
    assert values(message)["subject"] == "Nota X-Trasporto: posta-certificata X-Spam: 1"


@pytest.mark.parametrize(
    ("item", "sender", "to", "known"),
    [
        (outlook.author(outlook.EXCHANGE, "EX"), None, None, False),
        (outlook.author(outlook.EXCHANGE, "EX") | {0x5D01: "a@example.org"}, "a@example.org", None, False),
        (outlook.author(), "anna.esempio@example.org", None, False),
        (outlook.author("SMTP:anna@example.org"), "anna@example.org", None, False),
        (outlook.author("anna"), "anna", None, False),
    ],
)
def test_only_smtp_addresses_are_used(item: dict[int, msg.Value], sender: str | None, to: None, known: bool) -> None:  # noqa: FBT001
    message = read(note(item))
    found = values(message)
    assert (f"<{sender}>" in found["from"]) if sender else "from" not in found
    assert found.get("to") == to
    assert message.outlook is not None
    assert (message.outlook.unknown_address is None) == known


def test_recipients_go_by_their_type_and_exchange_addresses_are_told() -> None:
    item = outlook.note()
    item.recipients = [
        recipient("b@example.org", "b@example.org"),
        recipient(outlook.EXCHANGE, "Carla", 2, type_="EX", smtp="c@example.org"),
        recipient("d@example.org", 'D "the" \\ E', 3),
        recipient(outlook.EXCHANGE, "Elena", 1, type_="EX"),
    ]
    message = read(item)
    found = values(message)
    assert found["to"] == "<b@example.org>"
    assert found["cc"] == '"Carla" <c@example.org>'
    assert found["bcc"] == '"D \\"the\\" \\\\ E" <d@example.org>'
    assert message.outlook is not None
    assert message.outlook.unknown_address is not None
    assert message.outlook.unknown_address.excerpt == "PidTagAddressType: EX"
    assert message.outlook.unknown_address.stream == "msg:__recip_version1.0_#00000003/__substg1.0_3002001F"


@pytest.mark.parametrize(
    ("headers", "sender", "to"),
    [
        ("From: Anna Esempio\r\nTo: CRM Vendite\r\n", "anna.esempio@example.org", "crm@example.com"),
        ("From: <>\r\nTo: undisclosed-recipients:;\r\n", None, None),
        ("From: x@example.net\r\nTo: y@example.net\r\n", "x@example.net", "y@example.net"),
    ],
)
def test_bare_names_in_transport_headers_are_completed_and_nothing_else(
    headers: str, sender: str | None, to: str | None
) -> None:
    item = outlook.note()
    item.values[0x007D] = headers
    message = pecdetect.classify(msg_file(item)).to_dict()["message"]
    assert message["from"] == sender
    assert message["to"] == ([to] if to else [])


@pytest.mark.parametrize(("codec", "page"), [("cp1252", 1252), ("cp1251", 1251), ("cp932", 932), ("utf-8", 65001)])
def test_ansi_strings_are_read_in_their_code_page(codec: str, page: int) -> None:
    text = {1252: "è così", 1251: "Заказ", 932: "見積書", 65001: "€ 𝄞"}[page]
    item = Item(values={0x0037: text, 0x1000: text}, codec=codec, code_page=page)
    message = read(item)
    assert values(message)["subject"] == text
    assert message.root.children[0].decoded().decode() == text
    assert message.anomalies == []


def test_without_a_code_page_the_charset_is_guessed_and_told() -> None:
    message = pecdetect.read(SAMPLES["outlook-ansi-no-code-page.msg"].data)
    assert values(message)["subject"] == "Perché è così"
    assert [anomaly.code for anomaly in message.anomalies] == ["charset-guessed"]


def test_times_that_no_calendar_has_make_no_date() -> None:
    assert "date" in values(read(note({0x0039: datetime(2026, 3, 2, tzinfo=UTC)})))
    data = msg_file(note({0x0039: datetime(2026, 3, 2, tzinfo=UTC)}))
    moment = (int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()) + 11_644_473_600) * 10_000_000
    data = data.replace(moment.to_bytes(8, "little"), b"\xff" * 8)
    assert "date" not in values(pecdetect.read(data))


def test_embedded_messages_are_messages() -> None:
    message = pecdetect.read(SAMPLES["outlook-embedded-message.msg"].data)
    assert shape(message) == [
        ("", "multipart/mixed", None),
        ("1", "text/plain", None),
        ("2", "message/rfc822", "Allegato"),
        ("2/", "multipart/mixed", None),
        ("2/1", "text/plain", None),
        ("2/2", "application/pdf", "offerta.pdf"),
    ]
    inner = message.root.children[1].message
    assert inner is not None
    assert inner.field_evidence("subject").stream == (
        "msg:__attach_version1.0_#00000000/__substg1.0_3701000D/__substg1.0_0037001F"
    )


def test_messages_in_either_container_are_opened_in_either() -> None:
    message = pecdetect.read(SAMPLES["outlook-msg-in-eml-in-msg.msg"].data)
    assert ("2/2/2", "application/pdf", "offerta.pdf") in shape(message)
    message = pecdetect.read(SAMPLES["outlook-attached-to-eml.eml"].data)
    assert message.container == "eml"
    assert ("2/", "multipart/signed", None) in shape(message)
    assert ("2/1.2", "application/xml", "daticert.xml") in shape(message)


def test_an_office_file_is_no_message_and_an_attached_one_stays_closed() -> None:
    office = SAMPLES["outlook-no-message.msg"].data
    assert pecdetect.read(office).no_message == "not-a-message"
    item = outlook.note(attachments=[Attachment(office, "relazione.doc", "application/msword")])
    assert [part.message for part in read(item).walk()] == [None, None, None]


def test_attachments_without_bytes_are_told() -> None:
    kinds = {2: "attachment-by-reference", 6: "outlook-missing-stream", 7: "attachment-web-reference"}
    for method, code in kinds.items():
        item = outlook.note(attachments=[Attachment(None, "listino.xlsx", method=method)])
        message = read(item)
        assert [anomaly.code for anomaly in message.anomalies] == [code]
        assert message.root.children[1].name == "listino.xlsx"
        assert message.root.children[1].body_size == 0


def test_signed_mail_taken_apart_is_not_taken_for_signed() -> None:
    message = pecdetect.read(SAMPLES["outlook-pec-flattened.msg"].data)
    assert message.root.content_type == "multipart/mixed"
    assert [part.name for part in message.root.children if part.name] == ["daticert.xml", "postacert.eml", "smime.p7s"]


def test_the_type_of_an_encrypted_item_is_the_one_it_was_sent_with() -> None:
    root = pecdetect.read(SAMPLES["outlook-encrypted.msg"].data).root
    assert (root.content_type, root.media_type.param("smime-type")) == ("application/pkcs7-mime", "enveloped-data")
    assert (root.name, root.encoding) == ("smime.p7m", "binary")
    bare = pecdetect.read(SAMPLES["outlook-encrypted-bare.msg"].data).root
    assert bare.content_type == "application/pkcs7-mime"
    assert bare.sniff(2) == b"\x30\x82"


@pytest.mark.parametrize("name", ["outlook-class-mismatch.msg", "outlook-class-mismatch-empty.msg"])
def test_a_class_that_does_not_fit_its_attachments_is_told(name: str) -> None:
    outlook_item = pecdetect.read(SAMPLES[name].data).outlook
    assert outlook_item is not None
    assert outlook_item.class_mismatch is not None
    assert outlook_item.class_mismatch.excerpt == "IPM.Note.SMIME.MultipartSigned"


@pytest.mark.parametrize(
    ("value", "smime", "strictly"),
    [
        ("IPM.Note", False, False),
        ("IPM.Note.SMIME", True, True),
        ("ipm.note.smime.multipartsigned", True, True),
        ("IPM.InfoPathForm.Ordine.SMIME", True, True),
        ("IPM.Note.Secure", True, False),
        ("IPM.Note.Secure.Sign", True, False),
        ("IPM.Note.Securely", False, False),
        ("REPORT.IPM.Note.SMIME.NDR", True, False),
    ],
)
def test_message_classes_of_smime(value: str, smime: bool, strictly: bool) -> None:  # noqa: FBT001
    from pecdetect.parsing.outlook.smime import is_smime_class

    assert is_smime_class(value) == smime
    assert is_smime_class(value, strictly=True) == strictly


def test_who_reads_no_msg_pays_for_none() -> None:
    """Neither our own readers nor a library is loaded for text, PEC and S/MIME included."""
    code = (
        "import sys, pathlib, pecdetect\n"
        "def loaded():\n"
        "    return [name for name in sys.modules if 'outlook' in name or name in ('extract_msg', 'olefile')]\n"
        "for group in ('pec', 'smime', 'ordinary'):\n"
        "    for path in pathlib.Path(sys.argv[1], group).glob('*.eml'):\n"
        "        pecdetect.classify(path)\n"
        "before = loaded()\n"
        "pecdetect.classify(pathlib.Path(sys.argv[1], 'outlook', 'outlook-attachment.msg'))\n"
        "print(before, 'pecdetect.parsing.outlook.msg' in loaded())\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(FOLDER)], capture_output=True, check=True, text=True)  # noqa: S603
    assert done.stdout.strip() == "[] True"


def test_an_item_of_a_signed_message_keeps_its_own_header_on_top() -> None:
    head = b"From: a@example.org\r\nSubject: Nota\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n"
    data = head + b"--b\r\n\r\nx\r\n--b--\r\n"
    fields = [field.name for field in read(item_of(data)).root.fields]
    assert fields == ["from", "subject", "content-type"]
