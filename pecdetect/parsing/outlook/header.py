"""The header of an Outlook item: its transport headers, and what properties add where they are silent.

Only SMTP addresses are used. An Exchange address (a distinguished name) says nothing that can be judged, so that it
makes no field; that it is there is told instead.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from pecdetect.evidence import EXCERPT_CHARACTERS, Evidence
from pecdetect.parsing.addresses import parse_addresses
from pecdetect.parsing.header import NO_FIELDS, read_header
from pecdetect.parsing.outlook.streams import HeaderWriter, JoinedTable, TextBuffer
from pecdetect.unfold import unfold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.parsing.header import FieldTable
    from pecdetect.parsing.message import Message, Part
    from pecdetect.parsing.outlook.properties import Properties, Text

STRUCTURAL = frozenset(
    [b"content-type", b"content-transfer-encoding", b"content-disposition", b"content-id", b"content-description"]
)
"""Fields that speak of the structure, which an Outlook item no longer has as it was sent."""

_TRANSPORT_HEADERS = 0x007D
_PREFACE = b"Microsoft Mail Internet Headers"
"""First line that Exchange put before the headers."""
_FIELD_OF_TYPE = {1: "To", 2: "Cc", 3: "Bcc"}
"""PidTagRecipientType (MS-OXOMSG, 2.2.3.1)."""
_SENDERS = ((0x5D02, 0x0064, 0x0065, 0x0042), (0x5D01, 0x0C1E, 0x0C1F, 0x0C1A))
"""Of the represented sender, then of the one who sent: SMTP address, address type, address, name."""
_TEXTS = (("Subject", 0x0037), ("Message-ID", 0x1035), ("In-Reply-To", 0x1042))
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ItemHeader(NamedTuple):
    """The fields of an item and where they come from."""

    table: FieldTable
    synthesised: Evidence | None
    """There are no transport headers."""
    unknown_address: Evidence | None
    """The sender or a recipient has no SMTP address here."""


class _Address(NamedTuple):
    mailbox: str
    """As a From or To field writes it."""
    place: tuple[str, int, int]
    """Where the address stands."""


def read_item_header(message: Message, bag: Properties, root: Part) -> ItemHeader:
    """Read the header of the item in ``bag`` for its root part.

    Sets the root's buffer and bounds. Never raises.
    """
    transport = _transport(message, bag, root)
    writer = HeaderWriter()
    unknown = _add_sender(bag, root.section, transport, writer)
    unknown = _add_recipients(message, bag, root.section, transport, writer) or unknown
    replaced = frozenset(name.lower() for name in writer.names)
    for name, ident in _TEXTS:
        if name.lower().encode() not in transport.index:
            text = bag.text(ident)
            if text is not None and text.value:
                value = text.value[2:] if name == "Subject" and text.value[0] == "\x01" else text.value
                writer.add(name, value, *text.place)
    _add_date(bag, transport, writer)
    _add_named(message, bag, transport, writer)
    made = writer.table(bag.properties_name)
    synthesised = None
    if not len(transport):
        shown = ", ".join([name.decode("ascii", "replace") for name in writer.names])[:EXCERPT_CHARACTERS]
        synthesised = Evidence(root.section, 0, 0, shown or None, bag.properties_name)
        root.buffer = made.buffer
        root.start, root.body_start, root.end = 0, len(made.buffer.data), len(made.buffer.data)
    return ItemHeader(join_tables(transport, made, without=replaced), synthesised, unknown)


def join_tables(first: FieldTable, second: FieldTable, *, without: frozenset[bytes] = frozenset()) -> FieldTable:
    """All fields of both, the first's without those named in ``without``."""
    picked = [(first, at) for at, key in enumerate(first.keys) if key not in without]
    if len(picked) == len(first) and not len(second):
        return first
    picked += [(second, at) for at in range(len(second))]
    return JoinedTable(picked) if picked else NO_FIELDS


def _transport(message: Message, bag: Properties, root: Part) -> FieldTable:
    text = bag.long_text(_TRANSPORT_HEADERS)
    if text is None or not text.data.strip():
        return NO_FIELDS
    buffer = TextBuffer(text)
    data = buffer.data
    start = len(data) - len(data.lstrip(b"\r\n\t "))
    if data.startswith(_PREFACE, start):
        start = data.find(b"\n", start) + 1 or len(data)
    header = read_header(buffer, start, len(data), message.limits)
    root.buffer = buffer
    root.start, root.body_start, root.end = start, header.body_start, header.body_start
    for first, last in header.garbage:
        message.note("non-header-line", "high", root, first, last)
    for name, value, limit in header.limits:
        message.hit(name, value, limit, root.section)
    return header.table


# -- addresses --


def _is_silent(transport: FieldTable, key: bytes) -> bool:
    """Whether a field is missing or holds a bare name: Outlook writes names alone where it knows the addresses."""
    at = transport.index.get(key)
    if at is None:
        return True
    value = transport.values[at]
    if value.count(b"@") > value.count(b","):
        return False
    return any(box.form == "none" and "<" not in box.text for box in parse_addresses(unfold(value)).mailboxes)


