"""Hostile compound files: a verdict each time, in bounded time, with little stack, and never a careless yes."""

from __future__ import annotations

import os
import random
import struct
from typing import TYPE_CHECKING

import pytest

import pecdetect
from pecdetect.limits import Limits
from pecdetect.parsing.outlook.compound import CompoundError, CompoundFile
from samples import outlook
from samples.compound import Node, Tree, compound_file, nodes, write
from samples.msg import INTERNET_HEADERS, Attachment, Item, Writer, item_of, msg_file, recipient
from samples.pec_build import JAVA, clear_signed, transport
from support.steps import steps

if TYPE_CHECKING:
    from samples.model import Sample

SAMPLES = [sample for sample in outlook.samples() if sample.name.endswith(".msg")]
TRUNCATIONS = 200
FLIPS = int(os.environ.get("PECDETECT_FLIPS", "200"))
"""Of each sample; continuous integration asks for 2,000."""
STEPS = 20_000
"""Lines of our own code that any file may cost, whatever its size."""


def tree(**more: bytes) -> Tree:
    found = Writer(Item(values={0x0037: "Nota", 0x1000: "Ciao"})).tree()
    return found | more


def shared(item: Item, name: str, content: bytes) -> bytes:
    """A file in which all streams of a name are the same sectors."""
    directory = nodes(Writer(item).tree())
    directory.append(Node("vero", 2, content, right=directory[0].child))
    directory[0].child = len(directory) - 1
    data = bytearray(write(directory))
    for node in directory:
        if node.name == name:
            node.start, node.size = directory[-1].start, directory[-1].size
    at = (struct.unpack_from("<I", data, 48)[0] + 1) * 512
    data[at : at + 128 * len(directory)] = b"".join(node.pack() for node in directory)
    return bytes(data)


def row_of_siblings(count: int) -> bytes:
    directory = nodes(tree())
    first = len(directory)
    directory += [Node(f"s{at:06}", 2, b"", right=first + at + 1) for at in range(count)]
    directory[-1].right, directory[0].child = directory[0].child, first
    return write(directory)


def row_of_storages(count: int) -> bytes:
    directory = nodes(tree())
    first = len(directory)
    directory += [Node("__substg1.0_3701000D", 1, child=first + at + 1) for at in range(count - 1)]
    directory += [Node("fondo", 1)]
    directory[first].right, directory[0].child = directory[0].child, first
    return write(directory)


def names(entries: int, length: int) -> Tree:
    text = struct.pack("<I", length) + b"a\0" * (length // 2)
    rows = b"".join(struct.pack("<IHH", 0, 7, at & 0xFFFF) for at in range(entries))
    map_: Tree = {
        "__substg1.0_00020102": INTERNET_HEADERS,
        "__substg1.0_00030102": rows,
        "__substg1.0_00040102": text,
    }
    return map_


SOUND = msg_file(outlook.note(attachments=[Attachment(b"x" * 20_000, "x.bin", "application/octet-stream")]))


def poked(at: int, kind: str, value: int) -> bytes:
    data = bytearray(SOUND)
    struct.pack_into(kind, data, at, value)
    return bytes(data)


def self_loops() -> bytes:
    """Every sector of the allocation table leads to itself."""
    data = bytearray(SOUND)
    table = (struct.unpack_from("<I", data, 76)[0] + 1) * 512
    struct.pack_into("<128I", data, table, *range(128))
    return bytes(data)


SHARED_ITEM = Item(attachments=[Attachment(b"", f"{at}.bin") for at in range(400)])
SHARED_BODIES = Item(attachments=[Attachment(Item(values={0x1013: b"x"}), "m", method=5) for _ in range(200)])
ARMOUR = b"-----BEGIN PGP MESSAGE-----\r\n" * 10_000
HOSTILE: dict[str, bytes] = {
    "10,000 siblings in a row": row_of_siblings(10_000),
    "900 storages, one in another": row_of_storages(900),
    "400 attachments, one chain": shared(SHARED_ITEM, "__substg1.0_37010102", bytes(262_144)),
    "200 bodies, one chain": shared(SHARED_BODIES, "__substg1.0_10130102", ARMOUR),
    "sector shift 31": poked(30, "<H", 31),
    "mini sector shift 12": poked(32, "<H", 12),
    "2^31 allocation tables": poked(44, "<I", 0x7FFFFFFF),
    "2^31 more of them": poked(72, "<I", 0x7FFFFFFF),
    "tables that lead to themselves": poked(68, "<I", 0),
    "directory far away": poked(48, "<I", 0x7FFFFFF),
    "mini table far away": poked(60, "<I", 0x7FFFFFF),
    "version 4 by name": poked(26, "<H", 4),
    "all chains are loops": self_loops(),
    "10^5 records": compound_file(tree(**{"__properties_version1.0": bytes(32) + bytes(16) * 100_000})),
    "10^5 names, one of 1 MB": compound_file(tree() | {"__nameid_version1.0": names(100_000, 1 << 20)}),
    "10^5 names": compound_file(tree() | {"__nameid_version1.0": names(100_000, 400)}),
    "names without names": compound_file(tree() | {"__nameid_version1.0": {"__substg1.0_00030102": bytes(80)}}),
    "1,000 recipients": msg_file(Item(recipients=[recipient(f"{at}@example.org", "x") for at in range(1000)])),
    "1,000 attachments": msg_file(Item(attachments=[Attachment(b"x", "x") for _ in range(1000)])),
    "signature alone": SOUND[:8],
    "signature and noise": SOUND[:8] + random.Random(4).randbytes(50_000),
    "nothing but zeros": SOUND[:8] + bytes(10_000),
}


@pytest.mark.slow
@pytest.mark.no_cover  # what they run through is covered by the other tests
@pytest.mark.usefixtures("little_stack")
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_get_a_verdict(name: str) -> None:
    data = HOSTILE[name]
    assert steps(lambda: pecdetect.classify(data)) < STEPS + 40 * len(data)
    verdict = pecdetect.classify(data)
    assert verdict.container == "msg"
    assert verdict.outcome.value != "blocked"


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("400 attachments, one chain", {"outlook-shared-sectors", "outlook-broken-chain"}),
        ("200 bodies, one chain", {"outlook-shared-sectors", "outlook-broken-chain"}),
        ("sector shift 31", {"outlook-damaged-header"}),
        ("mini sector shift 12", {"outlook-damaged-header"}),
        ("directory far away", {"outlook-damaged-directory"}),
        ("mini table far away", {"outlook-broken-chain"}),
        ("all chains are loops", {"outlook-broken-chain"}),
        ("10^5 records", {"outlook-too-many-properties"}),
        ("signature alone", {"outlook-damaged-header"}),
    ],
)
def test_what_could_not_be_read_rules_a_yes_out(name: str, codes: set[str]) -> None:
    verdict = pecdetect.classify(HOSTILE[name])
    assert {anomaly.code for anomaly in verdict.anomalies} == codes
    assert "unopened-content" in {reason.code for reason in verdict.reasons}
    assert verdict.outcome.value == "undetermined"


