"""What the guides show is what the program prints, step by step, on one small export."""

from __future__ import annotations

import re
import shlex
import sqlite3
import zipfile
from pathlib import Path

import pytest
from test_readme import run, unmatched

from support.samples import sample

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
GUIDES = sorted((ROOT / "docs").glob("guide-*.md"))
INBOX = ("pec-postacert-base64.eml", "pec-delivery-completa.eml", "smime-encrypted.eml", "outlook-attachment.msg")
ARCHIVE = ("smime-clear-signed-ec.eml", "delivery-blocked-extension.eml")
SENT = ("ordinary-plain-text.eml", "ordinary-reply.eml")
STEP = re.compile(r"^```(console|python|sql)\n(.*?)^```$(?:\n\n^```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)


def make_export(place: Path) -> None:
    """The export of the examples."""
    inbox = place / "export" / "inbox"
    inbox.mkdir(parents=True)
    for name in INBOX:
        (inbox / name).write_bytes(sample(name).read_bytes())
    (inbox / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(16))
    with zipfile.ZipFile(place / "export" / "archive.zip", "w") as archive:
        for name in ARCHIVE:
            archive.writestr(zipfile.ZipInfo(name), sample(name).read_bytes())
    start = b"From a@example.org Mon Mar  2 10:11:12 2026\n"
    texts = [start + sample(name).read_bytes().replace(b"\r\n", b"\n") + b"\n" for name in SENT]
    (place / "export" / "sent.mbox").write_bytes(b"".join(texts))


@pytest.mark.parametrize("guide", GUIDES, ids=lambda path: path.stem)
def test_every_step_gives_what_is_shown(
    guide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    make_export(tmp_path)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    steps = STEP.findall(guide.read_text(encoding="utf-8"))
    assert len(steps) > 2
    for language, block, shown in steps:
        if language == "console":
            command, *shown_lines = block.rstrip("\n").split("\n")
            prompt, program, *arguments = shlex.split(command)
            assert (prompt, program) == ("$", "pecdetect")
            printed = run(arguments)
        elif language == "sql":
            with sqlite3.connect("case.sqlite") as data:
                printed = "".join(
                    "|".join("" if v is None else str(v) for v in row) + "\n" for row in data.execute(block)
                )
            data.close()
            shown_lines = shown.splitlines()
        else:
            if "pyarrow" in block or "report.arrow" in block:
                pytest.importorskip("pyarrow")
            exec(compile(block, guide.name, "exec"), names)  # noqa: S102 - our own text
            printed, shown_lines = capsys.readouterr().out, shown.splitlines()
        assert unmatched(shown_lines, printed.splitlines()) == [], block
