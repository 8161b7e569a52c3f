"""The JSON contract: keys and their order, schemas, null for what is absent, and reading back only what fits."""

from __future__ import annotations

import json
import pickle
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource

import pecdetect
from make_schemas import schemas
from pecdetect import contract
from pecdetect.contract import (
    ContractError,
    Problem,
    Result,
    Source,
    Value,
    decode,
    decode_verdict,
    encodable,
    encode,
    file_name,
    problem,
)
from pecdetect.detect.detect import part_row
from pecdetect.detect.findings import Check, Claim, Signature, Unopened
from pecdetect.detect.pec.daticert import Recipient
from pecdetect.evidence import Evidence
from pecdetect.limits import Limits
from pecdetect.parsing.header import Buffer
from pecdetect.parsing.message import Message
from pecdetect.profile import PROFILE_FIELDS, Channel
from policy.expected import CASES, pec_envelope
from policy.factory import attachment, box, envelope, findings, judged, pec, pgp, place, rights, smime, system
from support.contracts import anomaly, limit_hit, row
from support.samples import all_samples
from support.values import changed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.contract import Verdict

SCHEMAS = Path(pecdetect.__file__).parent / "schema"
VERDICT, RESULT = (json.loads((SCHEMAS / f"{name}-1.json").read_text("utf-8")) for name in ("verdict", "result"))
REGISTRY: Registry[Any] = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema)) for schema in (VERDICT, RESULT)
)
VERDICTS = Draft202012Validator(VERDICT, registry=REGISTRY)
RESULTS = Draft202012Validator(RESULT, registry=REGISTRY)

NASTY = "\ud800 \udc80 \U0001f4e7 \x1b[31m"


def full() -> Verdict:
    """A verdict in which nothing is empty."""
    found = pec_envelope(
        pec(
            recipients=(Recipient("b@example.org", "esterno"), Recipient("c@pec.example.it", None)),
            checks=(Check("A10", "pass", {"message_id_agrees": True}), Check("A15", "warn", {"minutes": 1})),
            receipt="completa",
            error="5.1.1",
        ),
        pgp=(pgp("encrypted", part="1.3/", inside="postacert"), pgp()),
        rights=(rights(), rights(inside="postacert", part="1.3/2")),
        systems=(system(),),
        parts=(row("", "multipart/signed"), changed(row("1.3/", "text/plain"), stream="decoded:1.3", name="a.txt")),
        anomalies=(anomaly("duplicate-content-type", "high", "1", 5, 9),),
        limits_hit=(limit_hit("depth", 101, 100, "1.1"),),
    )
    source = Source(name="busta.eml", size=41234, sha256="0" * 64)
    return changed(judged(found, known_addresses=["b@example.org", "a@example.org"]), source=source)


def strings(value: Any) -> Iterator[str]:
    stack = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, dict):
            stack += [*top, *top.values()]
        elif isinstance(top, list):
            stack += top
        elif isinstance(top, str):
            yield top


# -- Schemas --


def test_the_schemas_are_schemas() -> None:
    for schema in (VERDICT, RESULT):
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_schemas_are_made_from_the_contract() -> None:
    assert schemas() == {path.name: path.read_text("utf-8") for path in SCHEMAS.glob("*.json")}


def test_the_schemas_leave_room_for_later_fields() -> None:
    """A reader ignores fields that it does not know; only ``inside`` may be absent."""
    optional: set[str] = set()
    stack: list[Any] = [VERDICT, RESULT]
    while stack:
        schema = stack.pop()
        if isinstance(schema, list):
            stack += schema
        elif isinstance(schema, dict):
            assert schema.get("additionalProperties", True) is not False
            if schema.get("type") == "object" and "required" in schema:
                optional |= set(schema["properties"]) - set(schema["required"])
            stack += schema.values()
    assert optional == {"inside"}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.label}")
def test_every_verdict_fits_the_schema_and_reads_back(case: Any) -> None:
    for channel in Channel:
        verdict = judged(case.findings, channel=channel, **case.profile)
        VERDICTS.validate(verdict.to_dict())
        assert decode_verdict(verdict.to_json()) == verdict


