"""What holds for every mail, CMS object and compound file that the strategies build."""

from __future__ import annotations

import base64

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

import pecdetect
from hostile.catalogue import strategies as built
from pecdetect import Outcome

pytestmark = pytest.mark.slow

CAREFREE = {Outcome.SYNCS, Outcome.DEGRADED}
some = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


def codes(data: bytes) -> tuple[Outcome, tuple[str, ...], tuple[str, ...]]:
    verdict = pecdetect.classify(data)
    return verdict.outcome, verdict.decided_by, tuple(anomaly.code for anomaly in verdict.anomalies)


def written(data: bytes) -> None:
    assert pecdetect.classify(data).to_dict()["source"]["size"] == len(data)


@given(built.mails())
@some
def test_any_mail_gets_a_verdict(data: bytes) -> None:
    written(data)


@given(built.mails())
@some
def test_line_ends_change_nothing(data: bytes) -> None:
    assert codes(data) == codes(data.replace(b"\r\n", b"\n"))


@given(built.mails())
@some
def test_what_stands_in_front_of_a_file_changes_nothing(data: bytes) -> None:
    outcome = pecdetect.classify(data).outcome
    assert pecdetect.classify(b"\xef\xbb\xbf" + data).outcome is outcome
    assert pecdetect.classify(b"\r\n" + data).outcome is outcome


@given(built.protected_mails())
@some
def test_a_protected_mail_is_never_carefree(data: bytes) -> None:
    verdict = pecdetect.classify(data)
    assert verdict.outcome not in CAREFREE
    assert "top" in {entity.position for entity in verdict.smime}


@given(built.protected_mails(), st.binary(max_size=200))
@some
def test_bytes_behind_a_protected_mail_do_not_free_it(data: bytes, more: bytes) -> None:
    assert pecdetect.classify(data + more).outcome not in CAREFREE
    assert pecdetect.classify(data + b"\r\n\r\n" + more).outcome not in CAREFREE


@given(built.protected_mails(), st.integers(0, 2**31))
@some
def test_a_protected_mail_that_is_cut_off_is_not_carefree(data: bytes, place: int) -> None:
    start = data.index(b"\r\n\r\n") + 4
    verdict = pecdetect.classify(data[: start + place % (len(data) - start + 1)])
    assert verdict.outcome not in CAREFREE


@given(built.protected_mails(), st.sampled_from((b"7bit", b"base64")))
@some
def test_a_protected_mail_that_is_forwarded_is_still_found(data: bytes, encoding: bytes) -> None:
    inner = base64.encodebytes(data) if encoding == b"base64" else data
    part = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: " + encoding + b"\r\n\r\n" + inner
    forwarded = built.TOP + b"Content-Type: multipart/mixed; boundary=f\r\n\r\n--f\r\n\r\nCiao\r\n--f\r\n" + part
    found = pecdetect.classify(forwarded + b"\r\n--f--\r\n")
    assert {entity.position for entity in found.smime} & {"nested", "attachment"}


@given(built.cms_objects(), st.integers(0, 2**31))
@some
def test_any_cms_object_gets_a_verdict(data: bytes, place: int) -> None:
    head = built.TOP + b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    for content in (data, data[: place % (len(data) + 1)]):
        written(head + content)
        assert pecdetect.classify(head + content).outcome not in CAREFREE


@given(built.values())
@some
def test_any_value_of_asn1_gets_a_verdict(data: bytes) -> None:
    written(built.TOP + b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n" + data)


@given(built.tnef_streams())
@some
def test_any_tnef_stream_gets_a_verdict(data: bytes) -> None:
    written(built.winmail(data))


@given(built.compound_files(), st.integers(0, 2**31))
@some
def test_any_compound_file_gets_a_verdict(data: bytes, place: int) -> None:
    written(data)
    written(data[: place % (len(data) + 1)])
    verdict = pecdetect.classify(data)
    assert verdict.container in {"msg", "unknown"}
