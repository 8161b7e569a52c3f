"""Compares pecdetect with other readers of e-mail, side by side in one run.

``python benchmarks/compare.py`` prints, for each synthetic message, how long each reader takes and how far its memory
grows, then how long each takes for a folder of real mail, then what importing costs. ``--speed``, ``--memory``,
``--real`` and ``--import`` measure only what they name; they add up.
"""

from __future__ import annotations

import argparse
import logging
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(path) for path in (HERE, HERE.parent) if str(path) not in sys.path]

from comparison import tables  # noqa: E402 - found through the path set above
from comparison.cases import CASES, Case  # noqa: E402
from comparison.corpus import CORPUS, ITEMS, median_ratio, real_mail, time_files, total_ratio  # noqa: E402
from comparison.imports import BARE, time_imports  # noqa: E402
from comparison.outlook import NAMELESS, OUTLOOK_CASES, OUTLOOK_READERS  # noqa: E402
from comparison.probe import Probe, probe  # noqa: E402
from comparison.readers import EMAIL, PECDETECT, READERS  # noqa: E402
from comparison.timing import interleave, ratio  # noqa: E402

import pecdetect  # noqa: E402

if TYPE_CHECKING:
    from collections.abc import Sequence

    from comparison.tables import Table
    from comparison.timing import Times

MISSING = Probe(failure="not installed")
NONE = "-"
SMALL = 100_000
"""Bytes below which a multiple of the file's size says nothing: an interpreter allocates in larger steps."""


def tell(text: str) -> None:
    """Say on standard error what is going on."""
    print(text, file=sys.stderr, flush=True)


def machine() -> str:
    """Return what was measured, and on what: versions and processors, no host name."""
    versions = {PECDETECT: pecdetect.__version__}  # of this checkout, whatever is installed
    for reader in (*READERS, *OUTLOOK_READERS):
        if reader.version:
            versions.setdefault(str(reader.distribution), reader.version)
    installed = ", ".join(f"{name} {version}" for name, version in versions.items())
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return f"{python}, {platform.system()} {platform.machine()}, {os.cpu_count()} processors; {installed}"


def compare(case: Case, path: Path, options: argparse.Namespace) -> Table:
    """Measure one message."""
    size = path.stat().st_size
    probes = {}
    readers = OUTLOOK_READERS if case.suffix == ".msg" else READERS
    for reader in readers:
        tell(f"{case.name}: {reader.name}")
        probes[reader.name] = probe(reader.name, path) if reader.installed else MISSING
    times: Times = {}
    if options.speed:
        # One that raises, hangs or dies is not timed.
        able = {reader.name: reader.load() for reader in readers if probes[reader.name].failure is None}
        rounds, least = (3, 0.02) if options.quick else (9, 0.15)
        times = interleave(able, path, rounds=rounds, least=least, tell=lambda text: tell(f"{case.name}: {text}"))
    return case_table(case, size, probes, times)


def case_table(case: Case, size: int, probes: dict[str, Probe], times: Times) -> Table:
    """Lay out what was measured on one message."""
    base = PECDETECT if probes[PECDETECT].failure is None else EMAIL
    head = ["reader"]
    head += ["time", f"x {base}"] if times else []
    head += ["peak memory", "x file", "attachments found"]
    rows = []
    for name, seen in probes.items():
        row = [name]
        if times:
            timed = name in times
            row.append(tables.seconds(statistics.median(times[name])) if timed else NONE)
            row.append(tables.significant(ratio(times, name, base)) if timed else NONE)
        row.append(NONE if seen.growth is None else f"+{tables.megabytes(seen.growth)}")
        row.append(NONE if seen.growth is None or size < SMALL else tables.significant(seen.growth / size))
        row.append(result(case, seen) if name not in NAMELESS or seen.failure else NONE)
        rows.append(tuple(row))
    return tables.Table(f"{case.title} ({size:,} bytes)", tuple(head), tuple(rows), words=frozenset({0, len(head) - 1}))


def result(case: Case, seen: Probe) -> str:
    """Say how many of the attachments a reader found, or why it has no result."""
    if seen.failure is not None:
        return seen.failure
    return f"{len(set(case.files) & set(seen.files))} of {len(case.files)}"


