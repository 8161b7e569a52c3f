"""The samples are what the generator makes, their signatures verify, and their pieces are really in them."""

from __future__ import annotations

import base64
import binascii
import email
import quopri
import re
import shutil
import subprocess
import sys
import zlib
from collections import Counter
from typing import TYPE_CHECKING

import pytest

import make_samples
from samples import Sample, all_samples, places
from samples.ca import KEYS
from support.each import for_each

if TYPE_CHECKING:
    from email.message import Message
    from pathlib import Path

SAMPLES = {sample.name: sample for sample in all_samples()}
TEXTS = {name: sample for name, sample in SAMPLES.items() if name.endswith(".eml")}
OPENSSL = shutil.which("openssl")
needs_openssl = pytest.mark.skipif(OPENSSL is None, reason="openssl is not installed")

NOT_VERIFYING = {"pec-tampered-body.eml", "smime-tampered.eml"}
"""Signed samples that were changed after signing."""
NO_SIGNATURE_LEFT = {
    "pec-truncated.eml",
    "pec-unsigned-empty-signature.eml",
    "pec-unsigned-no-signature-part.eml",
    "smime-missing-signature.eml",
}
"""multipart/signed whose signature is gone."""
OTHER_LINE_ENDS = {
    "malformed-bare-cr-in-header.eml",
    "malformed-cr-only.eml",
    "malformed-crcrlf.eml",
    "malformed-emlx.eml",
    "malformed-lf-only.eml",
    "malformed-mixed-ends.eml",
    "malformed-mixed-ends-signed.eml",
    "malformed-utf16-be.eml",
    "malformed-utf16-le.eml",
    "pec-lf-only.eml",
}
CMS_KINDS = {
    "060b2a864886f70d0109100109": "compressed",
    "060b2a864886f70d0109100117": "encrypted",
    "06092a864886f70d010702": "signed",
    "06092a864886f70d010703": "encrypted",
}


def cms_kind(blob: bytes) -> str | None:
    """Kind by the first object identifier, None when it is no CMS."""
    head = blob[:24].hex()
    return next((kind for oid, kind in CMS_KINDS.items() if oid in head), None) if head[:2] == "30" else None


def openssl(tmp_path: Path, blob: bytes, *arguments: str) -> tuple[int, bytes]:
    """Run ``openssl cms`` on a DER or BER blob."""
    source = tmp_path / "blob.der"
    source.write_bytes(blob)
    command = [OPENSSL or "", "cms", *arguments, "-inform", "DER", "-in", str(source), "-binary"]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own samples
    return done.returncode, done.stdout


def verify(tmp_path: Path, blob: bytes, content: bytes | None = None) -> tuple[int, bytes]:
    """Verify a signature up to the test CA, at the time of the samples."""
    extra: list[str] = []
    if content is not None:
        (tmp_path / "content").write_bytes(content)
        extra = ["-content", str(tmp_path / "content")]
    return openssl(tmp_path, blob, "-verify", "-CAfile", str(KEYS / "ca.pem"), "-attime", "1772442672", *extra)


def decrypt(tmp_path: Path, blob: bytes) -> tuple[int, bytes]:
    return openssl(tmp_path, blob, "-decrypt", "-inkey", str(KEYS / "user.key.pem"))


def leaves(data: bytes) -> list[Message]:
    """Every entity that the standard library finds, the messages inside too."""
    return list(email.message_from_bytes(data).walk())


