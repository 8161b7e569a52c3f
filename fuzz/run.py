"""Fuzz the library for a given time: ``python fuzz/run.py --seconds 3600 [--jobs 2] [HARNESS ...]``.

Each harness runs in turn, in a process of its own, for a round of at most ``--round`` seconds, until the time is
used up. Corpora, found inputs and the record of all runs stay in ``--folder`` (default build/fuzz). The exit
status is 1 when an input raised, now or in an earlier run.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

from seeds import write_seeds

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parent
HARNESSES = ("eml", "fields", "decodings", "floor", "daticert", "cms", "tnef", "msg")
LONGEST = {"eml": 8192, "floor": 8192, "msg": 16384}
"""Bytes of an input, where 4,096 are too few."""
SECONDS_PER_INPUT = 20
MEGABYTES = 1536
GRACE = 120
"""Seconds after which a harness that does not end by itself is stopped."""
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_DONE = re.compile(r"Done (\d+) runs? in")
_PULSE = re.compile(r"^#(\d+)\t", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """One process of one harness."""

    harness: str
    executions: int
    cpu_seconds: float
    seconds: float
    status: int
    """Exit status; not 0 where libFuzzer itself stopped it (too slow, too much memory, a crash of the process)."""


def executions(log: str) -> int:
    """Inputs that a log of libFuzzer counts."""
    for pattern in (_EXECUTED, _DONE, _PULSE):
        found = pattern.findall(log)
        if found:
            return int(found[-1])
    return 0


def run_harness(harness: str, seconds: int, folder: Path) -> Run:
    """Run one harness for so many seconds."""
    corpus, crashes, log = folder / "corpus" / harness, folder / "crashes", folder / "logs" / f"{harness}.log"
    for made in (corpus, crashes, log.parent):
        made.mkdir(parents=True, exist_ok=True)
    if not any(corpus.iterdir()):
        write_seeds(harness, ROOT / "samples", corpus)
    command = [sys.executable, str(FOLDER / "harness.py"), harness, str(crashes)]
    command += [f"-max_total_time={seconds}", f"-timeout={SECONDS_PER_INPUT}", f"-rss_limit_mb={MEGABYTES}"]
    command += ["-print_final_stats=1", f"-max_len={LONGEST.get(harness, 4096)}", "-reload=0", "-verbosity=1"]
    command += [f"-artifact_prefix={crashes / harness}-stopped-", str(corpus)]
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT)
        status, used = _wait(process, began + seconds + GRACE)
    text = log.read_text("utf-8", "replace")
    return Run(harness, executions(text), round(used, 1), round(time.monotonic() - began, 1), status)


def _wait(process: subprocess.Popen[bytes], deadline: float) -> tuple[int, float]:
    """Wait for a process, at the longest until the deadline: its exit status and the CPU seconds it used."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            # The process is reaped: subprocess must not look for it again.
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:
            process.kill()
        time.sleep(0.2)


def totals(record: Path) -> dict[str, tuple[int, float, int]]:
    """Executions, CPU seconds and processes of each harness over all runs on record."""
    found: dict[str, list[Run]] = defaultdict(list)
    for line in record.read_text("utf-8").splitlines():
        run = Run(**json.loads(line))
        found[run.harness].append(run)
    return {
        name: (sum(run.executions for run in runs), sum(run.cpu_seconds for run in runs), len(runs))
        for name, runs in sorted(found.items())
    }


def show(folder: Path) -> int:
    """Print the totals on record and the inputs found; return how many inputs there are."""
    record = folder / "runs.jsonl"
    rows = totals(record) if record.is_file() else {}
    print(f"{'harness':<12} {'executions':>12} {'CPU seconds':>12} {'runs':>6}")
    for name, (count, used, runs) in rows.items():
        print(f"{name:<12} {count:>12,} {used:>12,.0f} {runs:>6}")
    count, used = sum(row[0] for row in rows.values()), sum(row[1] for row in rows.values())
    print(f"{'all':<12} {count:>12,} {used:>12,.0f} {sum(row[2] for row in rows.values()):>6}")
    crashes = folder / "crashes"
    found = sorted(path for path in crashes.glob("*") if path.suffix != ".txt") if crashes.is_dir() else []
    for path in found:
        print(f"found: {path}")
    return len(found)


def fuzz(harnesses: list[str], seconds: int, per_round: int, jobs: int, folder: Path) -> None:
    """Run the harnesses in turn until the time is used up; each run is put on record when it ends."""
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(jobs) as pool, (folder / "runs.jsonl").open("a", encoding="utf-8") as record:
        while (left := deadline - time.monotonic()) > 1:
            each = max(1, min(per_round, int(left * jobs / len(harnesses))))
            for run in pool.map(lambda name: run_harness(name, each, folder), harnesses):  # noqa: B023 - used at once
                record.write(json.dumps(asdict(run)) + "\n")
                record.flush()
                print(f"{run.harness}: {run.executions:,} executions, {run.cpu_seconds:,.0f} CPU s", flush=True)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("harness", nargs="*", metavar="HARNESS", help=f"default all: {', '.join(HARNESSES)}")
    parser.add_argument("--seconds", type=int, default=600, help="time for all harnesses together (default 600)")
    parser.add_argument(
        "--round", type=int, default=1800, dest="per_round", help="most seconds of one process (default 1800)"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes at a time (default 1)")
    parser.add_argument("--folder", type=Path, default=ROOT / "build" / "fuzz", help="default build/fuzz")
    parser.add_argument("--fresh", action="store_true", help="forget the corpora and begin with the samples again")
    parser.add_argument("--summary", action="store_true", help="only print what is on record")
    options = parser.parse_args()
    unknown = set(options.harness) - set(HARNESSES)
    if unknown:
        parser.error(f"no such harness: {', '.join(sorted(unknown))}")
    options.folder.mkdir(parents=True, exist_ok=True)
    if options.fresh:
        shutil.rmtree(options.folder / "corpus", ignore_errors=True)
    if not options.summary:
        fuzz(options.harness or list(HARNESSES), options.seconds, options.per_round, options.jobs, options.folder)
    return 1 if show(options.folder) else 0


if __name__ == "__main__":
    sys.exit(main())
