"""``pecdetect check``: formats, options, exit status."""

import hashlib
import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pecdetect.cli.app import app

HEAD = b"From: a@example.org\r\nTo: b@example.org\r\nMessage-ID: <1@example.org>\r\n"
PLAIN = HEAD + b"Subject: Pranzo\r\n\r\nA domani.\r\n"
SVG = (
    HEAD + b'Subject: logo\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\nContent-Type: image/svg+xml; name=logo.svg\r\n"
    b"Content-Disposition: attachment; filename=logo.svg\r\n\r\n<svg/>\r\n--b--\r\n"
)
REPORT = (
    HEAD + b'Subject: bounce\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; boundary="b"; '
    b"report-type=delivery-status\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\n"
    b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; example.org\r\n\r\n"
    b"Final-Recipient: rfc822; c@example.org\r\nAction: failed\r\nStatus: 5.0.0\r\n\r\n--b--\r\n"
)
NO_SENDER = b"To: b@example.org\r\nMessage-ID: <1@example.org>\r\nSubject: nobody\r\n\r\nx\r\n"
FILES = {
    "plain.eml": PLAIN,
    "svg.eml": SVG,
    "report.eml": REPORT,
    "nobody.eml": NO_SENDER,
    "logo.png": b"\x89PNG\r\n\x1a\n",
}
OUTCOMES = {"plain.eml": "syncs", "svg.eml": "degraded", "report.eml": "undetermined", "nobody.eml": "blocked"}


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "in").mkdir()
    (tmp_path / "empty").mkdir()
    for name, content in FILES.items():
        (tmp_path / "in" / name).write_bytes(content)
    monkeypatch.chdir(tmp_path / "in")


def check(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["check", *arguments], input=stdin)


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        (["plain.eml"], 0),
        (["svg.eml", "plain.eml"], 0),
        (["report.eml", "plain.eml"], 4),
        (["nobody.eml", "report.eml", "plain.eml"], 1),
        (["nobody.eml", "none.eml"], 2),
        (["plain.eml", "none.eml"], 2),
        (["none.eml"], 2),
        (["../empty"], 3),
        (["logo.png"], 4),
        (["."], 1),
    ],
)
@pytest.mark.parametrize("output", ["text", "json", "jsonl", "paths"])
def test_exit_status(paths: list[str], code: int, output: str) -> None:
    assert check("--format", output, *paths).exit_code == code


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--fail-on", "blocked", "report.eml", "svg.eml"], 0),
        (["--fail-on", "blocked", "report.eml", "nobody.eml"], 1),
        (["--fail-on", "undetermined", "report.eml", "svg.eml"], 4),
        (["--fail-on", "undetermined", "svg.eml"], 0),
        (["--fail-on", "degraded", "svg.eml"], 5),
        (["--fail-on", "degraded", "svg.eml", "report.eml"], 4),
        (["--fail-on", "degraded", "plain.eml"], 0),
        (["--fail-on", "never", "nobody.eml", "report.eml", "svg.eml"], 0),
        (["--fail-on", "never", "none.eml"], 2),
        (["--fail-on", "never", "../empty"], 3),
        (["--exit-zero", "nobody.eml"], 0),
        (["--exit-zero", "none.eml"], 0),
        (["--exit-zero", "../empty"], 0),
        (["--only", "syncs", "."], 1),
    ],
)
def test_what_counts_as_failure(options: list[str], code: int) -> None:
    assert check(*options).exit_code == code


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "PATH"),
        (["--format", "xml", "plain.eml"], "xml"),
        (["--only", "lost", "plain.eml"], "lost"),
        (["--channel", "fax", "plain.eml"], "fax"),
        (["-0", "plain.eml"], "--format paths"),
        (["--max-message-mb", "0", "plain.eml"], "max_message_mb must be positive"),
        (["--profile", "none.toml", "plain.eml"], "No such file"),
        (["--profile", "plain.eml", "plain.eml"], "--profile"),
        (["--jobs", "0", "plain.eml"], "--jobs"),
        (["--timeout", "0.05", "plain.eml"], "--timeout"),
        (["--timeout", "nan", "plain.eml"], "'--timeout': must be a finite number"),
        (["--timeout", "inf", "plain.eml"], "'--timeout': must be a finite number"),
        (["--timeout", "1e400", "plain.eml"], "'--timeout': must be a finite number"),
        (["--exit-zero", "--no-such-option", "plain.eml"], "--no-such-option"),
    ],
)
def test_wrong_usage(options: list[str], said: str) -> None:
    result = check(*options)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not result.stdout