def spoilt(path: str, value: Any) -> dict[str, Any]:
    """A full verdict with one value put in place, or added."""
    whole = full().to_dict()
    *steps, last = path.split(".")
    target: Any = whole
    for step in steps:
        target = target[int(step) if step.isdigit() else step]
    target[int(last) if last.isdigit() else last] = value
    return whole


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schema", "pecdetect/verdict/2"),
        ("outcome", "ok"),
        ("can_sync", "no"),
        ("outcome_basis", "guessed"),
        ("decided_by.0", "Pec_Envelope"),
        ("container", "pst"),
        ("source.sha256", "XYZ"),
        ("source.size", -1),
        ("source.size", 2**63),
        ("profile.channel", "exchange-online"),
        ("profile.blocked_extensions", None),
        ("message.subject", ""),
        ("message.kind", "mail"),
        ("message.to", None),
        ("message.date", ""),
        ("pec.type", "busta"),
        ("pec.layout", "signed"),
        ("pec.signature.present", None),
        ("pec.checks.0.result", "ok"),
        ("pec.checks.0.facts", {"x": 1.5}),
        ("pec.error", ""),
        ("smime.0.kind", "signed"),
        ("smime.0.position", "middle"),
        ("pgp.0.inside", "elsewhere"),
        ("pgp.0.form", "pgp"),
        ("rights.0.kind", "ome"),
        ("systems.0.confidence", "sure"),
        ("reasons.0.effect", "block"),
        ("reasons.0.facts", {"names": [1]}),
        ("reasons.0.evidence.0.excerpt", ""),
        ("reasons.0.evidence.0.reading", "first"),
        ("reasons.0.evidence.0.stream", "file"),
        ("reasons.0.assumes", None),
        ("attachments.0.name", ""),
        ("attachments.0.size", "5"),
        ("parts.0.section", "one"),
        ("anomalies.0.severity", "medium"),
        ("limits_hit.0.value", 1.5),
    ],
)
def test_schema_and_reader_refuse_what_is_not_in_the_contract(path: str, value: Any) -> None:
    whole = spoilt(path, value)
    with pytest.raises(ValidationError):
        VERDICTS.validate(whole)
    with pytest.raises(ContractError):
        decode_verdict(json.dumps(whole))


@pytest.mark.parametrize("key", ["schema", "pec", "summary", "can_sync", "limits_hit", "claims"])
def test_schema_and_reader_refuse_a_missing_key(key: str) -> None:
    whole = full().to_dict()
    del whole[key]
    with pytest.raises(ValidationError):
        VERDICTS.validate(whole)
    with pytest.raises(ContractError):
        decode_verdict(json.dumps(whole))


@pytest.mark.parametrize("path", ["extra", "message.extra", "pec.extra", "profile.extra"])
def test_schema_and_reader_ignore_what_a_later_version_adds(path: str) -> None:
    whole = spoilt(path, {"new": [1, None, "x"]})
    VERDICTS.validate(whole)
    assert decode_verdict(json.dumps(whole)) == full()


def test_assumptions_name_fields_of_the_profile() -> None:
    used = set(contract.ProfileUsed.__struct_fields__)
    assert used == PROFILE_FIELDS
    assumed = {entry.field for case in CASES for r in judged(case.findings).reasons for entry in r.assumes}
    assert assumed
    assert assumed <= used


# -- Verdicts --


def keys(value: dict[str, Any]) -> str:
    return " ".join(value)


def test_keys_and_their_order() -> None:
    value = full().to_dict()
    assert keys(value) == (
        "schema generator source container outcome can_sync outcome_basis decided_by summary profile message pec smime "
        "pgp rights systems reasons references attachments parts anomalies limits_hit unopened signatures claims"
    )
    assert keys(value["source"]) == "name size sha256"
    assert next(iter(value["profile"])) == "channel"
    assert keys(value["message"]) == "message_id date from to cc subject message_class kind enclosed"
    assert keys(value["pec"]) == (
        "type layout certified signature claimed_by consistent header_agrees checks type_raw final receipt virus "
        "provider sender recipients delivered_to taken_in_charge identifier original_message_id subject time error "
        "error_code daticert postacert"
    )
    assert (
        keys(value["smime"][0])
        == "kind position part reading signer digest smime_type intact document layers header_protection"
    )
    assert keys(value["pgp"][0]) == "kind form position part reading inside"
    assert keys(value["pgp"][1]) == "kind form position part reading"
    assert keys(value["rights"][1]) == "kind name position part reading inside"
    assert keys(value["systems"][0]) == "name confidence position part reading"
    reason = value["reasons"][0]
    assert keys(reason) == "code variant effect basis title detail facts evidence assumes remedies references"
    assert keys(reason["evidence"][0]) == "part start end stream excerpt reading dialect"
    assert keys(value["references"][0]) == "id url read"
    assert keys(value["attachments"][0]) == "part name type size size_at_most size_stated sha256 hidden_in inline"
    assert keys(value["parts"][0]) == "section stream type name encoding start end size"
    assert keys(value["anomalies"][0]) == "code severity part stream start end reading"
    assert keys(value["limits_hit"][0]) == "name value limit part"


