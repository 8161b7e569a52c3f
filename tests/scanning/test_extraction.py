"""Parts of messages as files: exactly the bytes, and never over anything."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest

from pecdetect.limits import Limits
from pecdetect.scanning.extract import Extraction, extract
from samples import Sample, all_samples
from support.each import for_each

if TYPE_CHECKING:
    from pathlib import Path

SAMPLES = {sample.name: sample for sample in all_samples()}
WITH_PIECES = [sample for sample in SAMPLES.values() if sample.pieces]
LF_ONLY = {"pec-lf-only.eml"}
"""Samples whose line ends were changed after their pieces were put in."""
BOTH = [("1.2", "daticert", "daticert.xml"), ("1.3", "postacert", "postacert.eml")]
NO_PEC = {"pec-extracted-postacert.eml"}
"""PEC samples that are ordinary mail: nothing in them is hidden."""
posix_only = pytest.mark.skipif(sys.platform == "win32", reason="POSIX modes and limits")


def mail(*parts: bytes, kind: bytes = b"mixed") -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return (
        b"From: a@example.org\r\nTo: b@example.org\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/%s; boundary="b"\r\n\r\n%s--b--\r\n' % (kind, body)
    )


def file_part(name: bytes, content: bytes) -> bytes:
    return b'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="%s"\r\n\r\n%s' % (
        name,
        content,
    )


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def written(done: Extraction) -> list[str]:
    return [file.file for file in done.written]


def sections(done: Extraction) -> list[tuple[str, str, str]]:
    return [(file.section, file.role, file.file) for file in done.written]


@for_each(WITH_PIECES)
def test_what_the_generator_put_in_comes_back(sample: Sample, tmp_path: Path) -> None:
    """A PEC without asking for everything; of other mail what a person would want back is any part."""
    hidden = sample.group == "pec" and sample.name not in NO_PEC
    out = tmp_path / sample.name
    done = extract(sample.data, out, everything=not hidden)
    assert done.problem is None
    found = [
        (file.name if file.role in ("attachment", "part") else f"{file.role}", out / file.file) for file in done.written
    ]
    for name, content in sample.pieces.items():
        role = {"postacert.eml": "postacert", "daticert.xml": "daticert"}.get(name)
        expected = content.replace(b"\r\n", b"\n") if sample.name in LF_ONLY else content
        assert any(label in (role, name) and path.read_bytes() == expected for label, path in found), name


@for_each(SAMPLES.values())
def test_the_list_is_true(sample: Sample, tmp_path: Path) -> None:
    out, second = tmp_path / sample.name, tmp_path / f"{sample.name} again"
    done = extract(sample.data, out, everything=True)
    files = contents(out) if done.written else {}
    assert sorted(files) == sorted(written(done))
    for file in done.written:
        content = files[file.file]
        assert (file.size, file.sha256) == (len(content), hashlib.sha256(content).hexdigest())
        assert not set(file.file) & set("/\\:")
    assert extract(sample.data, second, everything=True) == done


@pytest.mark.parametrize(
    ("name", "everything", "expected"),
    [
        (
            "pec-transport-envelope.eml",
            False,
            [
                ("1.2", "daticert", "daticert.xml"),
                ("1.3", "postacert", "postacert.eml"),
                ("1.3/2", "attachment", "ordine-42.pdf"),
            ],
        ),
        (
            "pec-transport-envelope.eml",
            True,
            [
                ("1.1.1", "part", "part-1.1.1.txt"),
                ("1.1.2", "part", "part-1.1.2.txt"),
                ("1.2", "daticert", "daticert.xml"),
                ("1.3", "postacert", "postacert.eml"),
                ("1.3/1", "part", "part-1.3-1.txt"),
                ("1.3/2", "attachment", "ordine-42.pdf"),
                ("2", "part", "smime.p7s"),
            ],
        ),
        (
            "pec-opaque-signed.eml",
            False,
            [
                ("/2", "daticert", "daticert.xml"),
                ("/3", "postacert", "postacert.eml"),
                ("/3/2", "attachment", "ordine-42.pdf"),
            ],
        ),
        ("pec-daticert-unnamed.eml", False, BOTH),
        ("pec-postacert-unnamed.eml", False, BOTH),
        ("pec-inside-pec-whole.eml", False, BOTH),
        # A signed message hides its attachments; the signature itself is none.
        ("smime-clear-signed-attachments.eml", False, [("1.2", "attachment", "offerta.pdf")]),
        ("smime-opaque-signed-attachments.eml", False, [("/2", "attachment", "offerta.pdf")]),
        ("pgp-mime-signed-attachments.eml", False, [("1.2", "attachment", "offerta.pdf")]),
        # So does one that is attached, or stands in the middle of a mailing list's message.
        ("smime-attached-signed.eml", False, [("2/1.2", "attachment", "offerta.pdf")]),
        # An ordinary message hides nothing; a text is not worth a file unless everything is.
        ("ordinary-pdf-attachment.eml", False, []),
        ("smime-clear-signed.eml", False, []),
        ("ordinary-plain-text.eml", True, [("", "part", "part-0.txt")]),
        ("smime-encrypted.eml", True, [("", "attachment", "smime.p7m")]),
        ("malformed-partial.eml", False, []),
        # Nor does an Outlook item; what is signed in it does.
        ("delivery-tnef.eml", False, []),
        ("outlook-attached-to-eml.eml", False, [("2/1.2", "daticert", "daticert.xml")]),
    ],
)
def test_what_is_chosen(name: str, everything: bool, expected: list[tuple[str, str, str]], tmp_path: Path) -> None:  # noqa: FBT001
    done = extract(SAMPLES[name].data, tmp_path / "out", everything=everything)
    assert sections(done)[: len(expected)] == expected
    assert bool(done.written) == bool(expected)
    assert (tmp_path / "out").exists() == bool(expected)


@pytest.mark.parametrize(
    ("name", "everything", "files", "without"),
    [
        ("outlook-pec-flattened.msg", False, ["daticert.xml", "ordine-42.pdf"], ("4",)),
        ("outlook-embedded-message.msg", True, ["part-1.txt", "part-2-1.txt", "offerta.pdf"], ("2",)),
    ],
)
def test_messages_that_outlook_embeds_have_no_bytes(
    name: str,
    everything: bool,  # noqa: FBT001
    files: list[str],
    without: tuple[str, ...],
    tmp_path: Path,
) -> None:
    done = extract(SAMPLES[name].data, tmp_path, everything=everything)
    assert (written(done), done.without_bytes) == (files, without)
    assert all(file.size for file in done.written)


def test_a_multipart_without_parts_is_its_bytes_if_there_are_any(tmp_path: Path) -> None:
    parts = (
        b"Content-Type: multipart/mixed; boundary=c\r\n\r\nlost",
        b"Content-Type: multipart/mixed; boundary=d\r\n\r\n",
    )
    assert written(extract(mail(*parts), tmp_path, everything=True)) == ["part-1.bin"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", bytes(range(256)) * 4])
def test_what_is_no_message_holds_no_parts(data: bytes, tmp_path: Path) -> None:
    assert extract(data, tmp_path / "out", everything=True) == Extraction()
    assert not (tmp_path / "out").exists()


def test_equal_names_are_numbered_whatever_their_case(tmp_path: Path) -> None:
    names = (b"a.pdf", b"A.PDF", b"a-2.pdf", b"a.pdf", b"../a.pdf", b"", b"..")
    done = extract(mail(*(file_part(name, b"%d" % at) for at, name in enumerate(names))), tmp_path, everything=True)
    assert written(done) == ["a.pdf", "A-2.PDF", "a-2-2.pdf", "a-3.pdf", "_a.pdf", "part-6.bin", "part-7.bin"]
    assert [file.name for file in done.written] == ["a.pdf", "A.PDF", "a-2.pdf", "a.pdf", "../a.pdf", None, ".."]
    assert contents(tmp_path) == {file: b"%d" % at for at, file in enumerate(written(done))}


def test_a_name_that_a_number_made_is_not_given_twice(tmp_path: Path) -> None:
    done = extract(
        mail(*(file_part(b"a-2.pdf", b""), file_part(b"a.pdf", b""), file_part(b"a.pdf", b""))),
        tmp_path,
        everything=True,
    )
    assert written(done) == ["a-2.pdf", "a.pdf", "a-3.pdf"]


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "postacert.eml").write_bytes(b"mine")
    (tmp_path / "daticert.xml").mkdir()
    data = SAMPLES["pec-transport-envelope.eml"].data
    assert written(extract(data, tmp_path)) == ["daticert-2.xml", "postacert-2.eml", "ordine-42.pdf"]
    assert written(extract(data, tmp_path)) == ["daticert-3.xml", "postacert-3.eml", "ordine-42-2.pdf"]
    assert (tmp_path / "postacert.eml").read_bytes() == b"mine"


def test_links_are_not_followed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "precious").write_bytes(b"mine")
    try:
        (out / "a.pdf").symlink_to(tmp_path / "precious")
        (out / "b.pdf").symlink_to(tmp_path / "not-there")
    except OSError:
        pytest.skip("no symbolic links here")
    done = extract(mail(file_part(b"a.pdf", b"x"), file_part(b"b.pdf", b"y")), out, everything=True)
    assert written(done) == ["a-2.pdf", "b-2.pdf"]
    assert (tmp_path / "precious").read_bytes() == b"mine"
    assert not (tmp_path / "not-there").exists()


@posix_only
def test_files_are_private_and_not_executable(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        extract(mail(file_part(b"a.sh", b"#!/bin/sh\n")), tmp_path / "deep" / "out", everything=True)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "deep" / "out" / "a.sh").stat().st_mode) == 0o600


def test_an_unknown_transfer_encoding_is_said(tmp_path: Path) -> None:
    part = b"Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: x-house\r\n\r\n%%%"
    (file,) = extract(mail(part), tmp_path, everything=True).written
    assert not file.decoded
    assert (tmp_path / file.file).read_bytes() == b"%%%"


def test_a_folder_that_cannot_be_made_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"mine")
    done = extract(mail(file_part(b"a.pdf", b"")), tmp_path / "out", everything=True)
    assert done.written == ()
    assert done.problem is not None
    assert done.problem.code == "not-written"
    assert (tmp_path / "out").read_bytes() == b"mine"


@posix_only
def test_a_full_disk_leaves_no_half_of_a_file(tmp_path: Path) -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    data = mail(file_part(b"a.pdf", b"x"), file_part(b"b.pdf", b"y" * 20_000), file_part(b"c.pdf", b"z"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        done = extract(data, tmp_path, everything=True)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert written(done) == ["a.pdf"]
    assert done.problem is not None
    assert done.problem.code == "not-written"
    assert contents(tmp_path) == {"a.pdf": b"x"}


def test_a_file_system_without_these_letters_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise UnicodeEncodeError("latin-1", "\u898b", 0, 1, "no such letter")

    monkeypatch.setattr(os, "open", refuse)
    done = extract(mail(file_part(b"a.pdf", b"")), tmp_path, everything=True)
    assert done.problem is not None
    assert done.problem.facts["cause"] == "file-name"


def test_what_would_not_end_ends(tmp_path: Path) -> None:
    """Each of a hundred messages in messages is a file that holds all the rest: writing them is quadratic."""
    data = b"x" * 50_000
    for _ in range(40):
        data = b"From: a@example.org\r\nContent-Type: message/rfc822\r\n\r\n" + data
    done = extract(data, tmp_path, everything=True, limits=Limits(decoded_factor=4, decoded_extra=0))
    assert done.problem is not None
    assert done.problem.code == "limit-reached"
    assert 0 < sum(map(len, contents(tmp_path).values())) <= 4 * len(data)


def test_limits_and_truncation_are_said(tmp_path: Path) -> None:
    parts = [file_part(b"a.pdf", b"x")] * 5
    done = extract(mail(*parts)[:-20], tmp_path, everything=True, limits=Limits(parts=4))
    assert done.truncated
    assert "parts" in done.limits
    assert len(done.written) == 3


def test_a_path_is_read_and_its_message_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "busta.eml"
    path.write_bytes(SAMPLES["pec-transport-envelope.eml"].data)
    before = path.stat()
    done = extract(path, tmp_path)
    assert len(done.written) == 3
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    with pytest.raises(FileNotFoundError):
        extract(tmp_path / "none.eml", tmp_path)


def test_signature_beside_nothing_is_an_attachment(tmp_path: Path) -> None:
    lone = b"Content-Type: application/pkcs7-signature; name=a.p7s\r\n\r\nx"
    assert sections(extract(b"From: a@example.org\r\n" + lone, tmp_path, everything=True)) == [
        ("", "attachment", "a.p7s")
    ]
    assert sections(extract(mail(lone), tmp_path, everything=True)) == [("1", "part", "a-2.p7s")]


@pytest.mark.parametrize(
    ("kind", "file"),
    [
        (b"message/rfc822", "part-1.eml"),
        (b"message/global", "part-1.eml"),
        (b"message/delivery-status", "part-1.txt"),
        (b"text/html", "part-1.txt"),
        (b"image/png", "part-1.bin"),
        (b"multipart/mixed", "part-1.bin"),
    ],
)
def test_nameless_parts_are_named_by_type(kind: bytes, file: str, tmp_path: Path) -> None:
    done = extract(mail(b"Content-Type: %s\r\n\r\nx" % kind), tmp_path, everything=True)
    assert written(done)[0] == file
