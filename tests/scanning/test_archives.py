"""Archives: every member is a candidate or a result that says why not, whatever its neighbours are."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import random
import struct
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from pecdetect.limits import Limits
from pecdetect.scanning.sources import unpacking
from pecdetect.scanning.sources.candidate import Candidate, InMemory, Packed, Span, Whole
from pecdetect.scanning.sources.sources import expand
from pecdetect.scanning.sources.zips import ZipMember
from support.exports import FROM, encrypted_zip, found, mail, mbox, outcome, tarred, zipped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TWO = [("inbox/7.eml", mail(7)), ("inbox/8.eml", mail(8))]
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def put(tmp_path: Path, name: str, data: bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(data)
    return path


def rows(tmp_path: Path, name: str, data: bytes, password: bytes | None = None) -> list[tuple[str, str]]:
    """What a file of this name is found to hold."""
    return found(put(tmp_path, name, data), below=tmp_path, password=password)


def met(tmp_path: Path, name: str, data: bytes) -> list[tuple[str, str]]:
    """The same, met in a folder."""
    put(tmp_path, name, data)
    return found(tmp_path, below=tmp_path)


# -- zip --


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_zip_members_in_their_order(tmp_path: Path, method: int) -> None:
    data = zipped([*TWO, ("a.eml", mail(1))], method)
    expected = [("x.zip!/inbox/7.eml", "Nota 7"), ("x.zip!/inbox/8.eml", "Nota 8"), ("x.zip!/a.eml", "Nota 1")]
    assert rows(tmp_path, "x.zip", data) == expected
    assert met(tmp_path, "x.zip", data) == expected
    candidates = list(expand([tmp_path / "x.zip"]))
    assert all(isinstance(each, Candidate) and isinstance(each.place, ZipMember) for each in candidates)
    assert all(isinstance(each, Candidate) and not each.named and each.carried == 0 for each in candidates)
    for each in candidates:
        assert pickle.loads(pickle.dumps(each)) == each  # noqa: S301 - our own


def test_names_tell_members_apart(tmp_path: Path) -> None:
    names = ["a.eml", "a.eml", "a.eml@2", "a.eml", "../../etc/passwd.eml", "/abs.eml", "C:\\x.eml", "\x1b[31m.eml"]
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped([(name, mail(at)) for at, name in enumerate(names)])
    assert [source.removeprefix("x.zip!/") for source, _ in rows(tmp_path, "x.zip", data)] == [
        "a.eml", "a.eml@2", "a.eml@2@2", "a.eml@3", "../../etc/passwd.eml", "/abs.eml", "C:/x.eml", "\x1b[31m.eml",
    ]  # fmt: skip
    assert sorted(each.name for each in tmp_path.iterdir()) == ["x.zip"]


def test_a_name_that_is_no_text_costs_no_other_member(tmp_path: Path) -> None:
    data = zipped([("ab€.eml", mail(1)), ("b.eml", mail(2))]).replace("ab€".encode(), b"ab\xff\xfe\xfd")
    assert [text for _, text in rows(tmp_path, "x.zip", data)] == ["Nota 1", "Nota 2"]


def test_a_zip_with_a_comment_and_with_something_in_front(tmp_path: Path) -> None:
    data = zipped(TWO, comment=b"PK\x05\x06 in a comment")
    assert [text for _, text in rows(tmp_path, "x.zip", data)] == ["Nota 7", "Nota 8"]
    inner = tarred([("i.zip", b"PK\x03\x04" + bytes(26) + data)])
    assert [text for _, text in rows(tmp_path, "x.tar", inner)] == ["Nota 7", "Nota 8"]


def test_a_large_zip_has_64_bits(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, archive.open("a.eml", "w", force_zip64=True) as member:
        member.write(mail(1))
    data = bytearray(out.getvalue())
    # Declare its sizes in the extra field of the directory, and the directory in the records of 64 bits.
    at = data.index(b"PK\x01\x02")
    packed, size, names, extra = (
        *struct.unpack_from("<LL", data, at + 20),
        *struct.unpack_from("<HH", data, at + 28),
    )
    name = bytes(data[at + 46 : at + 46 + names])
    assert extra == 0
    head = bytearray(data[at : at + 46])
    struct.pack_into("<LLHH", head, 20, 0xFFFFFFFF, 0xFFFFFFFF, names, 20)
    central = bytes(head) + name + struct.pack("<HHQQ", 1, 16, size, packed)
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 1, 1, len(central), at)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, at + len(central), 1)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
    data = data[:at] + central + end64 + locator + end
    assert rows(tmp_path, "x.zip", bytes(data)) == [("x.zip!/a.eml", "Nota 1")]


def test_passwords(tmp_path: Path) -> None:
    data = encrypted_zip("a.eml", mail(1), b"segreto")
    assert rows(tmp_path, "x.zip", data, b"segreto") == [("x.zip!/a.eml", "Nota 1")]
    assert rows(tmp_path, "x.zip", data, b"sbagliato") == [("x.zip!/a.eml", "wrong-password")]
    assert rows(tmp_path, "x.zip", data) == [("x.zip!/a.eml", "password-needed")]
    assert all("segreto" not in repr(each) for each in expand([tmp_path / "x.zip"], password=b"segreto"))
    box = encrypted_zip("b.mbox", mbox(2), b"segreto")
    assert [text for _, text in rows(tmp_path, "y.zip", box, b"segreto")] == ["Nota 0", "Nota 1"]
    assert rows(tmp_path, "y.zip", box, b"sbagliato") == [("y.zip!/b.mbox", "wrong-password")]


def patched(data: bytes, which: bytes, offset: int, value: bytes) -> bytes:
    """Change bytes of the first record with a signature."""
    at = data.index(which) + offset
    return data[:at] + value + data[at + len(value) :]


CENTRAL, LOCAL, END = b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"


@pytest.mark.parametrize(
    ("which", "offset", "value", "code"),
    [
        (CENTRAL, 16, bytes(4), "unreadable"),  # its sum
        (CENTRAL, 24, b"\x01\0\0\0", "unreadable"),  # smaller than it is
        (CENTRAL, 24, b"\xff\xff\0\0", "unreadable"),  # larger than it is
        (CENTRAL, 42, b"\x05\0\0\0", "unreadable"),  # elsewhere
        (CENTRAL, 10, b"\x63\0", "unsupported"),  # AES
        (CENTRAL, 10, b"\x09\0", "unsupported"),  # Deflate64
        (LOCAL, 44, b"\xff\xff\xff\xff", "unreadable"),  # its data
        (CENTRAL, 38, struct.pack("<L", 0o120777 << 16), "symbolic-link"),
    ],
)
def test_a_broken_member_costs_that_member_only(
    tmp_path: Path, which: bytes, offset: int, value: bytes, code: str
) -> None:
    data = patched(zipped(TWO), which, offset, value)
    if value == b"\x63\0":
        data = patched(data, CENTRAL, 8, b"\x01\0")
    if code == "symbolic-link":
        data = patched(data, CENTRAL, 5, b"\x03")
    first, second = rows(tmp_path, "x.zip", data)
    assert first == ("x.zip!/inbox/7.eml", code)
    assert second == ("x.zip!/inbox/8.eml", "Nota 8")


def test_a_broken_directory_is_told_after_what_was_read(tmp_path: Path) -> None:
    data = zipped(TWO)
    second = data.rindex(CENTRAL)
    broken = data[:second] + b"PKxx" + data[second + 4 :]
    assert rows(tmp_path, "x.zip", broken) == [("x.zip!/inbox/7.eml", "Nota 7"), ("x.zip", "unreadable")]
    assert rows(tmp_path, "x.zip", data[:-30]) == [("x.zip", "unreadable")]
    assert rows(tmp_path, "x.zip", patched(data, END, 12, b"\xff\xff\xff\x7f")) == [("x.zip", "unreadable")]
    assert rows(tmp_path, "x.zip", patched(data, END, 16, b"\xff\xff\xff\x7f")) == [("x.zip", "unreadable")]


def test_members_that_share_bytes_are_told(tmp_path: Path) -> None:
    data = zipped(TWO)
    second = data.rindex(CENTRAL)
    same = data[: second + 42] + bytes(4) + data[second + 46 :]
    assert rows(tmp_path, "x.zip", same) == [
        ("x.zip!/inbox/7.eml", "overlapping-member"),
        ("x.zip!/inbox/8.eml", "overlapping-member"),
    ]
    longer = patched(data, CENTRAL, 20, struct.pack("<L", len(mail(7)) + 60))
    assert rows(tmp_path, "x.zip", longer)[1] == ("x.zip!/inbox/8.eml", "overlapping-member")


def test_a_bomb_is_stopped_at_what_may_be_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "RATIO_FLOOR", 10_000)
    monkeypatch.setattr(unpacking, "RATIO", 1)
    zeros = mail(1, b"x" * 8000)
    data = zipped([("a.eml", zeros), ("b.eml", zeros), ("c.eml", zeros)])
    assert rows(tmp_path, "x.zip", data) == [
        ("x.zip!/a.eml", "Nota 1"), ("x.zip!/b.eml", "limit-reached"), ("x.zip!/c.eml", "limit-reached"),
    ]  # fmt: skip
    box = gzip.compress(mbox(1, b"x" * 8000) + mbox(1, b"x" * 8000))
    assert rows(tmp_path, "b.mbox.gz", box) == [("b.mbox.gz", "limit-reached")]


def test_a_member_is_unpacked_to_one_byte_more_than_is_read(tmp_path: Path) -> None:
    data = zipped([("a.eml", mail(1, b"x" * 5000))])
    (candidate,) = expand([put(tmp_path, "x.zip", data)])
    assert isinstance(candidate, Candidate)
    loaded = candidate.load(Limits(message_bytes=200))
    assert loaded == mail(1, b"x" * 5000)[:201]


@pytest.mark.parametrize(
    "members",
    [
        [("[Content_Types].xml", b"<Types/>"), ("word/document.xml", b"<w/>"), ("a.eml", mail(1))],
        [("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", b"<o/>")],
        [("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\n"), ("a.class", b"\xca\xfe")],
    ],
)
def test_documents_are_no_archives_of_mail(tmp_path: Path, members: list[tuple[str, bytes]]) -> None:
    assert met(tmp_path, "x.docx", zipped(members)) == [("x.docx", "not-a-message")]
    (candidate,) = expand([tmp_path / "x.docx"])
    assert candidate == Candidate(
        str(tmp_path / "x.docx"), named=True, file=str(tmp_path / "x.docx"), place=Whole(str(tmp_path / "x.docx"))
    )


def test_an_archive_without_mail_is_one_result(tmp_path: Path) -> None:
    data = zipped([("a.txt", b"Ciao"), ("b.png", b"\x89PNG\r\n"), ("d/", b"")])
    assert met(tmp_path, "x.zip", data) == [("x.zip", "not-a-message")]
    assert rows(tmp_path, "x.zip", data) == [("x.zip", "not-a-message")]
    assert rows(tmp_path, "x.zip", zipped([])) == [("x.zip", "not-a-message")]
    assert rows(tmp_path, "x.zip", zipped([("a.txt", b"Ciao"), ("b.eml", mail(1))])) == [
        ("x.zip!/a.txt", "not-a-message"),
        ("x.zip!/b.eml", "Nota 1"),
    ]


def test_many_members_that_are_no_mail_are_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pecdetect.scanning.sources.archives._PATIENCE", 3)
    data = zipped([(f"{at}.txt", b"x") for at in range(6)])
    assert [code for _, code in rows(tmp_path, "x.zip", data)] == ["not-a-message"] * 6


# -- one in another --


def test_archives_in_archives(tmp_path: Path) -> None:
    inner = zipped(TWO)
    data = zipped([("i.zip", inner), ("b.mbox", mbox(2)), ("c.eml.gz", gzip.compress(mail(3)))])
    assert rows(tmp_path, "x.zip", data) == [
        ("x.zip!/i.zip!/inbox/7.eml", "Nota 7"),
        ("x.zip!/i.zip!/inbox/8.eml", "Nota 8"),
        ("x.zip!/b.mbox#0", "Nota 0"),
        (f"x.zip!/b.mbox#{len(mbox(1))}", "Nota 1"),
        ("x.zip!/c.eml.gz!/c.eml", "Nota 3"),
    ]  # fmt: skip
    deeper = zipped([("i.zip", zipped([("j.zip", inner), ("b.mbox", mbox(1))]))])
    assert rows(tmp_path, "x.zip", deeper) == [
        ("x.zip!/i.zip!/j.zip", "nested-too-deep"), ("x.zip!/i.zip!/b.mbox#0", "Nota 0"),
    ]  # fmt: skip
    assert rows(tmp_path, "x.zip", zipped([("m.pst", b"!BDN" + bytes(600))])) == [("x.zip!/m.pst", "pst-in-archive")]
    assert rows(tmp_path, "x.zip", zipped([("m.7z", b"7z\xbc\xaf\x27\x1c")])) == [
        ("x.zip!/m.7z", "unsupported-archive")
    ]
    assert rows(tmp_path, "x.tar", tarred([("i.zip", inner)])) == [
        ("x.tar!/i.zip!/inbox/7.eml", "Nota 7"), ("x.tar!/i.zip!/inbox/8.eml", "Nota 8"),
    ]  # fmt: skip


def test_a_nested_archive_that_needs_too_much_memory_is_told(tmp_path: Path) -> None:
    path = put(tmp_path, "x.zip", zipped([("i.zip", zipped(TWO, zipfile.ZIP_STORED))]))
    assert found(path, below=tmp_path, limits=Limits(message_bytes=100)) == [("x.zip!/i.zip", "limit-reached")]


def test_a_carried_member_is_counted(tmp_path: Path) -> None:
    path = put(tmp_path, "x.zip", zipped([("i.zip", zipped([("a.eml", mail(1))]))]))
    (candidate,) = expand([path])
    assert isinstance(candidate, Candidate)
    assert isinstance(candidate.place, InMemory)
    assert candidate.carried == len(mail(1))
    assert candidate.file == str(path)


# -- packed files --


@pytest.mark.parametrize("suffix", PACKERS)
def test_packed_files(tmp_path: Path, suffix: str) -> None:
    pack = PACKERS[suffix]
    name = f"a.eml.{suffix}"
    assert rows(tmp_path, name, pack(mail(1))) == [(f"{name}!/a.eml", "Nota 1")]
    (candidate,) = expand([tmp_path / name])
    assert isinstance(candidate, Candidate)
    assert candidate.named
    assert isinstance(candidate.place, Packed)
    assert candidate.load(Limits(message_bytes=20)) == mail(1)[:21]
    assert rows(tmp_path, name, pack(mail(1)[:30]) + pack(mail(1)[30:])) == [(f"{name}!/a.eml", "Nota 1")]
    assert rows(tmp_path, name, pack(mail(1)) + bytes(512)) == [(f"{name}!/a.eml", "Nota 1")]
    assert rows(tmp_path, name, pack(mail(1)) + b"something else")[0][1] == "unreadable"
    assert rows(tmp_path, name, pack(mail(1))[:-9])[0][1] == "unreadable"
    assert rows(tmp_path, name, pack(b"a log\n")) != []
    box = f"b.mbox.{suffix}"
    assert rows(tmp_path, box, pack(mbox(2))) == [
        (f"{box}!/b.mbox#0", "Nota 0"), (f"{box}!/b.mbox#{len(mbox(1))}", "Nota 1"),
    ]  # fmt: skip
    assert rows(tmp_path, f"t.tar.{suffix}", pack(tarred(TWO))) == [
        (f"t.tar.{suffix}!/inbox/7.eml", "Nota 7"), (f"t.tar.{suffix}!/inbox/8.eml", "Nota 8"),
    ]  # fmt: skip


def test_packed_files_that_are_no_mail_are_skipped_where_they_were_met(tmp_path: Path) -> None:
    assert met(tmp_path, "x.log.gz", gzip.compress(b"12:00 started\n")) == [("x.log.gz!/x.log", "not-a-message")]


def test_an_mbox_that_is_cut_short_gives_what_it_had(tmp_path: Path) -> None:
    import os

    noise = os.urandom(300_000).hex().encode()
    packed = gzip.compress(mbox(2) + FROM + mail(9, noise))
    result = rows(tmp_path, "b.mbox.gz", packed[: len(packed) // 2])
    assert [text for _, text in result] == ["Nota 0", "Nota 1", "unreadable"]


def test_an_xz_that_wants_much_memory_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = lzma.compress(mail(1), filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 8 * 1024 * 1024}])
    monkeypatch.setattr(unpacking, "XZ_MEMORY", 4 * 1024 * 1024)
    assert rows(tmp_path, "a.eml.xz", data) == [("a.eml.xz", "unreadable")]


# -- tar --


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("packed", [False, True])
def test_tars(tmp_path: Path, form: int, packed: bool) -> None:  # noqa: FBT001
    long = f"{'d' * 90}/{'e' * 90}.eml"
    accents = "è.eml"
    data = tarred([("7.eml", mail(7)), (long, mail(8)), (accents, mail(9)), ("b.mbox", mbox(2))], form=form)
    name = "x.tar.gz" if packed else "x.tar"
    assert rows(tmp_path, name, gzip.compress(data) if packed else data) == [
        (f"{name}!/7.eml", "Nota 7"),
        (f"{name}!/{long}", "Nota 8"),
        (f"{name}!/{accents}", "Nota 9"),
        (f"{name}!/b.mbox#0", "Nota 0"),
        (f"{name}!/b.mbox#{len(mbox(1))}", "Nota 1"),
    ]
    places = {type(each.place) for each in expand([tmp_path / name]) if isinstance(each, Candidate)}
    assert places == ({InMemory} if packed else {Span})


def test_what_is_no_regular_member_is_told(tmp_path: Path) -> None:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE, b"S"):
            info = tarfile.TarInfo(f"member-{kind.decode()}")
            info.type = kind
            archive.addfile(info)
        info = tarfile.TarInfo("a.eml")
        info.size = len(mail(1))
        archive.addfile(info, io.BytesIO(mail(1)))
    assert [code for _, code in rows(tmp_path, "x.tar", out.getvalue())] == [
        "symbolic-link", "hard-link", "not-a-file", "not-a-file", "sparse", "Nota 1",
    ]  # fmt: skip


@pytest.mark.parametrize("packed", [False, True])
def test_a_damaged_tar_is_told(tmp_path: Path, packed: bool) -> None:  # noqa: FBT001
    data = bytearray(tarred(TWO))
    data[1024 + 10] ^= 0xFF  # in the second header
    name = "x.tar.gz" if packed else "x.tar"

    def tar(data: bytes) -> list[tuple[str, str]]:
        return rows(tmp_path, name, gzip.compress(data) if packed else data)

    assert tar(bytes(data)) == [(f"{name}!/inbox/7.eml", "Nota 7"), (name, "unreadable")]
    cut = tar(bytes(tarred(TWO)[: 1024 + 512 + 40]))
    assert cut[0] == (f"{name}!/inbox/7.eml", "Nota 7")
    assert cut[1] == (f"{name}!/inbox/8.eml", "unreadable")


def test_an_extended_header_of_any_size_is_not_held(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type = tarfile.XHDTYPE
    info.size = 8 * 1024**3
    header = info.tobuf(tarfile.GNU_FORMAT)
    assert rows(tmp_path, "x.tar", header + b"30 path=x\n" * 10) == [("x.tar", "unreadable")]


def test_a_large_member_of_a_packed_tar_is_read_in_order(tmp_path: Path) -> None:
    data = gzip.compress(tarred([("b.mbox", mbox(30)), ("a.eml", mail(5)), ("c.eml", mail(6, b"x" * 4000))]))
    path = put(tmp_path, "x.tgz", data)
    result = found(path, below=tmp_path, limits=Limits(message_bytes=2000))
    assert [text for _, text in result] == [*(f"Nota {at}" for at in range(30)), "Nota 5", "Nota 6"]
    last = list(expand([path], limits=Limits(message_bytes=2000)))[-1]
    assert isinstance(last, Candidate)
    assert last.carried == 2001
    assert outcome(last, Limits()) == "Nota 6"


# -- whatever the bytes are --


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_members_of_any_size_come_out_as_they_went_in(tmp_path: Path, method: int) -> None:
    """Also where the end of what may be unpacked at a time falls on the end of what was read."""
    chance = random.Random(3)
    sizes = [0, 1, 4095, 4096, 4097, 65_535, 65_536, 65_537, 200_000, *chance.sample(range(300_000), 12)]
    bodies = [chance.choice([b"\0" * size, chance.randbytes(size), b"abc\n" * (size // 4)]) for size in sizes]
    path = put(tmp_path, "x.zip", zipped([(f"{at}.eml", mail(at, body)) for at, body in enumerate(bodies)], method))
    candidates = list(expand([path]))
    assert len(candidates) == len(sizes)
    for at, (each, body) in enumerate(zip(candidates, bodies, strict=True)):
        assert isinstance(each, Candidate)
        assert each.load(Limits()) == mail(at, body)


SEEDS = {
    "zip": zipped([("a.eml", mail(1)), ("i.zip", zipped(TWO)), ("b.mbox", mbox(2)), ("c.gz", gzip.compress(mail(2)))]),
    "bzip2.zip": zipped([("a.eml", mail(1)), ("b.mbox", mbox(2))], zipfile.ZIP_BZIP2),
    "lzma.zip": zipped([("a.eml", mail(1))], zipfile.ZIP_LZMA),
    "sealed.zip": encrypted_zip("a.eml", mail(1), b"p"),
    "tar": tarred([("a.eml", mail(1)), (f"{'d' * 120}.eml", mail(2)), ("b.mbox", mbox(2)), ("i.zip", zipped(TWO))]),
    "tgz": gzip.compress(tarred(TWO)),
    "bz2": bz2.compress(mbox(3)),
    "xz": lzma.compress(mail(1)),
    "mbox": mbox(4),
}


@pytest.mark.parametrize("name", SEEDS)
def test_damage_of_any_kind_gives_results(tmp_path: Path, name: str) -> None:
    """Nothing but ``OSError`` comes of loading, and never a defect of ours."""
    chance = random.Random(11)
    for _ in range(120):
        data = bytearray(SEEDS[name])
        for _ in range(chance.randrange(1, 6)):
            at = chance.randrange(len(data))
            how = chance.randrange(4)
            if how == 0:
                data[at] = chance.randrange(256)
            elif how == 1:
                data[at : at + 4] = struct.pack("<L", chance.choice([0, 1, 2**32 - 1, 2**31 - 1, len(data)]))
            elif how == 2:
                data[at:at] = data[chance.randrange(len(data)) :][: chance.randrange(200)]
            else:
                del data[at : at + chance.randrange(60)]
            data = data or bytearray(b"\0")
        result = rows(tmp_path, f"x.{name}", bytes(data), b"p")
        assert result
        assert "internal-error" not in {code for _, code in result}


def test_a_defect_of_ours_costs_one_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> object:
        raise KeyError("defect")

    monkeypatch.setattr("pecdetect.scanning.sources.zips.Directory", broken)
    put(tmp_path, "a.zip", zipped(TWO))
    put(tmp_path, "b.eml", mail(1))
    assert found(tmp_path, below=tmp_path) == [("a.zip", "internal-error"), ("b.eml", "Nota 1")]