def test_values() -> None:
    value = full().to_dict()
    assert value["schema"] == "pecdetect/verdict/1"
    assert value["generator"] == {"version": pecdetect.__version__, "rules": "2026-11"}
    assert value["source"] == {"name": "busta.eml", "size": 41234, "sha256": "0" * 64}
    assert (value["outcome"], value["can_sync"], value["outcome_basis"]) == ("blocked", False, "documented")
    assert value["decided_by"] == ["pec-transport-envelope"]
    assert value["message"]["from"] == "sender@example.org"
    assert value["message"]["to"] == ["recipient@example.org"]
    assert value["message"]["cc"] == []
    assert value["profile"]["blocked_extensions"] == sorted(value["profile"]["blocked_extensions"])
    assert value["profile"]["known_addresses"] == ["a@example.org", "b@example.org"]
    assert value["parts"][1]["size"] == 9
    assert value["pec"]["recipients"] == [
        {"address": "b@example.org", "type": "esterno"},
        {"address": "c@pec.example.it", "type": None},
    ]
    assert value["pec"]["signature"] == {"present": True, "intact": None, "valid": None, "trusted": None}
    assert value["pec"]["claimed_by"] == [{"source": "X-Trasporto", "value": "posta-certificata"}]
    assert (value["pec"]["daticert"], value["pec"]["postacert"]) == ("1.2", "1.3")
    assert value["pgp"][0]["inside"] == "postacert"
    known = next(found for found in value["reasons"] if found["code"] == "recipient-not-known")
    assert known["assumes"] == [
        {"field": "known_addresses", "value": ["a@example.org", "b@example.org"], "given": True},
        {"field": "tracks_all", "value": None, "given": False},
    ]
    cited = {ident for found in value["reasons"] for ident in found["references"]}
    assert {entry["id"] for entry in value["references"]} == cited
    assert all(entry["url"].startswith("https://") and entry["read"] >= "2026" for entry in value["references"])


def test_a_bound_is_no_size() -> None:
    found = (attachment("a.pdf", 5), attachment("b.pdf", 9, part="3", exact=False, size_min=3))
    sizes = [(a["size"], a["size_at_most"]) for a in judged(findings(attachments=found)).to_dict()["attachments"]]
    assert sizes == [(5, None), (None, 9)]


def test_what_is_absent_is_null() -> None:
    bare = envelope(
        message_id="",
        raw_date=None,
        sender=(box(None, "none"), box("b@example.org")),
        to=(box(None, "none"), box("")),
        raw_subject="",
        message_class="",
    )
    value = judged(findings(envelope=bare, attachments=(attachment("", 5),))).to_dict()
    assert value["message"] == {
        "message_id": None,
        "date": None,
        "from": "b@example.org",
        "to": [],
        "cc": [],
        "subject": None,
        "message_class": None,
        "kind": "email",
        "enclosed": None,
    }
    assert (value["pec"], value["signatures"], value["claims"]) == (None, None, None)
    assert value["attachments"][0]["name"] is None
    assert judged(findings(envelope=envelope(sender=()))).to_dict()["message"]["from"] is None
    nameless = changed(judged(findings()), source=Source(name=None, size=3, sha256=None)).to_dict()
    assert nameless["source"] == {"name": None, "size": 3, "sha256": None}


