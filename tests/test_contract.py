"""The JSON contract: keys and their order, schemas, null for what is absent, and strings that can be encoded."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast, get_args

import pytest
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from policy.expected import CASES, envelope
from policy.factory import (
    attachment,
    box,
    findings,
    item,
    judged,
    pec,
    pgp,
    place,
    reason,
    rights,
    row,
    smime,
    system,
)
from referencing import Registry, Resource
from support.samples import all_samples
from values import changed as replace

import pecdetect
from pecdetect.contract import _part_kind_line, dump, encodable, file_name, result_line, result_to_dict, verdict_to_dict
from pecdetect.detect.findings import (
    PEC_TYPES,
    Check,
    CheckResult,
    Claim,
    Kind,
    PecLayout,
    Position,
    Signature,
    SmimeKind,
)
from pecdetect.detect.pec.daticert import Recipient
from pecdetect.evidence import Evidence, Reading
from pecdetect.limits import LimitHit
from pecdetect.parsing.message import Anomaly, Container, Severity
from pecdetect.profile import PROFILE_FIELDS, Channel
from pecdetect.result import Problem, Result
from pecdetect.verdict import Basis, Effect, Outcome, Source

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.verdict import Verdict

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
    found = envelope(
        pec(
            recipients=(Recipient("b@example.org", "esterno"), Recipient("c@pec.example.it", None)),
            checks=(Check("A10", "pass", "Message-ID = identificativo"), Check("A15", "warn", "")),
            receipt="completa",
            error="5.1.1",
        ),
        pgp=(pgp("encrypted", part="1.3/", inside="postacert"), pgp()),
        rights=(rights(), rights(inside="postacert", part="1.3/2")),
        systems=(system(),),
        parts=(row("", "multipart/signed"), replace(row("1.3/", "text/plain"), stream="decoded:1.3", name="a.txt")),
        anomalies=(Anomaly("duplicate-content-type", "high", "1", 5, 9),),
        limits_hit=(LimitHit("depth", 101, 100, "1.1"),),
    )
    source = Source("busta.eml", 41234, "0" * 64)
    return replace(judged(found, known_addresses=["b@example.org", "a@example.org"]), source=source)


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


def test_the_schemas_are_schemas() -> None:
    for schema in (VERDICT, RESULT):
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_every_object_of_the_schemas_is_closed() -> None:
    stack = [VERDICT, RESULT]
    objects = 0
    while stack:
        schema = stack.pop()
        if isinstance(schema, list):
            stack += schema
        elif isinstance(schema, dict):
            if "properties" in schema and "type" in schema:
                objects += 1
                assert schema["additionalProperties"] is False
                assert set(schema["properties"]) - set(schema["required"]) <= {"inside"}
            stack += schema.values()
    assert objects > 20


def test_keys_and_their_order() -> None:
    value = full().to_dict()
    assert list(value) == [
        "schema",
        "generator",
        "source",
        "container",
        "outcome",
        "can_sync",
        "outcome_basis",
        "decided_by",
        "summary",
        "profile",
        "message",
        "pec",
        "smime",
        "pgp",
        "rights",
        "systems",
        "reasons",
        "attachments",
        "parts",
        "anomalies",
        "limits_hit",
    ]
    assert list(value["source"]) == ["name", "size", "sha256"]
    assert next(iter(value["profile"])) == "channel"
    assert set(value["profile"]) == PROFILE_FIELDS
    assert list(value["message"]) == ["message_id", "date", "from", "to", "cc", "subject", "message_class", "kind"]
    assert list(value["pec"]) == [
        "type",
        "layout",
        "certified",
        "signature",
        "claimed_by",
        "consistent",
        "checks",
        "type_raw",
        "final",
        "receipt",
        "virus",
        "provider",
        "sender",
        "recipients",
        "identifier",
        "original_message_id",
        "subject",
        "time",
        "error",
        "daticert",
        "postacert",
    ]
    assert list(value["smime"][0]) == ["kind", "position", "part", "reading", "signer", "digest", "smime_type"]
    assert list(value["pgp"][0]) == ["kind", "form", "position", "part", "reading", "inside"]
    assert list(value["pgp"][1]) == ["kind", "form", "position", "part", "reading"]
    assert list(value["rights"][1]) == ["kind", "position", "part", "reading", "inside"]
    assert list(value["systems"][0]) == ["name", "confidence", "position", "part", "reading"]
    assert list(value["reasons"][0]) == (
        ["code", "effect", "basis", "title", "detail", "evidence", "assumes", "remedies", "references"]
    )
    assert list(value["reasons"][0]["evidence"][0]) == (
        ["part", "start", "end", "stream", "excerpt", "reading", "dialect"]
    )
    assert list(value["attachments"][0]) == ["part", "name", "type", "size", "hidden_in"]
    assert list(value["parts"][0]) == ["section", "stream", "type", "name", "encoding", "start", "end", "size"]
    assert list(value["anomalies"][0]) == ["code", "severity", "part", "stream", "start", "end", "reading"]
    assert list(value["limits_hit"][0]) == ["name", "value", "limit", "part"]


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
    assert value["parts"][1]["size"] == 10
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


def test_what_is_absent_is_null() -> None:
    bare = item(
        message_id="",
        raw_date=None,
        sender=(box(None, "none"), box("b@example.org")),
        to=(box(None, "none"), box("")),
        raw_subject="",
        message_class="",
    )
    value = judged(findings(item=bare, attachments=(attachment("", 5),))).to_dict()
    assert value["message"] == {
        "message_id": None,
        "date": None,
        "from": "b@example.org",
        "to": [],
        "cc": [],
        "subject": None,
        "message_class": None,
        "kind": "email",
    }
    assert value["pec"] is None
    assert value["attachments"][0]["name"] is None
    assert judged(findings(item=item(sender=()))).to_dict()["message"]["from"] is None
    nameless = replace(judged(findings()), source=Source(None, 3, None)).to_dict()
    assert nameless["source"] == {"name": None, "size": 3, "sha256": None}


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.code} {case.label}")
def test_every_verdict_fits_the_schema(case: Any) -> None:
    for channel in Channel:
        VERDICTS.validate(judged(case.findings, channel=channel, **case.profile).to_dict())


def test_a_full_verdict_fits_the_schema() -> None:
    VERDICTS.validate(full().to_dict())
    assert verdict_to_dict(full()) == full().to_dict()


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
        ("extra", 1),
        ("outcome", "ok"),
        ("can_sync", "no"),
        ("outcome_basis", "guessed"),
        ("decided_by.0", "Pec_Envelope"),
        ("container", "pst"),
        ("source.sha256", "XYZ"),
        ("source.size", -1),
        ("profile.channel", "exchange-online"),
        ("profile.extra", 1),
        ("profile.blocked_extensions", None),
        ("message.subject", ""),
        ("message.kind", "mail"),
        ("message.to", None),
        ("message.date", ""),
        ("pec.type", "busta"),
        ("pec.layout", "signed"),
        ("pec.signature.present", None),
        ("pec.checks.0.result", "ok"),
        ("pec.extra", 1),
        ("pec.error", ""),
        ("smime.0.kind", "signed"),
        ("smime.0.position", "middle"),
        ("smime.0.inside", None),
        ("pgp.0.form", "pgp"),
        ("rights.0.kind", "ome"),
        ("systems.0.confidence", "sure"),
        ("reasons.0.effect", "block"),
        ("reasons.0.evidence.0.excerpt", ""),
        ("reasons.0.evidence.0.reading", "first"),
        ("reasons.0.evidence.0.stream", "file"),
        ("reasons.0.assumes", None),
        ("attachments.0.name", ""),
        ("parts.0.section", "one"),
        ("anomalies.0.severity", "medium"),
        ("limits_hit.0.value", 1.5),
    ],
)
def test_the_schema_refuses_what_is_not_in_the_contract(path: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        VERDICTS.validate(spoilt(path, value))


@pytest.mark.parametrize("key", ["pec", "summary", "can_sync", "limits_hit"])
def test_the_schema_refuses_a_missing_key(key: str) -> None:
    whole = full().to_dict()
    del whole[key]
    with pytest.raises(ValidationError):
        VERDICTS.validate(whole)


def enum(*path: str) -> set[str]:
    schema: Any = VERDICT["$defs"][path[0]]
    for step in path[1:]:
        schema = schema.get("items", schema)
        schema = schema["properties"][step]
    if "$ref" in schema:
        schema = VERDICT["$defs"][schema["$ref"].rpartition("/")[2]]
    return set(schema["enum"])


@pytest.mark.parametrize(
    ("path", "values"),
    [
        (("position",), get_args(Position)),
        (("reading",), get_args(Reading)),
        (("basis",), tuple(Basis)),
        (("channel",), tuple(Channel)),
        (("message", "kind"), get_args(Kind)),
        (("pec", "type"), (*PEC_TYPES, "other")),
        (("pec", "layout"), get_args(PecLayout)),
        (("pec", "checks", "result"), get_args(CheckResult)),
        (("smime", "kind"), get_args(SmimeKind)),
        (("reason", "effect"), tuple(Effect)),
        (("anomaly", "severity"), get_args(Severity)),
    ],
)
def test_the_schema_enumerates_what_the_code_does(path: tuple[str, ...], values: tuple[str, ...]) -> None:
    assert enum(*path) == set(values)


def test_the_schema_enumerates_outcomes_and_containers() -> None:
    assert set(VERDICT["properties"]["outcome"]["enum"]) == set(Outcome)
    assert set(VERDICT["properties"]["container"]["enum"]) == set(get_args(Container))
    assumed = VERDICT["$defs"]["reason"]["properties"]["assumes"]["items"]["properties"]["field"]["enum"]
    assert set(assumed) == PROFILE_FIELDS


def test_every_string_can_be_encoded() -> None:
    nasty = place(NASTY)
    found = findings(
        item=item(
            message_id=NASTY, raw_subject=NASTY, message_class=NASTY, sender=(box(NASTY, "lenient"),), to=(box(NASTY),)
        ),
        pec=pec(
            "other",
            type_raw=NASTY,
            claimed_by=(Claim("X-Trasporto", NASTY, nasty),),
            consistent=False,
            checks=(Check("A19", "fail", NASTY),),
            receipt=NASTY,
            provider=NASTY,
            recipients=(Recipient(NASTY, NASTY),),
            error=NASTY,
            evidence=(nasty,),
        ),
        smime=(smime(signer=NASTY, digest=NASTY, smime_type=NASTY),),
        systems=(system(NASTY),),
        attachments=(attachment(NASTY, type=NASTY),),
        parts=(replace(row("", NASTY), name=NASTY, encoding=NASTY),),
    )
    verdict = judged(found, known_addresses=[NASTY], blocked_extensions=[NASTY])
    value = replace(verdict, source=Source(NASTY, 1, None)).to_dict()
    VERDICTS.validate(value)
    for text in strings(value):
        text.encode()
    assert "\ufffd" in value["message"]["subject"]
    assert "\U0001f4e7" in value["message"]["subject"]
    json.dumps(value, ensure_ascii=False).encode()


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
def test_octets_of_a_file_name_stay_visible(name: str, wanted: str) -> None:
    assert file_name(name) == wanted


def test_the_same_verdict_gives_the_same_octets() -> None:
    assert json.dumps(full().to_dict()) == json.dumps(full().to_dict())


# -- Results --


def test_a_result_holds_a_verdict_or_says_why_not() -> None:
    judged_, problem = full(), Problem("not-a-message", "holds no e-mail")
    with_verdict = Result("busta.eml", judged_).to_dict()
    assert list(with_verdict) == ["schema", "source", "verdict", "skipped", "error"]
    assert with_verdict["verdict"] == judged_.to_dict()
    assert Result("a.jpg", skipped=problem).to_dict() == {
        "schema": "pecdetect/result/1",
        "source": "a.jpg",
        "verdict": None,
        "skipped": {"code": "not-a-message", "detail": "holds no e-mail"},
        "error": None,
    }
    for result in (Result("a", judged_), Result("a", skipped=problem), Result("a", error=problem)):
        RESULTS.validate(result.to_dict())


def test_a_result_is_one_thing() -> None:
    problem = Problem("unreadable", "permission denied \ud800")
    for verdict, skipped, error in product((None, full()), (None, problem), (None, problem)):
        value = Result("box.mbox#4711", verdict, skipped, error).to_dict()
        if [verdict, skipped, error].count(None) == 2:
            RESULTS.validate(value)
        else:
            with pytest.raises(ValidationError):
                RESULTS.validate(value)


def test_a_result_with_a_broken_verdict_is_refused() -> None:
    value = Result("a", full()).to_dict()
    cast("dict[str, Any]", value["verdict"])["outcome"] = "ok"
    with pytest.raises(ValidationError):
        RESULTS.validate(value)


def test_the_name_of_a_result_can_be_encoded() -> None:
    value = Result("citt\udce0.eml", error=Problem("unreadable", "\ud800")).to_dict()
    assert value["source"] == r"citt\xe0.eml"
    assert value["error"] == {"code": "unreadable", "detail": "\ufffd"}


def test_evidence_outside_the_file_names_its_stream() -> None:
    elsewhere = Evidence("1.2", 0, 4, "text", "decoded:1.2", "alternate", "boundary=last")
    value = judged(findings(unopened=(elsewhere,))).to_dict()
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
    value = judged(envelope(pec(signature=states))).to_dict()["pec"]["signature"]
    assert value == {"present": True, "intact": True, "valid": False, "trusted": None}


def test_a_reason_is_written_as_it_was_judged() -> None:
    verdict = judged(envelope(pec()))
    found = reason(verdict, "pec-transport-envelope")
    assert found is not None
    written = verdict.to_dict()["reasons"][0]
    assert (written["code"], written["detail"], written["remedies"]) == (
        found.code,
        found.detail,
        list(found.remedies),
    )


@pytest.mark.parametrize("path", all_samples(), ids=lambda path: path.name)
def test_a_line_is_the_values_in_order(path: Path) -> None:
    result = Result(str(path), pecdetect.classify(path, hash=True))
    assert result_line(result) == dump(result_to_dict(result))


@pytest.mark.parametrize(
    "name", ['a"b.pdf', "\udc80.pdf", "\x1b[2J\x7f\u2028.pdf", "\U0001f600.pdf", "", None, "x" * 300_000]
)
def test_a_line_holds_whatever_mail_says(name: str | None) -> None:
    rows = tuple(row(str(number), 'a"/\udcff')._replace(name=name) for number in range(2))
    result = Result("m\udcff\n.eml", judged(findings(parts=rows)))
    assert result_line(result) == dump(result_to_dict(result))


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_json_has_no_word_for_is_not_written(number: float) -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump({"x": number})


def test_what_is_long_is_not_kept() -> None:
    kept = _part_kind_line.cache_info
    result_line(Result("a.eml", judged(findings(parts=(row("7.7.7", "n" * 200),)))))
    before = kept().currsize
    assert before > 0
    result_line(Result("a.eml", judged(findings(parts=(row("7.7.8", "n" * 400),)))))
    assert kept().currsize == before