def test_one_message_is_explained() -> None:
    result = check("nobody.eml")
    lines = result.stdout.splitlines()
    assert lines[0] == "nobody.eml"
    assert hashlib.sha256(NO_SENDER).hexdigest() in lines[1]
    assert lines[3].startswith("✗ BLOCKED")
    assert "  ✗ sender-invalid  blocks, documented" in lines
    assert not result.stderr


def test_several_messages_are_a_table_with_counts() -> None:
    result = check(".")
    lines = result.stdout.splitlines()
    assert lines[0].split() == ["Outcome", "File", "Decided", "by", "Subject"]
    shown = {line.split()[2].removeprefix(f".{os.sep}"): line.split()[1] for line in lines[1:5]}
    assert shown == OUTCOMES
    assert "  ./logo.png  not-a-message: This file holds no e-mail.".replace("/", os.sep) in lines
    assert lines[-1] == "4 messages: 1 blocked, 1 undetermined, 1 degraded, 1 syncs, 1 skipped"


def test_one_message_among_others_that_are_none(tmp_path: Path) -> None:
    result = check("plain.eml", "none.eml")
    assert "✓ SYNCS" in result.stdout
    assert "Not read\n  none.eml  not-found: There is no such file or folder." in result.stdout
    assert result.stdout.endswith("1 message: 1 syncs, 1 not read\n")
    assert result.stderr == "pecdetect: none.eml: There is no such file or folder.\n"
    (tmp_path / "empty/x.bin").write_bytes(b"\0")
    result = check(str(tmp_path / "empty"))
    assert result.exit_code == 3
    assert "x.bin" in result.stdout
    assert "not-a-message: This file holds no e-mail." in " ".join(
        result.stdout.split()
    )  # folded where the folder's name is long
    assert result.stderr == "pecdetect: no message found\n"


def test_only_an_error() -> None:
    result = check("none.eml")
    assert result.stderr == "pecdetect: none.eml: There is no such file or folder.\n"
    assert not result.stdout


def test_only_selects_what_is_shown_not_what_is_counted() -> None:
    result = check(".", "none.eml", "--only", "blocked", "--only", "syncs", "--format", "jsonl")
    records = [json.loads(line) for line in result.stdout.splitlines()]
    assert [Path(record["source"]).name for record in records] == ["nobody.eml", "plain.eml", "none.eml"]
    assert result.stderr.endswith(
        "pecdetect: 4 messages: 1 blocked, 1 undetermined, 1 degraded, 1 syncs, 1 skipped, 1 not read\n"
    )
    text = check(".", "--only", "degraded").stdout
    assert "svg.eml" in text
    assert "plain.eml" not in text
    assert "logo.png" not in text
    assert text.endswith("Shown: degraded\n")


def test_json_is_one_array_and_jsonl_a_line_each() -> None:
    array = check(".", "--format", "json")
    lines = check(".", "--format", "jsonl")
    records = json.loads(array.stdout)
    assert records == [json.loads(line) for line in lines.stdout.splitlines()]
    assert [(record["verdict"] or {}).get("outcome") for record in records] == [
        None,
        "blocked",
        "syncs",
        "undetermined",
        "degraded",
    ]
    assert all(record["schema"] == "pecdetect/result/1" for record in records)
    assert records[2]["verdict"]["source"]["sha256"] == hashlib.sha256(PLAIN).hexdigest()
    assert json.loads(check("../empty", "--format", "json").stdout) == []
    assert lines.stderr == "pecdetect: 4 messages: 1 blocked, 1 undetermined, 1 degraded, 1 syncs, 1 skipped\n"


def test_output_is_the_same_from_run_to_run() -> None:
    for output in ("text", "json", "jsonl", "paths"):
        assert check(".", "--format", output).stdout_bytes == check(".", "--format", output).stdout_bytes


