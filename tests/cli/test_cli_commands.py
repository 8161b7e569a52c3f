"""``show``, ``explain``, ``rules``, ``--version``, ``--help``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pecdetect import __version__
from pecdetect._version import RULE_SET
from pecdetect.cli.app import app
from pecdetect.cli.exits import ExitCode, FailOn
from pecdetect.contract import Effect, Outcome
from pecdetect.policy.references import REFERENCES
from pecdetect.policy.remedies import REMEDIES
from pecdetect.policy.rules import CATALOGUE
from pecdetect.profile import PROFILE_FIELDS, Channel
from pecdetect.report.rules import rule_effects
from pecdetect.sentences import say_in_general

MAIL = (
    b"From: a@example.org\r\nTo: b@example.org\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n'
    b"--b\r\nContent-Type: application/pdf; name=offerta.pdf\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment\r\n\r\nJVBERg==\r\n--b--\r\n"
)


def run(*arguments: str, stdin: bytes | None = None, width: int = 100) -> Result:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(app, list(arguments), input=stdin)


def test_show(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(MAIL)
    lines = run("show", str(path)).stdout.splitlines()
    assert lines[0] == str(path)
    assert lines[1] == f"{len(MAIL)} bytes, eml, 3 parts"
    start = MAIL.index(b"Content-Type: application/pdf")
    end = MAIL.index(b"\r\n--b--")
    part = next(line for line in lines if "application/pdf" in line)
    facts = [f"{end - start}", "bytes", f"{start}-{end}", "base64", "offerta.pdf"]
    assert part.split() == ["└─", "2", "application/pdf", *facts]
    assert lines[-1] == "   attachment, at most 8 bytes"


def test_show_standard_input_and_what_is_no_message() -> None:
    assert "3 parts" in run("show", "-", stdin=MAIL).stdout
    result = run("show", "-", stdin=b"\0")
    assert result.exit_code == ExitCode.DONE
    assert "1 byte" in result.stdout


def test_show_what_cannot_be_read(tmp_path: Path) -> None:
    result = run("show", str(tmp_path / "none.eml"))
    assert (result.exit_code, result.stdout) == (ExitCode.UNREADABLE, "")
    assert result.stderr.endswith("none.eml: There is no such file or folder.\n")
    result = run("show", str(tmp_path))
    assert (result.exit_code, result.stdout) == (ExitCode.UNREADABLE, "")
    assert "a folder" in result.stderr


@pytest.mark.parametrize("rule", CATALOGUE, ids=lambda rule: rule.code)
@pytest.mark.parametrize("width", [40, 100])
def test_explain_says_all_that_the_catalogue_says(rule: object, width: int) -> None:
    assert isinstance(rule, type(CATALOGUE[0]))
    result = run("explain", rule.code, width=width)
    assert result.exit_code == ExitCode.DONE
    text = "".join(result.stdout.replace("│", "").split())
    said = [rule.title, rule.detects, rule.why, rule.false_positives]
    said += [say_in_general(row.detail) for row in rule.rows]
    said += [text for ident in rule.remedies for text in (REMEDIES[ident].steps, REMEDIES[ident].loses)]
    said += [REFERENCES[ident].where for row in rule.rows for ident in row.references]
    for words in said:
        assert "".join(words.split()) in text
    lines = [line for line in result.stdout.splitlines() if "https://" not in line]
    assert max(map(len, lines)) <= width


def test_explain_an_unknown_code() -> None:
    result = run("explain", "smime-encripted")
    assert result.exit_code == ExitCode.UNREADABLE
    assert "smime-encrypted" in result.stderr
    result = run("explain", "\x1b[2J")
    assert "\x1b" not in result.stderr
    assert "pecdetect rules lists them all" in " ".join(result.stderr.split())


def test_rules_are_all_listed() -> None:
    wide = run("rules").stdout.splitlines()
    assert [line.split()[0] for line in wide[1 : 1 + len(CATALOGUE)]] == [rule.code for rule in CATALOGUE]
    assert next(line for line in wide if line.startswith("smime-encrypted ")).split()[1:5] == ["B", "B", "B", "U"]
    narrow = run("rules", width=40).stdout.splitlines()
    assert [line for line in narrow if line in {rule.code for rule in CATALOGUE}] == [rule.code for rule in CATALOGUE]
    assert narrow[narrow.index("smime-encrypted") + 1] == "  X B  P B  R B  A U"
    assert max(map(len, narrow)) <= 40


def test_rules_as_json() -> None:
    records = json.loads(run("rules", "--format", "json").stdout)
    assert [record["code"] for record in records] == [rule.code for rule in CATALOGUE]
    record = next(record for record in records if record["code"] == "smime-encrypted")
    assert record["effects"] == {
        "exchange": ["blocks"],
        "pop-imap": ["blocks"],
        "email-router": ["blocks"],
        "app-for-outlook": ["undetermined"],
    }
    assert {row["effect"] for row in record["rows"]} == {"blocks", "undetermined"}


def test_effects_are_strongest_first() -> None:
    order = list(Effect)
    for rule in CATALOGUE:
        effects = rule_effects(rule)
        assert set(effects) == set(Channel)
        for found in effects.values():
            assert found
            assert list(found) == sorted(found, key=order.index)


def test_version() -> None:
    assert run("--version").stdout == f"pecdetect {__version__} (rules {RULE_SET})\n"


def test_help_names_every_setting_and_exit_code() -> None:
    text = run("check", "--help").stdout
    for field in PROFILE_FIELDS:
        option = {"blocked_extensions": "blocked-extension", "known_addresses": "known-address"}.get(field, field)
        assert f"--{option.replace('_', '-')}" in text
    for code in (0, 1, 2, 3, 4, 5):
        assert f"\n    {code}  " in text
    for word in (*Outcome, *FailOn, *Channel):
        assert word in text


def test_exit_codes_are_documented() -> None:
    page = (Path(__file__).parents[2] / "docs/exit-codes.md").read_text(encoding="utf-8")
    for code in ExitCode:
        assert f"| {code.value} |" in page


@pytest.mark.parametrize("command", [[], ["check"], ["show"], ["explain"], ["rules"]])
def test_help(command: list[str]) -> None:
    for flag in ("--help", "-h"):
        result = run(*command, flag)
        assert result.exit_code == ExitCode.DONE
        assert "Usage: " in result.stdout


def test_no_command_is_wrong_usage() -> None:
    assert run().exit_code == ExitCode.UNREADABLE
    assert run("chekc").exit_code == ExitCode.UNREADABLE
