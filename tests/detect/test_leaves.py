"""What the body of a leaf hides, and what only looks like it."""

from __future__ import annotations

import pecdetect

CMS = b"MIAGCSqGSIb3DQEHAqCAMIACAQExDzAN\n"
HEAD = b"From: a@example.org\nTo: b@example.com\nMessage-ID: <1@example.org>\n"


def outcome(data: bytes) -> str:
    return pecdetect.classify(data).outcome.value


def test_a_header_with_blanks_before_colons_in_a_text_is_told() -> None:
    hidden = b"\nVa :08\nContent-Type: application/pkcs7-mime\n\n" + CMS
    data = HEAD + b"Content-Type: text/plain; charset=utf-8\n" + hidden
    assert outcome(data) == "undetermined"
    assert outcome(data.replace(b"\n", b"\r\n")) == "undetermined"


def test_cms_before_the_first_delimiter_is_told() -> None:
    head = HEAD + b'Content-Type: multipart/mixed; boundary="=_b1"\n\n'
    rest = b"--=_b1\nContent-Type: text/plain\n\nCiao.\n--=_b1--\n"
    assert outcome(head + rest) == "syncs"
    assert outcome(head + b"Send mail to MIAGCSqGSIb3DQEHAqCA for more.\n\n" + rest) == "undetermined"
