"""What the caller says of the organisation, and what a hostile file may cost."""

from __future__ import annotations

import dataclasses
import pickle
import tomllib
from typing import TYPE_CHECKING, Any

import pytest

import pecdetect
from pecdetect import Channel, Limits, Profile
from pecdetect.profile import DEFAULT_BLOCKED_EXTENSIONS, PROFILE_FIELDS

if TYPE_CHECKING:
    from pathlib import Path

MAIL = b"From: a@example.org\r\nTo: b@example.org\r\nMessage-ID: <1@example.org>\r\n\r\nx\r\n"


def test_defaults() -> None:
    profile = Profile()
    assert profile.channel is Channel.EXCHANGE
    assert (profile.max_attachment_kb, profile.max_message_mb) == (5120, 150)
    assert profile.blocked_extensions == DEFAULT_BLOCKED_EXTENSIONS
    assert {"exe", "js", "svg"} <= profile.blocked_extensions
    assert (profile.irm_sync, profile.known_addresses, profile.tracks_all) == (None, None, None)
    assert profile.forward_mailbox is False
    assert profile.given == frozenset()


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("channel", "pop-imap", Channel.POP_IMAP),
        ("channel", Channel.EMAIL_ROUTER, Channel.EMAIL_ROUTER),
        ("max_attachment_kb", 1, 1),
        ("max_message_mb", 25, 25),
        ("blocked_extensions", [".EXE", " js ", "..bat"], frozenset({"exe", "js", "bat"})),
        ("blocked_extensions", [], frozenset()),
        ("known_addresses", ("Sales@Example.ORG ",), frozenset({"sales@example.org"})),
        ("known_addresses", set(), frozenset()),
        ("irm_sync", False, False),
        ("tracks_all", True, True),
        ("forward_mailbox", True, True),
    ],
)
def test_values_are_coerced_and_noted_as_given(field: str, value: Any, kept: Any) -> None:
    profile = Profile(**{field: value})
    assert getattr(profile, field) == kept
    assert type(getattr(profile, field)) is type(kept)
    assert profile.given == {field}