def _add_sender(bag: Properties, section: str, transport: FieldTable, writer: HeaderWriter) -> Evidence | None:
    """Add From where it says no address; evidence where the sender has no SMTP address."""
    if not _is_silent(transport, b"from"):
        return None
    for smtp, kind, address, name in _SENDERS:
        found = _address(bag, smtp, kind, address, name)
        if found is not None:
            writer.add("From", found.mailbox, *found.place)
            return None
    said = next((text for _, kind, _, _ in _SENDERS if (text := bag.text(kind)) is not None), None)
    if len(transport) and not _is_exchange(said):
        return None
    return _unknown(bag, section, said, "PidTagSenderAddressType")


def _add_recipients(
    message: Message, bag: Properties, section: str, transport: FieldTable, writer: HeaderWriter
) -> Evidence | None:
    """Add To, Cc and Bcc where they say no address; evidence where a recipient has no SMTP address."""
    absent = b"to" not in transport.index and b"cc" not in transport.index
    wanted = [
        field
        for field, key in (("To", b"to"), ("Cc", b"cc"), ("Bcc", b"bcc"))
        if (absent if key not in transport.index else key != b"bcc" and _is_silent(transport, key))
    ]
    if not wanted:
        return None
    found: dict[str, list[_Address]] = {}
    unknown: Evidence | None = None
    for recipient in _recipients(message, bag):
        field = _FIELD_OF_TYPE.get((recipient.integer(0x0C15) or 0) & 0xF)
        if field not in wanted:
            continue
        address = _address(recipient, 0x39FE, 0x3002, 0x3003, 0x3001)
        if address is not None:
            found.setdefault(field, []).append(address)
        elif unknown is None and field != "Bcc":
            said = recipient.text(0x3002)
            if not len(transport) or _is_exchange(said):
                unknown = _unknown(recipient, section, said, "PidTagAddressType")
    for field, addresses in sorted(found.items(), key=lambda item: wanted.index(item[0])):
        writer.add(field, ", ".join([a.mailbox for a in addresses]), *addresses[0].place)
    if unknown is None and not len(transport) and not ("To" in found or "Cc" in found):
        return _unknown(bag, section, None, "")
    return unknown


def _is_exchange(said: Text | None) -> bool:
    """Whether an address type is declared, and is not SMTP."""
    return said is not None and said.value.strip().upper() not in ("", "SMTP")


def _recipients(message: Message, bag: Properties) -> Iterator[Properties]:
    most = message.limits.parts
    count, recipients = bag.recipients(most)
    if count > most:
        message.hit("parts", count, most, "")
    return recipients


def _address(bag: Properties, smtp: int, kind: int, address: int, name: int) -> _Address | None:
    """An SMTP address: the property that is one by definition, else the value whose address type is SMTP."""
    text = bag.text(smtp)
    if text is None or "@" not in text.value:
        declared = bag.text(kind)
        type_ = declared.value.strip().upper() if declared is not None else ""
        text = bag.text(address)
        if text is None or not (type_ == "SMTP" or (not type_ and "@" in text.value and text.value[0] != "/")):
            return None
    value = text.value.strip()
    if value[:5].upper() == "SMTP:":
        value = value[5:]
    if not value:
        return None
    label = bag.text(name)
    shown = label.value.strip() if label is not None else ""
    quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
    mailbox = f'"{quoted}" <{value}>' if shown and shown.lower() != value.lower() else f"<{value}>"
    return _Address(mailbox, text.place)


def _unknown(bag: Properties, section: str, said: Text | None, name: str) -> Evidence:
    if said is None:
        return Evidence(section, 0, 0, None, bag.properties_name)
    stream, start, end = said.place
    return Evidence(section, start, end, f"{name}: {said.value}"[:EXCERPT_CHARACTERS], stream)


# -- the rest --


def _add_date(bag: Properties, transport: FieldTable, writer: HeaderWriter) -> None:
    if b"date" in transport.index:
        return
    for ident in (0x0039, 0x0E06):
        moment = bag.time(ident)
        value = _date(moment) if moment else None
        if value is not None:
            start, end = bag.record_span(ident << 16 | 0x0040)
            writer.add("Date", value, bag.properties_name, start, end)
            return


def _date(moment: int) -> str | None:
    """RFC 5322 form of a time in steps of 100 ns since 1601."""
    try:
        at = _EPOCH + timedelta(microseconds=moment // 10)
    except OverflowError:
        return None
    return f"{_DAYS[at.weekday()]}, {at.day} {_MONTHS[at.month - 1]} {at.year:04d} {at:%H:%M:%S} +0000"


def _add_named(message: Message, bag: Properties, transport: FieldTable, writer: HeaderWriter) -> None:
    """Add the header fields that are kept as named properties (PS_INTERNET_HEADERS) and nowhere else."""
    present = {name.lower() for name in writer.names} | STRUCTURAL
    for ident, name in bag.header_names.items():
        key = name.lower().encode("ascii", "replace")
        if key in transport.index or key in present or len(writer.names) >= message.limits.fields:
            continue
        text = bag.text(ident)
        if text is not None and text.value:
            present.add(key)
            writer.add(name, text.value, *text.place)