def decoded(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return b""
    # Base64 text in a part that says it is binary.
    return base64.b64decode(payload) if payload.startswith(b"MI") else payload


def signed_parts(data: bytes) -> list[tuple[bytes, bytes]]:
    """Signed entity, sliced raw, and CMS of every S/MIME multipart/signed."""
    text = data if b"\r\n" in data.partition(b"\n\n")[2] else data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    found = []
    for part in leaves(text):
        if part.get_content_type() != "multipart/signed":
            continue
        children = part.get_payload()
        if not isinstance(children, list) or len(children) < 2 or not isinstance(children[1], email.message.Message):
            continue
        blob = decoded(children[1])
        if cms_kind(blob) == "signed":
            delimiter = b"--" + str(part.get_param("boundary")).encode() + b"\r\n"
            start = text.index(delimiter) + len(delimiter)
            found.append((text[start : text.index(b"\r\n" + delimiter, start)], blob))
    return found


def cms_parts(data: bytes) -> list[bytes]:
    """CMS blobs that stand as parts of their own, detached signatures apart."""
    blobs = [
        decoded(part)
        for part in leaves(data)
        if not part.is_multipart() and not str(part.get_filename()).endswith(".p7s")
    ]
    return [blob for blob in blobs if cms_kind(blob)]


def names(group: str = "", *, without: frozenset[str] = frozenset()) -> list[str]:
    """Samples of a group in RFC 822 text; Outlook items have tests of their own in tests/parsing."""
    return [name for name, sample in TEXTS.items() if sample.group.startswith(group) and name not in without]


def test_committed_files_are_what_is_made() -> None:
    assert make_samples.differences(make_samples.wanted(), places.FOLDER) == []


def test_differences_sees_a_missing_a_changed_and_a_stale_file(tmp_path: Path) -> None:
    files = {"x/a.eml": b"a", "x/b.eml": b"b", "x/c.eml": b"c"}
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "a.eml").write_bytes(b"a")
    (tmp_path / "x" / "b.eml").write_bytes(b"changed")
    (tmp_path / "x" / "old.eml").write_bytes(b"")
    (tmp_path / "x" / "old.json").write_bytes(b"{}")
    assert make_samples.differences(files, tmp_path) == ["x/b.eml", "x/c.eml", "x/old.eml"]


@pytest.mark.parametrize("change", ["none", "bytes"])
def test_check_ends_with_one_when_something_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    for name, data in make_samples.wanted().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(data)
    if change == "bytes":
        (tmp_path / "pec" / "pec-transport-envelope.eml").write_bytes(b"")
    monkeypatch.setattr(places, "FOLDER", tmp_path)
    monkeypatch.setattr(sys, "argv", ["make_samples.py", "--check"])
    assert make_samples.main() == (change == "bytes")


def test_names_are_kebab_case_and_begin_with_their_group() -> None:
    assert len(SAMPLES) == len(list(all_samples()))
    for sample in SAMPLES.values():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+\.(eml|msg)", sample.name), sample.name
        assert sample.name.startswith(f"{sample.group}-"), sample.name
        assert sample.group in make_samples.GROUPS
        assert sample.shows == sample.shows.strip()
        assert 4 < len(sample.shows) < 120, sample.name
        assert "\n" not in sample.shows


def test_no_two_samples_are_the_same() -> None:
    assert [data for data, count in Counter(sample.data for sample in SAMPLES.values()).items() if count > 1] == []


@for_each(names())
def test_line_ends_are_crlf_but_where_that_is_the_point(name: str) -> None:
    rest = SAMPLES[name].data.replace(b"\r\n", b"")
    assert (b"\r" in rest or b"\n" in rest) == (name in OTHER_LINE_ENDS)


@for_each(names(without=frozenset({"malformed-utf16-le.eml", "malformed-utf16-be.eml"})))
def test_only_example_domains_and_addresses(name: str) -> None:
    data = SAMPLES[name].data.replace(b"=\r\n", b"").replace(b"=\n", b"")
    if SAMPLES[name].group != "systems":
        # Old programs are recognised by their makers' hosts: those samples name them.
        for domain in re.findall(rb"[A-Za-z0-9._=+-]+@([A-Za-z0-9.-]+\.[a-z]+)", data):
            assert re.fullmatch(rb"([a-z0-9-]+\.)*example\.(it|org|com|net)", domain), domain
    for address in re.findall(rb"\[(\d+\.\d+\.\d+\.\d+)\]", data):
        assert address.startswith(b"192.0.2.") or address == b"127.0.0.1"


@for_each(SAMPLES)
def test_samples_are_small(name: str) -> None:
    assert len(SAMPLES[name].data) < (32_000 if name.endswith(".eml") else 60_000)