@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        ({"channel": "fax"}, ValueError, "fax"),
        ({"max_attachment_kb": 0}, ValueError, "max_attachment_kb must be positive"),
        ({"max_message_mb": -1}, ValueError, "max_message_mb must be positive"),
        ({"max_message_mb": "150"}, TypeError, "max_message_mb must be a whole number, not str"),
        ({"max_message_mb": 1.5}, TypeError, "max_message_mb"),
        ({"max_attachment_kb": True}, TypeError, "max_attachment_kb"),
        ({"blocked_extensions": "exe"}, TypeError, "blocked_extensions must be a list"),
        ({"known_addresses": "a@example.org"}, TypeError, "known_addresses must be a list"),
        ({"known_addresses": [1]}, TypeError, "known_addresses"),
        ({"irm_sync": "no"}, TypeError, "irm_sync must be true or false"),
        ({"tracks_all": 1}, TypeError, "tracks_all"),
        ({"forward_mailbox": "yes"}, TypeError, "forward_mailbox"),
    ],
)
def test_values_that_make_no_sense_are_refused(values: dict[str, Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        Profile(**values)
    with pytest.raises(error, match=words):
        Profile.from_mapping(values)


def test_unknown_fields_are_refused_with_the_known_ones_named() -> None:
    with pytest.raises(ValueError, match="unknown profile field: colour, size") as raised:
        Profile.from_mapping({"size": 1, "colour": 2, "channel": "exchange"})
    for name in PROFILE_FIELDS:
        assert name in str(raised.value)
    with pytest.raises(TypeError):
        Profile(colour=2)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Profile("exchange")  # type: ignore[call-arg]


TOML = """
channel = "email-router"
max_attachment_kb = 10240
blocked_extensions = ["exe", ".JS"]
irm_sync = false
known_addresses = ["Sales@example.org"]
tracks_all = true
"""


@pytest.mark.parametrize("text", [TOML, f"[profile]\n{TOML}", f"title = 'ours'\n[profile]\n{TOML}"])
def test_toml(text: str, tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_text(text, encoding="utf-8")
    profile = Profile.from_toml(path)
    assert profile == Profile.from_toml(str(path))
    assert profile.channel is Channel.EMAIL_ROUTER
    assert profile.blocked_extensions == {"exe", "js"}
    assert profile.known_addresses == frozenset({"sales@example.org"})
    assert profile.given == {*PROFILE_FIELDS} - {"max_message_mb", "forward_mailbox"}


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"channel = ", tomllib.TOMLDecodeError),
        (b"\xff\xfe", ValueError),
        (b"channel = 'fax'", ValueError),
        (b"max_message_mb = 1.5", TypeError),
        (b"[profile]\ncolour = 1", ValueError),
        (b"colour = 1", ValueError),
        (b"known_addresses = [1]", TypeError),
    ],
)
def test_bad_toml(data: bytes, error: type[Exception], tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(data)
    with pytest.raises(error):
        Profile.from_toml(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Profile.from_toml(tmp_path / "none.toml")


@pytest.mark.parametrize("data", [b"profile = 1", b"profile = ['channel']", b"profile = 'x'"])
def test_a_profile_that_is_no_table(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "profile.toml"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r".+"):
        Profile.from_toml(path)


def test_profiles_are_values() -> None:
    one = Profile(channel="pop-imap", known_addresses=["b@example.org"])
    same = Profile(channel=Channel.POP_IMAP, known_addresses={"B@example.org"})
    assert one == same
    assert hash(one) == hash(same)
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own bytes
    assert pickle.loads(pickle.dumps(one)).given == one.given  # noqa: S301 - as above
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.channel = Channel.EXCHANGE  # type: ignore[misc]
    # A default that is said and one that is not judge alike; only what is assumed differs.
    assert Profile(max_message_mb=150) == Profile()
    assert Profile(max_message_mb=150).given != Profile().given


def test_what_was_given_is_in_the_verdict() -> None:
    mail = MAIL.replace(b"To: b@example.org\r\n", b"")
    default, said = (
        next(r for r in pecdetect.classify(mail, profile=p).reasons if r.code == "no-visible-recipient")
        for p in (Profile(), Profile(tracks_all=False))
    )
    assert [(a.field, a.value, a.given) for a in default.assumes] == [("tracks_all", None, False)]
    assert [(a.field, a.value, a.given) for a in said.assumes] == [("tracks_all", False, True)]


# -- Limits --


def test_limits_are_values_with_positive_defaults() -> None:
    limits = Limits()
    assert limits == Limits()
    assert pickle.loads(pickle.dumps(limits)) == limits  # noqa: S301 - our own bytes
    assert all(getattr(limits, field.name) > 0 for field in dataclasses.fields(limits))
    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.depth = 1  # type: ignore[misc]


@pytest.mark.parametrize(
    ("limits", "size", "budget"),
    [
        (Limits(), 0, 16 * 1024 * 1024),
        (Limits(), 1_000_000, 4_000_000 + 16 * 1024 * 1024),
        (Limits(), 1024**3, 1024**3),
        (Limits(decoded_factor=1, decoded_extra=0), 500, 500),
        (Limits(decoded_bytes=100), 500, 100),
    ],
)
def test_the_budget_grows_with_the_file_up_to_a_bound(limits: Limits, size: int, budget: int) -> None:
    assert limits.decoded_budget(size) == budget


def nested(depth: int) -> bytes:
    open_, close = [], []
    for at in range(depth):
        open_.append(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at))
        close.append(b"\r\n--b%d--" % at)
    return MAIL.partition(b"\r\n\r\n")[0] + b"\r\n" + b"".join(open_) + b"\r\nx" + b"".join(reversed(close)) + b"\r\n"


def messages(depth: int) -> bytes:
    return (b"From: a@example.org\r\nTo: b@example.org\r\nContent-Type: message/rfc822\r\n\r\n") * depth + MAIL


def parts(count: int) -> bytes:
    head = MAIL.partition(b"\r\n\r\n")[0] + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    return head + b"--b\r\n\r\nx\r\n" * count + b"--b--\r\n"


@pytest.mark.parametrize(
    ("data", "limits", "name"),
    [
        (nested(12), Limits(depth=10), "depth"),
        (nested(120), Limits(), "depth"),
        (messages(12), Limits(embedded=10), "embedded"),
        (messages(60), Limits(), "embedded"),
        (parts(30), Limits(parts=20), "parts"),
        (parts(11_000), Limits(), "parts"),
        (b"X: y\r\n" * 30 + MAIL, Limits(fields=20), "fields"),
        (b"X: y\r\n" * 3000 + MAIL, Limits(), "fields"),
        (b"X: " + b"y" * 200 + b"\r\n" + MAIL, Limits(field_bytes=100), "field_bytes"),
        (b"X: " + b"y\r\n " * 100_000 + b"\r\n" + MAIL, Limits(), "field_bytes"),
        (MAIL, Limits(header_bytes=30), "header_bytes"),
        (b"Content-Type: text/plain" + b"; a=b" * 300 + b"\r\n" + MAIL, Limits(), "parameters"),
        (MAIL, Limits(message_bytes=60), "message_bytes"),
    ],
)
def test_a_limit_that_is_hit_is_said_and_rules_syncs_out(data: bytes, limits: Limits, name: str) -> None:
    verdict = pecdetect.classify(data, limits=limits)
    assert name in {hit.name for hit in verdict.limits_hit}
    assert "limit-reached" in {reason.code for reason in verdict.reasons}
    assert verdict.outcome is not pecdetect.Outcome.SYNCS
    for hit in verdict.limits_hit:
        assert hit.value > hit.limit
        assert hit.limit == getattr(limits, hit.name)


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (nested(10), Limits(depth=10)),
        (messages(10), Limits(embedded=10)),
        (parts(19), Limits(parts=20)),
        (MAIL, Limits(fields=3)),
        (MAIL, Limits(message_bytes=len(MAIL))),
    ],
)
def test_what_is_within_a_limit_hits_none(data: bytes, limits: Limits) -> None:
    assert pecdetect.classify(data, limits=limits).limits_hit == ()


def test_the_budget_of_decoded_bytes() -> None:
    """A message that is base64 in base64 in base64 grows no tree beyond the budget."""
    import base64

    data = MAIL + b"x" * 3000
    for _ in range(5):
        head = b"From: a@example.org\r\nContent-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        data = head + base64.encodebytes(data)
    limits = Limits(decoded_factor=1, decoded_extra=0)
    verdict = pecdetect.classify(data, limits=limits)
    assert {hit.name for hit in verdict.limits_hit} == {"decoded_bytes"}
    assert pecdetect.classify(data).limits_hit == ()