def test_every_string_can_be_encoded() -> None:
    nasty = place(NASTY)
    message = Message(Buffer(b"", "msg:" + NASTY), 0, Limits())
    part = message.root
    part.name = part.content_type = part.encoding = NASTY
    message.note("outlook-damaged-directory", "high", part, 0, 0)
    found = findings(
        envelope=envelope(
            message_id=NASTY, raw_subject=NASTY, message_class=NASTY, sender=(box(NASTY, "lenient"),), to=(box(NASTY),)
        ),
        pec=pec(
            "other",
            type_raw=NASTY,
            claimed_by=(Claim("X-Trasporto", NASTY, nasty),),
            consistent=False,
            checks=(Check("A19", "fail", {"repeated": (NASTY,), "repeated_count": 12}),),
            receipt=NASTY,
            provider=NASTY,
            recipients=(Recipient(NASTY, NASTY),),
            error=NASTY,
            evidence=(nasty,),
        ),
        smime=(smime(signer=NASTY, digest=NASTY, smime_type=NASTY),),
        systems=(system(NASTY),),
        attachments=(attachment(NASTY, type=NASTY),),
        parts=(part_row(part),),
        anomalies=tuple(message.anomalies),
    )
    verdict = judged(found, known_addresses=[NASTY], blocked_extensions=[NASTY])
    assert decode_verdict(encode(verdict)) == verdict
    value = verdict.to_dict()
    for text in strings(value):
        text.encode()
    assert "\ufffd" in value["message"]["subject"]
    assert "\U0001f4e7" in value["message"]["subject"]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", ""),
        ("città 📧", "città 📧"),
        ("\ud800x", "\ufffdx"),
        ("\udc80", "\ufffd"),
        ("\ud83d\udce7", "📧"),
        ("\udce7\ud83d", "\ufffd\ufffd"),
    ],
)
def test_lone_surrogates_are_replaced(text: str, wanted: str) -> None:
    assert encodable(text) == wanted


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("a.eml", "a.eml"),
        ("citt\udce0.eml", r"citt\xe0.eml"),
        ("\udcc3\udca0.eml", "à.eml"),
        ("\ud800.eml", "\ufffd.eml"),
    ],
)
def test_bytes_of_a_file_name_stay_visible(name: str, wanted: str) -> None:
    assert file_name(name) == wanted


def test_evidence_outside_the_file_names_its_stream() -> None:
    elsewhere = Evidence("1.2", 0, 4, "text", "decoded:1.2", "alternate", "boundary=last")
    value = judged(findings(unopened=(Unopened("unknown-encoding", elsewhere),))).to_dict()
    assert value["unopened"] == [{"part": "1.2", "why": "unknown-encoding"}]
    assert value["reasons"][0]["evidence"] == [
        {
            "part": "1.2",
            "start": 0,
            "end": 4,
            "stream": "decoded:1.2",
            "excerpt": "text",
            "reading": "alternate",
            "dialect": "boundary=last",
        }
    ]


def test_signature_states_are_three_words() -> None:
    states = Signature(present=True, intact=True, valid=False, trusted=None)
    value = judged(pec_envelope(pec(signature=states))).to_dict()["pec"]["signature"]
    assert value == {"present": True, "intact": True, "valid": False, "trusted": None}


# -- Results --

NOT_A_MESSAGE = problem("not-a-message", "The file holds no e-mail.")


def result(source: str = "a", **values: Any) -> Result:
    return Result(
        schema="pecdetect/result/1", source=source, **{"verdict": None, "skipped": None, "error": None} | values
    )


def test_a_result_holds_a_verdict_or_says_why_not() -> None:
    with_verdict = contract.judged("busta.eml", full())
    assert list(with_verdict.to_dict()) == ["schema", "source", "verdict", "skipped", "error"]
    assert with_verdict.to_dict()["verdict"] == full().to_dict()
    assert contract.skipped("a.jpg", NOT_A_MESSAGE).to_dict() == {
        "schema": "pecdetect/result/1",
        "source": "a.jpg",
        "verdict": None,
        "skipped": {"code": "not-a-message", "detail": "The file holds no e-mail.", "facts": {}},
        "error": None,
    }
    for each in (with_verdict, contract.skipped("a", NOT_A_MESSAGE), contract.failed("a", NOT_A_MESSAGE)):
        RESULTS.validate(each.to_dict())
        assert decode(encode(each)) == each


def test_a_result_is_one_thing() -> None:
    for verdict, skipped, error in product((None, full()), (None, NOT_A_MESSAGE), (None, NOT_A_MESSAGE)):
        values: dict[str, Any] = {"verdict": verdict, "skipped": skipped, "error": error}
        if list(values.values()).count(None) == 2:
            RESULTS.validate(result(**values).to_dict())
            continue
        with pytest.raises(ValueError, match="exactly one"):
            result(**values)
        line = contract.skipped("a", NOT_A_MESSAGE).to_dict()
        plain = {"code": "not-a-message", "detail": "x", "facts": {}}
        given = {"verdict": full().to_dict(), "skipped": plain, "error": plain}
        line |= {name: given[name] if value else None for name, value in values.items()}
        with pytest.raises(ContractError):
            decode(json.dumps(line))
        with pytest.raises(ValidationError):
            RESULTS.validate(line)


