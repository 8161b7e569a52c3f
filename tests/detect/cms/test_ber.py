"""The BER reader: forms, ends, nesting, truncation, and that it only ever moves forward."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from pecdetect.detect.cms import ber
from pecdetect.detect.cms.ber import SEQUENCE, Reader, Value, decode_oid, decode_text, decode_time
from support.asn1_values import indefinite, tlv

if TYPE_CHECKING:
    from collections.abc import Callable

DEPTH = 64


def first(data: bytes) -> Value:
    value = Reader(data, DEPTH).next()
    assert value is not None
    return value


@pytest.mark.parametrize(
    ("data", "expected", "is_ber"),
    [
        ("0203010203", Value(0x02, 2, 0, 2, 5, indefinite=False, truncated=False), False),
        ("3000", Value(0x30, 16, 0, 2, 2, indefinite=False, truncated=False), False),
        ("30800000", Value(0x30, 16, 0, 2, 4, indefinite=True, truncated=False), True),
        ("048101ff", Value(0x04, 4, 0, 3, 4, indefinite=False, truncated=False), True),
        ("04820001ff", Value(0x04, 4, 0, 4, 5, indefinite=False, truncated=False), True),
        ("0405aabb", Value(0x04, 4, 0, 2, 4, indefinite=False, truncated=True), False),
        ("0484ffffffffaa", Value(0x04, 4, 0, 6, 7, indefinite=False, truncated=True), False),
        ("bf8a3c0101", Value(0xBF, 0x53C, 0, 4, 5, indefinite=False, truncated=False), False),
        ("04fe" + "00" * 125 + "01aa", Value(0x04, 4, 0, 128, 129, indefinite=False, truncated=False), True),
    ],
)
def test_header(data: str, expected: Value, *, is_ber: bool) -> None:
    reader = Reader(bytes.fromhex(data), DEPTH)
    assert reader.next() == expected
    assert reader.ber is is_ber
    assert reader.truncated is expected.truncated


@pytest.mark.parametrize(
    "data",
    [
        "30",  # no length
        "3084ffff",  # length cut off
        "04ff00",  # reserved length
        "0480aa0000",  # a primitive value of indefinite length
        "1f",  # long tag without a number
        "1fffffffffff0100",  # tag number too long
        "1fffff",  # tag number cut off
        "1f85",  # as above, at the end
    ],
)
def test_what_is_no_header_ends_the_reading(data: str) -> None:
    reader = Reader(bytes.fromhex(data), DEPTH)
    assert reader.next() is None
    assert reader.truncated
    assert not reader.exhausted
    assert reader.next() is None


def test_empty_input_is_an_end_not_a_truncation() -> None:
    reader = Reader(b"", DEPTH)
    assert reader.next() is None
    assert not reader.truncated
    assert reader.exhausted


def test_tag_parts() -> None:
    value = first(bytes.fromhex("a000"))
    assert (value.tag_class, value.number, value.constructed) == (2, 0, True)
    value = first(bytes.fromhex("5f2000"))
    assert (value.tag_class, value.number, value.constructed) == (1, 0x20, False)


@pytest.mark.parametrize("wrap", [tlv, indefinite])
def test_children_in_order(wrap: Callable[..., bytes]) -> None:
    inner = [tlv(2, b"\x01"), indefinite(0x30, tlv(2, b"\x02"), indefinite(0x31)), tlv(4, b"\x00\x00")]
    data = wrap(0x30, *inner) + b"after"
    reader = Reader(data, DEPTH)
    assert reader.next() is not None
    assert reader.enter()
    seen = []
    while (value := reader.next()) is not None:
        seen.append((value.tag, value.start))
    assert reader.exhausted
    assert seen == [(2, 2), (0x30, 5), (4, 5 + len(inner[1]))]
    assert data[reader.leave() :] in (b"after", b"\x00\x00after")
    assert not reader.truncated
    last = reader.next()
    assert last is not None
    assert last.start == len(data) - len(b"after")


def test_enter_needs_a_constructed_value_just_given() -> None:
    reader = Reader(tlv(4, b"\x30\x00") + tlv(0x30), DEPTH)
    assert not reader.enter()
    reader.next()
    assert not reader.enter()
    reader.next()
    assert reader.enter()
    assert not reader.enter()
    assert reader.depth == 1
    reader.leave()
    assert reader.leave() == 6
    assert reader.depth == 0


def test_leaving_early_finds_the_end() -> None:
    deep = indefinite(0x30, indefinite(0x30, tlv(0x30, indefinite(0x24, tlv(4, b"x"))), tlv(2, b"\x00")))
    reader = Reader(indefinite(0x30, deep, deep, tlv(2, b"\x05")) + tlv(4, b"next"), DEPTH)
    reader.next()
    reader.enter()
    reader.next()
    reader.enter()
    reader.next()
    reader.leave()  # with an indefinite value given and not entered
    reader.leave()
    value = reader.next()
    assert value is not None
    assert reader.data[value.content : value.end] == b"next"
    assert not reader.truncated


@pytest.mark.parametrize(
    ("data", "left"),
    [
        (bytes.fromhex("30803080"), 4),
        (bytes.fromhex("30800203"), 4),
        (bytes.fromhex("3080020101"), 5),
        (bytes.fromhex("308004ff"), 4),
        (bytes.fromhex("308030820000"), 6),
        (bytes.fromhex("3080300000"), 5),
    ],
)
def test_indefinite_without_an_end(data: bytes, left: int) -> None:
    reader = Reader(data, DEPTH)
    reader.next()
    reader.enter()
    assert reader.leave() == left
    assert reader.truncated
    reader = Reader(data, DEPTH)
    reader.next()
    assert reader.next() is None
    assert reader.truncated


def test_a_child_never_leaves_its_parent() -> None:
    data = tlv(0x30, bytes.fromhex("0410aabb")) + b"\x02\x01\x07"
    reader = Reader(data, DEPTH)
    reader.next()
    reader.enter()
    child = reader.next()
    assert child is not None
    assert (child.end, child.truncated) == (6, True)
    assert reader.next() is None
    assert not reader.exhausted
    reader.leave()
    assert reader.truncated
    after = reader.next()
    assert after is not None
    assert after.start == 6


def test_the_end_given_is_kept() -> None:
    reader = Reader(bytes.fromhex("02010102020304"), DEPTH, 3, 6)
    value = reader.next()
    assert value == Value(2, 2, 3, 5, 6, indefinite=False, truncated=True)
    assert Reader(b"\x30\x00", DEPTH, 0, 99).next() is not None


@pytest.mark.parametrize("wrap", [tlv, indefinite])
@pytest.mark.parametrize(
    "children",
    [
        [],
        [tlv(0x30)] * 5,
        [tlv(0x30, bytes(200)), indefinite(0x30, tlv(2, b"1")), tlv(2, b"x"), bytes.fromhex("1f80010161")],
        [tlv(0, b"a"), tlv(4)],
    ],
)
def test_count(wrap: Callable[..., bytes], children: list[bytes]) -> None:
    reader = Reader(wrap(0x31, *children) + b"\x02\x01\x01", DEPTH)
    reader.next()
    reader.enter()
    assert reader.count() == len(children)
    assert reader.exhausted
    assert reader.count() == 0


def test_count_stops_where_it_is_cut_off() -> None:
    reader = Reader(tlv(0x31, tlv(2, b"1"), tlv(2, b"2"))[:-1], DEPTH)
    reader.next()
    reader.enter()
    assert reader.count() == 2
    assert not reader.exhausted
    assert reader.truncated


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (tlv(4, b"abc"), b"abc"),
        (tlv(4), b""),
        (tlv(0x24, tlv(4, b"ab"), tlv(4), tlv(4, b"c")), b"abc"),
        (indefinite(0x24, tlv(4, b"a"), indefinite(0x24, tlv(4, b"b"), tlv(0x24, tlv(4, b"c")))), b"abc"),
        (indefinite(0x24), b""),
        (indefinite(0xA0, tlv(4, b"a" * 300), tlv(4, b"b")), b"a" * 300 + b"b"),
        (indefinite(0x24, tlv(4, b"ab"))[:-3], b"a"),
    ],
)
def test_chunks(data: bytes, expected: bytes) -> None:
    reader = Reader(data, DEPTH)
    reader.next()
    ranges = reader.chunks()
    assert b"".join(data[start:end] for start, end in ranges) == expected
    assert all(start < end for start, end in ranges)
    assert reader.depth == 0


def test_chunks_need_a_value() -> None:
    assert Reader(b"\x04\x01x", DEPTH).chunks() == []


def test_chunks_are_listed_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ber, "CHUNKS", 3)
    reader = Reader(indefinite(0x24, tlv(4, b"x") * 5) + tlv(2, b"\x07"), DEPTH)
    reader.next()
    assert len(reader.chunks()) == 3
    assert reader.overflow == 5
    after = reader.next()
    assert after is not None
    assert after.tag == 2


def nested(levels: int) -> bytes:
    return b"\x30\x80" * levels + b"\x00\x00" * levels


@pytest.mark.parametrize("levels", [DEPTH, DEPTH + 1, 200_000])
def test_nesting_is_passed_over_and_noted(levels: int) -> None:
    reader = Reader(nested(levels) + b"\x02\x01\x01", DEPTH)
    reader.next()
    after = reader.next()
    assert after is not None
    assert after.tag == 2
    assert reader.deepest == levels
    assert not reader.truncated


def test_nesting_is_entered_up_to_the_limit() -> None:
    reader = Reader(nested(10), 4)
    entered = 0
    while reader.next() is not None and reader.enter():
        entered += 1
    assert entered == 3
    assert reader.deepest == 5
    while reader.depth:
        reader.leave()
    assert reader.next() is None
    assert reader.deepest == 10
    assert not reader.truncated


def test_chunks_nested_beyond_the_limit_are_left_out() -> None:
    data = indefinite(0x24, tlv(4, b"a"), indefinite(0x24, indefinite(0x24, tlv(4, b"b"))), tlv(4, b"c"))
    reader = Reader(data, 3)
    reader.next()
    assert b"".join(data[start:end] for start, end in reader.chunks()) == b"ac"
    assert reader.deepest == 4


def test_many_nested_chunk_starts_take_one_pass() -> None:
    levels = 200_000
    reader = Reader(b"\x24\x80" * levels + b"\x04\x01x" + b"\x00\x00" * levels, DEPTH)
    reader.next()
    assert reader.chunks() == []
    assert reader.deepest == levels
    assert not reader.truncated


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("2a864886f70d010702", "1.2.840.113549.1.7.2"),
        ("550403", "2.5.4.3"),
        ("00", "0.0"),
        ("27", "0.39"),
        ("28", "1.0"),
        ("50", "2.0"),
        ("8837", "2.999"),
        ("", None),
        ("2a86", None),  # cut off
        ("2a8001", None),  # padded
        ("80", None),
        ("2a" + "01" * 64, None),  # too long
        ("2a" + "01" * 63, "1.2" + ".1" * 63),
    ],
)
def test_object_identifier(data: str, expected: str | None) -> None:
    assert decode_oid(bytes.fromhex(data), 64) == expected


@settings(deadline=None)
@given(st.lists(st.integers(0, 2**70), max_size=6), st.integers(0, 2), st.integers(0, 39))
def test_object_identifier_of_any_numbers(rest: list[int], root: int, second: int) -> None:
    data = bytearray()
    for number in [root * 40 + second, *rest]:
        septets = [number & 0x7F]
        while number := number >> 7:
            septets.append(number & 0x7F | 0x80)
        data += bytes(reversed(septets))
    assert decode_oid(bytes(data), 128) == ".".join(map(str, [root, second, *rest]))


@pytest.mark.parametrize(
    ("tag", "content", "expected"),
    [
        (0x0C, "Società".encode(), "Società"),
        (0x13, b" Example S.p.A. ", "Example S.p.A."),
        (0x14, "Società".encode("latin-1"), "Società"),
        (0x1E, "Città".encode("utf-16-be"), "Città"),
        (0x1C, "Città".encode("utf-32-be"), "Città"),
        (0x1E, b"\xd8\x00", "\ufffd"),
        (0x0C, b"", None),
        (0x0C, b" \t", None),
        (0x0C, b"a\x1b[31mb", "a\x1b[31mb"),
        (0x0C, "é".encode() * 600, "é" * 512),
        (0x0C, b"x" + "é".encode() * 600, "x" + "é" * 511),
    ],
)
def test_text(tag: int, content: bytes, expected: str | None) -> None:
    data = tlv(tag, content)
    assert decode_text(data, first(data)) == expected


@pytest.mark.parametrize(
    ("tag", "text", "expected"),
    [
        (0x17, "260302091112Z", "2026-03-02T09:11:12+00:00"),
        (0x17, "500101000000Z", "1950-01-01T00:00:00+00:00"),
        (0x17, "491231235959Z", "2049-12-31T23:59:59+00:00"),
        (0x17, "2603020911Z", "2026-03-02T09:11:00+00:00"),
        (0x17, "260302101112+0100", "2026-03-02T09:11:12+00:00"),
        (0x17, "260302044112-0430", "2026-03-02T09:11:12+00:00"),
        (0x18, "20260302091112Z", "2026-03-02T09:11:12+00:00"),
        (0x18, "20260302091112.345Z", "2026-03-02T09:11:12+00:00"),
        (0x18, "20260302091112", None),  # no zone
        (0x18, "20261302091112Z", None),
        (0x18, "20260229091112Z", None),
        (0x18, "00010101000000+0100", None),  # before the first year
        (0x17, "260302096012Z", None),
        (0x17, "", None),
        (0x17, "٢٦0302091112Z", None),
        (0x17, "260302091112Z" + "0" * 40, None),
        (0x04, "260302091112Z", None),
    ],
)
def test_time(tag: int, text: str, expected: str | None) -> None:
    data = tlv(tag, text.encode())
    assert decode_time(data, first(data)) == expected


@settings(deadline=None)
@given(st.datetimes(datetime(1950, 1, 1), datetime(2049, 12, 31)))  # noqa: DTZ001 - the zone follows
def test_time_of_any_moment(moment: datetime) -> None:
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    for tag, form in ((0x17, "%y%m%d%H%M%SZ"), (0x18, "%Y%m%d%H%M%SZ")):
        data = tlv(tag, moment.strftime(form).encode())
        assert decode_time(data, first(data)) == moment.isoformat()


@settings(deadline=None)
@given(st.binary(max_size=200), st.lists(st.sampled_from("nelck"), max_size=40))
def test_any_bytes_in_any_order_of_calls(data: bytes, calls: list[str]) -> None:
    reader = Reader(data, 5)
    last = 0
    for call in calls:
        if call == "n":
            value = reader.next()
            if value is not None:
                assert last <= value.start < value.content <= value.end <= len(data)
                last = value.start
        elif call == "e":
            reader.enter()
        elif call == "l":
            assert 0 <= reader.leave() <= len(data)
        elif call == "c":
            assert 0 <= reader.count() <= len(data)
        else:
            assert all(0 <= start < end <= len(data) for start, end in reader.chunks())
    assert reader.depth < 5


def test_a_set_of_a_million_empty_values_is_counted() -> None:
    reader = Reader(indefinite(0x31, tlv(SEQUENCE) * 1_000_000), DEPTH)
    reader.next()
    reader.enter()
    assert reader.count() == 1_000_000