def real_table(name: str, paths: list[Path], *, quick: bool) -> Table:
    """Measure the files of one class of real mail."""
    readers = OUTLOOK_READERS if name == ITEMS else READERS
    able = {reader.name: reader.load() for reader in readers if reader.installed}
    best = time_files(paths, able, 1 if quick else 3, lambda text: tell(f"{name}, {text}"))
    rows = []
    for reader in readers:
        seen = best.get(reader.name)
        if not seen:
            rows.append((reader.name, f"0 of {len(paths)}" if seen is not None else "not installed", NONE, NONE, NONE))
            continue
        mean = tables.seconds(statistics.fmean(seen.values()))
        total, median = (
            tables.significant(ratio(best, reader.name, PECDETECT)) for ratio in (total_ratio, median_ratio)
        )
        rows.append((reader.name, f"{len(seen)} of {len(paths)}", mean, total, median))
    head = ("reader", "files read", "mean time", "x pecdetect, in all", "x pecdetect, median")
    return tables.Table(f"Real mail: {name}, {len(paths)} files", head, tuple(rows))


def import_table(*, quick: bool) -> Table:
    """Measure imports."""
    head = ("statement", "process", "x email.parser", "inside", "x email.parser")
    rows = []
    for name, seen in time_imports(5 if quick else 21, lambda text: tell(f"imports: {text}")).items():
        label = "(the interpreter alone)" if name == BARE else name
        if seen is None:
            rows.append((f"{label} (fails)", NONE, NONE, NONE, NONE))
            continue
        inside = (NONE, NONE) if name == BARE else (tables.seconds(seen.statement), f"{seen.statement_ratio:.2f}")
        rows.append((label, tables.seconds(seen.process), f"{seen.process_ratio:.2f}", *inside))
    return tables.Table("Import", head, tuple(rows))


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line; what is not limited is measured in full."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    names = [case.name for case in (*CASES, *OUTLOOK_CASES)]
    parser.add_argument("--only", metavar="CASE", choices=names, action="append", help=", ".join(names))
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: rough ratios")
    parser.add_argument("--speed", action="store_true", help="time and memory for each message, not imports")
    parser.add_argument("--memory", action="store_true", help="memory alone for each message")
    parser.add_argument("--real", action="store_true", help="real mail alone, by class")
    parser.add_argument("--import", action="store_true", dest="imports", help="imports alone")
    parser.add_argument("--markdown", metavar="PAGE", type=Path, nargs="?", const=HERE / "README.md",
                        help="also put the tables into this page (benchmarks/README.md)")  # fmt: skip
    parser.add_argument("--corpus", metavar="DIR", type=Path, default=CORPUS,
                        help="the folder of real mail (default: PECDETECT_CORPUS)")  # fmt: skip
    options = parser.parse_args(argv)
    if options.markdown:
        try:  # now, not after minutes of measuring
            tables.replace_block(options.markdown.read_text(encoding="utf-8"), "")
        except (OSError, ValueError) as error:
            parser.error(f"--markdown: {error}")
    if not (options.speed or options.memory or options.real or options.imports):
        options.speed = True
        options.real = options.imports = not options.only
    return options


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison; 0 unless a message could not be built."""
    options = arguments(argv)
    logging.disable()  # what the readers log is no result
    print(machine(), end="\n\n")
    done: list[Table] = []
    unbuilt = 0
    with tempfile.TemporaryDirectory() as folder:
        for case in (*CASES, *OUTLOOK_CASES) if options.speed or options.memory else ():
            if options.only and case.name not in options.only:
                continue
            path = Path(folder) / f"{case.name}{case.suffix}"
            try:
                path.write_bytes(case.build())
            except ImportError as error:
                unbuilt += 1
                print(f"{case.title}\nnot measured, {error}: pip install -r benchmarks/requirements.txt\n")
                continue
            done.append(compare(case, path, options))
            print(tables.plain(done[-1]), flush=True)
    classes = real_mail(options.corpus) if options.real else {}
    if options.real and not classes:
        print(f"Real mail is not measured: there is none in {options.corpus} (see --corpus).\n")
    for name, paths in classes.items():
        done.append(real_table(name, paths, quick=options.quick))
        print(tables.plain(done[-1]), flush=True)
    if options.imports:
        done.append(import_table(quick=options.quick))
        print(tables.plain(done[-1]), flush=True)
    if options.markdown:
        tables.update(options.markdown, done, machine())
    return int(unbuilt > 0)


if __name__ == "__main__":
    sys.exit(main())