def test_the_name_of_a_result_can_be_encoded() -> None:
    value = contract.failed("citt\udce0.eml", problem("unreadable", "\ud800", path="\ud800")).to_dict()
    assert value["source"] == r"citt\xe0.eml"
    assert value["error"] == {"code": "unreadable", "detail": "\ufffd", "facts": {"path": "\ufffd"}}


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[",
        b"null",
        b"NaN",
        b"\xff\xfe",
        b'{"schema":' + b"[" * 200_000,
        b'{"schema":"pecdetect/result/1","new":' + b"[" * 200_000,
        b'{"schema":"pecdetect/result/1","source":"\xed\xa0\x80","verdict":null,"skipped":null,"error":null}',
        '{"schema":"pecdetect/result/1","source":"\ud800","verdict":null,"skipped":null,"error":null}',
        b'{"schema":"pecdetect/result/1","source":"a","verdict":{},"skipped":null,"error":null}',
        b'{"schema":"pecdetect/result/1","source":"a","verdict":null,"skipped":null,"error":{"code":1}}',
    ],
)
def test_what_is_no_result_gets_the_typed_refusal(line: bytes | str) -> None:
    with pytest.raises(ContractError):
        decode(line)


def test_what_json_has_no_word_for_is_refused() -> None:
    for word in ("NaN", "Infinity", "1e400"):
        with pytest.raises(ContractError):
            decode_verdict(full().to_json().replace('"size":41234', f'"size":{word}'))


@pytest.mark.parametrize("name", ['a"b.pdf', "\udc80.pdf", "\x1b[2J\x7f\u2028.pdf", "\U0001f600.pdf", "x" * 300_000])
def test_a_line_is_ascii_whatever_mail_says(name: str) -> None:
    part = Message(Buffer(b""), 0, Limits()).root
    part.name, part.content_type = name, 'a"/\udcff'
    verdict = judged(findings(parts=(part_row(part),)))
    line = encode(contract.judged("m\udcff\n.eml", verdict))
    assert line.isascii()
    assert not any(byte < 32 or byte == 127 for byte in line)
    back = decode(line)
    assert back.verdict == verdict
    assert json.loads(line) == back.to_dict()


def test_samples_read_back_and_fit_the_schemas() -> None:
    wrong = []
    for path in all_samples():
        judged_ = contract.judged(str(path), pecdetect.classify(path, hash=True))
        line = encode(judged_)
        values = json.loads(line)
        if decode(line) != judged_ or judged_.to_dict() != values or encode(decode(line)) != line:
            wrong.append(path.name)
        RESULTS.validate(values)
    assert wrong == []


# -- Values --


def test_every_repr_is_one_short_line() -> None:
    def walk(value: Any) -> Iterator[Value]:
        stack = [value]
        while stack:
            top = stack.pop()
            if isinstance(top, Value):
                yield top
                stack += [getattr(top, name) for name in top.__struct_fields__]
            elif isinstance(top, tuple):
                stack += top

    long = changed(full(), message=changed(full().message, subject="x\n" * 5000))
    shown = [repr(value) for value in walk(contract.judged("y" * 5000, long))]
    assert len(shown) > 30
    assert max(map(len, shown)) <= 250
    assert not any("\n" in text for text in shown)
    assert repr(full()) == "<Verdict blocked: pec-transport-envelope 'Offer'>"
    assert repr(full().reasons[0]) == "<Reason pec-transport-envelope: blocks, documented>"
    assert repr(contract.skipped("a.jpg", NOT_A_MESSAGE)) == "<Result 'a.jpg' skipped: not-a-message>"


def test_values_are_frozen_comparable_and_picklable() -> None:
    one, two = full(), full()
    assert one == two
    assert pickle.loads(pickle.dumps(one)) == one  # noqa: S301 - our own
    with pytest.raises(AttributeError):
        one.summary = "x"  # type: ignore[misc]
    assert not hasattr(one, "__dict__")
    assert isinstance(contract.failed("a", NOT_A_MESSAGE).error, Problem)


def test_every_literal_of_the_contract_is_in_the_schema() -> None:
    text = json.dumps(VERDICT)
    for words in (contract.PecType, contract.PecLayout, contract.SmimeKind, contract.Kind, contract.Position):
        for word in get_args(words):
            assert f'"{word}"' in text