def test_paths() -> None:
    result = check("svg.eml", "nobody.eml", "none.eml", "--format", "paths", "--only", "blocked")
    assert result.stdout == "nobody.eml\n"
    assert "none.eml: There is no such file or folder." in result.stderr


@pytest.mark.skipif(os.name != "posix", reason="such names exist on POSIX only")
def test_hostile_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "evil"
    folder.mkdir()
    name = os.fsencode(folder) + b"/a\n\x1b[2J\xe8.eml"
    try:
        Path(os.fsdecode(name)).write_bytes(PLAIN)
    except OSError:
        pytest.skip("the file system takes text only")
    Path(folder / "b.eml").write_bytes(PLAIN)
    shown = f"{folder}/a\\n\\x1b[2J\\xe8.eml\n{folder}/b.eml\n"
    assert check(str(folder), "--format", "paths").stdout == shown
    assert check(str(folder), "--format", "paths", "-0").stdout_bytes == name + b"\0" + bytes(folder) + b"/b.eml\0"
    # A short path: how the table breaks a line must not depend on where the tests run.
    monkeypatch.chdir(tmp_path)
    table = check("evil").stdout_bytes
    assert b"\x1b" not in table
    assert b"evil/a\\n\\x1b[2J\\xe8.eml" in table
    record = json.loads(check(str(folder), "--format", "jsonl").stdout.splitlines()[0])
    assert record["source"] == f"{folder}/a\n\x1b[2J\\xe8.eml"


def test_standard_input() -> None:
    result = check("-", "--format", "jsonl", stdin=PLAIN)
    record = json.loads(result.stdout)
    assert (record["source"], record["verdict"]["outcome"]) == ("-", "syncs")
    assert check("-", stdin=b"").exit_code == 4


def verdict(*options: str) -> dict[str, object]:
    record = json.loads(check(*options, "--format", "jsonl").stdout)["verdict"]
    assert isinstance(record, dict)
    return record


def test_settings_reach_the_verdict_and_override_the_file(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text('channel = "pop-imap"\nmax_attachment_kb = 7\nirm_sync = true\ntracks_all = true\n')
    assert verdict("plain.eml", "--profile", str(profile))["profile"] == {
        **verdict("plain.eml")["profile"],  # type: ignore[dict-item]
        "channel": "pop-imap",
        "max_attachment_kb": 7,
        "irm_sync": True,
        "tracks_all": True,
    }
    options = [
        "--channel=app-for-outlook",
        "--max-attachment-kb=8",
        "--max-message-mb=9",
        "--blocked-extension=.EXE",
        "--blocked-extension=svg",
        "--no-irm-sync",
        "--known-address=B@example.org",
        "--known-address=c@example.org",
        "--no-tracks-all",
        "--forward-mailbox",
    ]
    assert verdict("plain.eml", "--profile", str(profile), *options)["profile"] == {
        "channel": "app-for-outlook",
        "max_attachment_kb": 8,
        "max_message_mb": 9,
        "blocked_extensions": ["exe", "svg"],
        "irm_sync": False,
        "known_addresses": ["b@example.org", "c@example.org"],
        "tracks_all": False,
        "forward_mailbox": True,
    }


def test_settings_decide() -> None:
    assert verdict("svg.eml")["outcome"] == "degraded"
    assert verdict("svg.eml", "--blocked-extension", "exe")["outcome"] == "syncs"
    assert verdict("plain.eml", "--known-address", "c@example.org", "--no-tracks-all")["outcome"] == "blocked"


def test_settings_of_the_file_count_as_given(tmp_path: Path) -> None:
    profile = tmp_path / "profile.toml"
    profile.write_text("[profile]\nmax_attachment_kb = 5120\n")
    large = tmp_path / "large.eml"
    large.write_bytes(SVG.replace(b"<svg/>", b"x" * (6 << 20)).replace(b"svg", b"txt"))

    def given(*options: str) -> list[bool]:
        reasons = json.loads(check(str(large), *options, "--format", "jsonl").stdout)["verdict"]["reasons"]
        return [
            assumption["given"]
            for reason in reasons
            if reason["code"] == "attachment-too-large"
            for assumption in reason["assumes"]
        ]

    assert given() == [False]
    assert given("--profile", str(profile)) == [True]
    assert given("--max-attachment-kb", "5120") == [True]