def unfolded(data: bytes, tmp_path: Path) -> list[bytes]:
    """The file and whatever base64, quoted-printable and signed-data in it hold."""
    found, todo = [], [data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")]
    while todo:
        content = todo.pop()
        found.append(content)
        for run in re.findall(rb"(?:[A-Za-z0-9+/=]{1,76}\r\n)+", content):
            try:
                todo.append(base64.b64decode(run, validate=False))
            except binascii.Error:
                continue
        if b"quoted-printable" in content:
            todo += [quopri.decodestring(part) for part in content.split(b"quoted-printable")[1:]]
        if cms_kind(content) == "signed" and OPENSSL:
            todo.append(verify(tmp_path, content)[1])
    return found


@pytest.mark.slow
@needs_openssl
@for_each(name for name, sample in TEXTS.items() if sample.pieces)
def test_pieces_are_in_the_message(name: str, tmp_path: Path) -> None:
    places = unfolded(SAMPLES[name].data, tmp_path)
    for piece, content in SAMPLES[name].pieces.items():
        assert any(content in place for place in places), piece


@pytest.mark.slow
@needs_openssl
@for_each(names(without=frozenset(NO_SIGNATURE_LEFT)))
def test_clear_signatures_verify(name: str, tmp_path: Path) -> None:
    for content, blob in signed_parts(SAMPLES[name].data):
        code, _ = verify(tmp_path, blob, content)
        assert (code == 0) == (name not in NOT_VERIFYING)


@for_each(sorted(NOT_VERIFYING))
def test_tampered_samples_still_carry_a_signature(name: str) -> None:
    assert len(signed_parts(SAMPLES[name].data)) == 1


@for_each(sorted(NO_SIGNATURE_LEFT))
def test_lost_signatures_are_lost(name: str) -> None:
    assert signed_parts(SAMPLES[name].data) == []
    assert b"multipart/signed" in SAMPLES[name].data


def test_most_pec_samples_are_signed() -> None:
    signed = [name for name in names("pec") if signed_parts(SAMPLES[name].data)]
    assert len(signed) > 80


@pytest.mark.slow
@needs_openssl
@for_each(TEXTS)
def test_cms_parts_open(name: str, tmp_path: Path) -> None:
    for blob in cms_parts(SAMPLES[name].data):
        kind = cms_kind(blob)
        if kind == "encrypted":
            code, content = decrypt(tmp_path, blob)
            assert code == 0
            assert content.startswith((b"Content-Type:", b"From:", b"PK"))
        elif kind == "compressed":
            assert zlib.decompress(blob[blob.index(b"\x78\x01") :]).startswith(b"Content-Type:")
        elif "certs-only" in name or "certificates" in name:
            code, shown = openssl(tmp_path, blob, "-cmsout", "-print", "-noout")
            assert code == 0
            assert b"signerInfos:\n      <EMPTY>" in shown
        else:
            assert verify(tmp_path, blob)[0] == 0


def test_every_kind_of_cms_is_there_in_der_and_ber() -> None:
    forms = Counter(
        (cms_kind(blob), "ber" if blob[1] == 0x80 else "der")
        for sample in TEXTS.values()
        for blob in cms_parts(sample.data)
    )
    for kind in ("signed", "encrypted"):
        assert forms[kind, "der"] > 1
        assert forms[kind, "ber"] > 0
    assert forms["compressed", "der"] == 1


@pytest.mark.slow
def test_triple_wrapping_is_real(tmp_path: Path) -> None:
    if not OPENSSL:
        pytest.skip("openssl is not installed")
    outer = cms_parts(SAMPLES["smime-triple-wrapped.eml"].data)[0]
    middle = verify(tmp_path, outer)[1]
    (sealed,) = cms_parts(middle)
    code, inner = decrypt(tmp_path, sealed)
    assert code == 0
    ((content, blob),) = signed_parts(inner)
    assert verify(tmp_path, blob, content)[0] == 0


@for_each(sorted(KEYS.glob("*.pem")))
def test_keys_say_that_they_are_test_keys(path: Path) -> None:
    assert path.read_text("ascii").startswith("TEST ONLY.")


@for_each(
    [
        # A base64 or quoted-printable message/rfc822 is what the samples of that name are about.
        *names(
            "pec",
            without=frozenset(
                {"pec-truncated.eml", "pec-no-close-delimiter.eml", "pec-postacert-qp.eml", "pec-postacert-base64.eml"}
            ),
        ),
        *names("smime", without=frozenset({"smime-attached-signed-base64.eml"})),
        *names("ordinary"),
        *names("items"),
    ]
)
def test_samples_that_are_no_malformed_ones_have_no_defects(name: str) -> None:
    found = [defect for part in leaves(SAMPLES[name].data) for defect in part.defects]
    assert found == []


def test_sample_is_plain_data() -> None:
    sample = Sample("a-b.eml", b"", "nothing", "ordinary")
    assert sample.pieces == {}


def test_message_ids_differ() -> None:
    found = Counter(
        str(email.message_from_bytes(sample.data)["Message-ID"])
        for sample in TEXTS.values()
        if b"Message-ID:" in sample.data
    )
    assert [value for value, count in found.items() if count > 1 and value != "None"] == []
