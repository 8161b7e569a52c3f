"""Scans a generated export: nothing is lost, whatever some messages do to the process that reads them.

``python benchmarks/export.py --messages 5000`` writes an export (folders, an mbox, zips, .msg), of which one message
in a hundred hangs, crashes or eats the memory of its worker. It is scanned undisturbed; then again, killed at half
and started once more. Both must give a result for each message, the same rows and the same bytes of JSONL.
"""

from __future__ import annotations

import argparse
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT)]

from pecdetect.limits import Limits  # noqa: E402
from pecdetect.profile import Profile  # noqa: E402
from pecdetect.scanning.judge_one import JudgeOne  # noqa: E402
from pecdetect.scanning.run import scan_records  # noqa: E402
from pecdetect.scanning.store.outputs import open_outputs  # noqa: E402
from pecdetect.scanning.store.run_record import Run  # noqa: E402
from support.fakes import Hostile  # noqa: E402 - found through the path set above

if TYPE_CHECKING:
    from collections.abc import Iterator

HOSTILE = ("crash", "exit", "eat", "hang")
PER_FOLDER = 1000
TIMEOUT = 5.0
"""Seconds for one message: far more than a harmless one takes on a busy machine."""


def message(number: int) -> bytes:
    """A message of about 5 kB; some are blocked, most are not."""
    kind = b"application/octet-stream; name=a.exe" if number % 7 == 0 else b"application/pdf; name=a.pdf"
    head = b"From: a%d@example.org\nTo: crm@example.com\nSubject: %d\nMessage-ID: <%d@example.org>\n" % ((number,) * 3)
    mixed = b'Date: Mon, 02 Mar 2026 10:11:12 +0100\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n'
    text = b"--b\nContent-Type: text/plain\n\n" + b"Buongiorno a tutti.\n" * 50
    file = b"--b\nContent-Type: " + kind + b"\nContent-Transfer-Encoding: base64\n\n" + (b"QUJD" * 18 + b"\n") * 50
    return head + mixed + text + file + b"--b--\n"


def write_export(place: Path, count: int) -> None:
    """Write ``count`` messages: two fifths in an mbox, a fifth in zips, a twentieth as .msg, the rest as .eml."""
    numbers = iter(range(count))
    with (place / "archive.mbox").open("wb") as box:
        for number in (next(numbers) for _ in range(count * 2 // 5)):
            box.write(b"From a@example.org Mon Mar  2 10:11:12 2026\n" + message(number) + b"\n")
    for start in range(0, count // 5, PER_FOLDER):
        with zipfile.ZipFile(place / f"part-{start:06}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for number in (next(numbers) for _ in range(min(PER_FOLDER, count // 5 - start))):
                archive.writestr(f"inbox/{number:06}.eml", message(number))
    item = (ROOT / "samples" / "outlook" / "outlook-attachment.msg").read_bytes()
    for written, (name, data) in enumerate(files(numbers, count, item)):
        folder = place / f"folder-{written // PER_FOLDER:03}"
        folder.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def files(numbers: Iterator[int], count: int, item: bytes) -> Iterator[tuple[str, bytes]]:
    """Names and content of the files that hold one message each."""
    for written, number in enumerate(numbers):
        if written < count // 20:
            yield f"{number:06}.msg", item
        elif written % 35 == 0:  # these are 35 of 100
            yield f"{HOSTILE[written // 35 % len(HOSTILE)]}-{number:06}.eml", message(number)
        else:
            yield f"{number:06}.eml", message(number)


def scan(folder: str, output: str, jobs: int) -> None:
    """Scan into a file, as ``check -j JOBS -o OUTPUT`` does, with work that misbehaves where a name says so."""
    profile, limits = Profile(), Limits()
    work = Hostile(JudgeOne(profile, limits))
    run = Run.begin(["benchmark"], profile=profile, limits=limits, options={})
    with open_outputs([output, Path(output).with_suffix(".jsonl")], run) as outputs:
        for record in scan_records(
            [folder],
            known=outputs.known if outputs.remembers else None,
            ignored=outputs.files,
            jobs=jobs,
            timeout=TIMEOUT,
            work=work,
            idle=outputs.flush,
        ):
            outputs.add(record)
        outputs.finish()


def start(folder: Path, output: Path, jobs: int) -> subprocess.Popen[bytes]:
    """Start a scan in a process of its own."""
    return subprocess.Popen([sys.executable, __file__, "--scan", str(folder), str(output), "--jobs", str(jobs)])


def undisturbed(folder: Path, output: Path, jobs: int) -> float:
    """Scan to the end; gives the seconds it took."""
    began = time.perf_counter()
    if start(folder, output, jobs).wait() != 0:
        raise SystemExit("the scan failed")
    return time.perf_counter() - began


def killed_at(folder: Path, output: Path, jobs: int, results: int) -> int:
    """Scan until so many results are stored, kill; gives the results that are there."""
    process = start(folder, output, jobs)
    while process.poll() is None:
        if output.exists() and outcomes(output).total() >= results:
            process.kill()
            process.wait()
            return outcomes(output).total()
        time.sleep(0.2)
    raise SystemExit("the scan ended before it could be killed")


def outcomes(output: Path) -> Counter[str]:
    """Count stored results by outcome, or by why there is none."""
    with closing(sqlite3.connect(output)) as data:
        try:
            rows = data.execute("SELECT coalesce(outcome, skipped, error), count(*) FROM items GROUP BY 1").fetchall()
        except sqlite3.OperationalError:  # it has no tables yet
            rows = []
    return Counter(dict(rows))


def rows(output: Path) -> list[tuple[object, ...]]:
    """What must be the same, however often a scan was interrupted."""
    with closing(sqlite3.connect(output)) as data:
        return data.execute("SELECT position, source, sha256, result FROM items ORDER BY position").fetchall()


def main() -> int:
    """Run what the arguments ask for; 1 where something is lost or different."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=5000, help="how many (default: 5000)")
    parser.add_argument("--jobs", type=int, default=2, help="worker processes (default: 2)")
    parser.add_argument("--scan", nargs=2, metavar=("FOLDER", "OUTPUT"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.scan:
        folder, output = options.scan
        scan(folder, output, options.jobs)
        return 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        export, whole, parts = place / "export", place / "whole.sqlite", place / "parts.sqlite"
        export.mkdir()
        write_export(export, options.messages)
        seconds = undisturbed(export, whole, options.jobs)
        found = outcomes(whole)
        print(f"undisturbed: {found.total():,} results in {seconds:.1f} s: {dict(found.most_common())}", flush=True)
        stood = killed_at(export, parts, options.jobs, options.messages // 2)
        rest = undisturbed(export, parts, options.jobs)
        exports = [output.with_suffix(".jsonl").read_bytes() for output in (whole, parts)]
        same = rows(whole) == rows(parts) and exports[0] == exports[1]
        said = "the same" if same else "OTHER"
        print(f"killed at {stood:,} results; ended in {rest:.1f} s more: {said} rows and bytes")
        return 0 if same and found.total() == options.messages else 1


if __name__ == "__main__":
    sys.exit(main())