def test_no_more_is_handed_out_than_four_times_the_file() -> None:
    data = HOSTILE["400 attachments, one chain"]
    message = pecdetect.read(data)
    assert sum(part.body_size for part in message.walk()) <= 4 * len(data)
    assert [hit.name for hit in message.limits_hit] == ["decoded_bytes"]


def test_embedded_messages_count_against_the_one_depth_limit() -> None:
    inner = Item(values={0x0037: "In fondo"})
    for _ in range(30):
        inner = Item(attachments=[Attachment(inner, "m", method=5)])
    data = msg_file(inner)
    assert pecdetect.read(data).limits_hit == []
    message = pecdetect.read(data, limits=Limits(embedded=10))
    assert [(hit.name, hit.value) for hit in message.limits_hit] == [("embedded", 11)]
    message = pecdetect.read(data, limits=Limits(depth=9))
    assert {hit.name for hit in message.limits_hit} == {"depth"}
    message = pecdetect.read(data, limits=Limits(parts=7))
    assert {hit.name for hit in message.limits_hit} == {"parts"}
    assert len(list(message.walk())) <= 7


def test_an_embedded_message_that_is_its_own_parent_is_read_once() -> None:
    directory = nodes(Writer(Item(attachments=[Attachment(Item(), "m", method=5)])).tree())
    for node in directory:
        if node.name == "__substg1.0_3701000D":
            node.child = directory[0].child
    message = pecdetect.read(write(directory))
    assert "outlook-damaged-directory" in {anomaly.code for anomaly in message.anomalies}
    assert len(list(message.walk())) == 2


@pytest.mark.slow
@pytest.mark.no_cover  # what they run through is covered by the other tests
@pytest.mark.usefixtures("little_stack")
@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_sample_cut_short_and_changed_gets_a_verdict(sample: Sample) -> None:
    content, chance = sample.data, random.Random(sample.name)
    for case in range(TRUNCATIONS + FLIPS):
        if case < TRUNCATIONS:
            bytes_of_case = content[: len(content) * case // TRUNCATIONS]
        else:
            changed = bytearray(content)
            for _ in range(chance.choice((1, 1, 2, 8, 64))):
                changed[chance.randrange(len(changed))] = chance.choice((0, 255, chance.randrange(256)))
            bytes_of_case = bytes(changed)
        assert pecdetect.classify(bytes_of_case).summary


@pytest.mark.parametrize("part", range(1, 20))
def test_a_protected_item_cut_short_never_syncs(part: int) -> None:
    data = msg_file(item_of(clear_signed(transport("pec-transport-envelope", JAVA))))
    assert pecdetect.classify(data[: len(data) * part // 20]).outcome.value != "syncs"


@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize("size", [0, 1, 63, 64, 4095, 4096, 5000, 70_000, 8_000_000])
@pytest.mark.parametrize("scattered", [False, True])
def test_streams_of_every_size_come_back(version: int, size: int, scattered: bool) -> None:  # noqa: FBT001
    content = random.Random(size).randbytes(size)
    more: Tree = {"a": content, "b": {"c": content[:100], "d": content[::-1]}}
    file = CompoundFile(compound_file(more, version=version, scattered=scattered))
    top = file.top()
    data, start, end = file.open_stream(top, top.entries["A"])
    assert data[start:end] == content
    inner = file.open_storage(top, top.entries["B"])
    assert inner.path == "b/"
    data, start, end = file.open_stream(inner, inner.entries["D"])
    assert data[start:end] == content[::-1]
    data, start, end = file.join(file.locate(inner, inner.entries["C"]), 10)
    assert data[start:end] == content[:10]
    assert file.problems == {}
    assert not file.cut


def test_a_storage_is_opened_once() -> None:
    file = CompoundFile(compound_file({"a": {"b": b"x"}}))
    top = file.top()
    assert list(file.open_storage(top, top.entries["A"]).entries) == ["B"]
    assert file.open_storage(top, top.entries["A"]).entries == {}
    assert list(file.problems) == ["outlook-damaged-directory"]


@pytest.mark.parametrize("size", [0, 7, 8, 75, 76, 511, 512])
def test_what_has_no_directory_is_refused(size: int) -> None:
    with pytest.raises(CompoundError, match="outlook-damaged-"):
        CompoundFile(SOUND[:size])
