"""Isolation: classifying opens the file that it is given, for reading, and does nothing else to the world."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from support.samples import all_samples

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent.parent
SAMPLES = all_samples()
HEAD = b"From: a@example.org\r\nSubject: Nota\r\nMIME-Version: 1.0\r\n"
LURES = {
    "local-file.eml": b"Content-Type: message/external-body; access-type=local-file; name=/etc/passwd\r\n\r\n\r\n",
    "url.eml": b"Content-Type: message/external-body; access-type=URL; URL=http://example.org/\r\n\r\n\r\n",
    "names.eml": b"Content-Type: application/pdf; name=../../x\r\n"
    b"Content-Disposition: attachment; filename=//h/x\r\n\r\na",
    "codec.eml": b"Content-Type: text/plain; charset=lure\r\n\r\ncitt\xe0\r\n",
    "codec-of-python.eml": b"Content-Type: text/plain; charset=idna\r\n"
    b"Subject: =?punycode?q?a?= =?lure?b?QQ==?=\r\n\r\n\xe0",
    "unknown-8-bit.eml": b"Subject: \xe0\xe8\xec\xf2 \xf9\r\n\r\n\xcf\xf0\xe8\xe2\xe5\xf2, \xea\xe0\xea\r\n",
    "entity.eml": b"X-Ricevuta: accettazione\r\nContent-Type: application/xml; name=daticert.xml\r\n\r\n"
    b'<!DOCTYPE postacert SYSTEM "http://example.org/x.dtd" [<!ENTITY e SYSTEM "file:///etc/passwd">]>\r\n'
    b"<postacert tipo='accettazione'>&e;</postacert>\r\n",
}
"""Messages that ask for a file, an address or a module."""


def events(folder: Path, paths: Sequence[Path]) -> list[list[str]]:
    """Run the audited reader in a folder of its own."""
    command = [sys.executable, "-I", str(Path(__file__).parent / "audited.py"), str(ROOT), *map(str, paths)]
    done = subprocess.run(command, check=False, capture_output=True, cwd=folder, timeout=300)  # noqa: S603
    assert done.returncode == 0, done.stderr.decode()
    found: list[list[str]] = json.loads(done.stdout)
    return found


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A working folder with modules that nobody must import."""
    folder = tmp_path / "trap"
    folder.mkdir()
    for name in ("lure", "chardet", "pyexpat", "codecs", "pecdetect"):
        (folder / f"{name}.py").write_text("open('trapped', 'w').close()\n", "utf-8")
    return folder


@pytest.mark.slow
def test_only_the_file_itself_is_opened(trap: Path) -> None:
    before = sorted(trap.iterdir())
    assert events(trap, SAMPLES) == []
    assert sorted(trap.iterdir()) == before


def test_what_a_message_asks_for_is_not_fetched(trap: Path, tmp_path: Path) -> None:
    for name, rest in LURES.items():
        (tmp_path / name).write_bytes(HEAD + rest)
    before = sorted(trap.iterdir())
    assert events(trap, [tmp_path / name for name in LURES]) == []
    assert sorted(trap.iterdir()) == before


def test_the_hook_sees_what_it_should(tmp_path: Path) -> None:
    """The proof that an empty list means something: a reader that does open, import and write is caught."""
    package = tmp_path / "pecdetect"
    package.mkdir()
    (package / "__init__.py").write_text(
        "import os, tempfile\n"
        "class Verdict:\n"
        "    def to_dict(self): os.mkdir('made')\n"
        "def classify(source, hash=False):\n"
        "    if isinstance(source, str):\n"
        "        open(source, 'rb').close(); open(source, 'ab').close(); open(__file__).close()\n"
        "        import wave, socket, subprocess\n"
        "        socket.socket().close()\n"
        "    return Verdict() if isinstance(source, str) else type('V', (), {'to_dict': int})\n",
        "utf-8",
    )
    mail = tmp_path / "a.eml"
    mail.write_bytes(HEAD)
    command = [sys.executable, "-I", str(Path(__file__).parent / "audited.py"), str(tmp_path), str(mail)]
    done = subprocess.run(command, check=True, capture_output=True, cwd=tmp_path, timeout=60)  # noqa: S603
    found = [(event, arguments) for _, event, arguments in json.loads(done.stdout)]
    assert {"open", "import", "socket.__new__", "os.mkdir"} <= {event for event, _ in found}
    opened = [arguments for event, arguments in found if event == "open"]
    assert any("a.eml" in arguments for arguments in opened)
    assert any("__init__.py" in arguments for arguments in opened)
