"""Processor seconds and memory of growth generators: ``PYTHONPATH=tests python -m hostile.growth_times [NAME ...]``.

For people, not for the test run: a clock on a busy machine proves nothing. Each generator has a process of its
own, so that its greatest memory can be told. A table goes to the output.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
MEGABYTE = 1024 * 1024
SMALLEST, ONE = 64 * 1024, MEGABYTE
MOST_RATIO, MOST_SECONDS = 2.3, 1.0
MOST_MEMORY, MEMORY_FACTOR = 64 * MEGABYTE, 6
COUNTED_FROM = 0.01
"""A ratio counts where the shorter of its two times is at least this many seconds: below, it is noise."""
STOP_AFTER = 8.0
"""No doubling beyond a file that took this many seconds ..."""
GIVE_UP = 300
"""... and no generator takes more than this many."""


def peak() -> int:
    """Greatest memory of this process so far, in bytes."""
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used if sys.platform == "darwin" else used * 1024


def sizes(largest: int) -> list[int]:
    """Sizes of the files, each the double of the one before."""
    return [SMALLEST << at for at in range((largest // SMALLEST).bit_length())]


def write(name: str, largest: int, folder: Path) -> None:
    """Write a generator's files, each named after its size."""
    from hostile.catalogue.growth import GENERATORS

    for size in sizes(largest):
        (folder / str(size)).write_bytes(GENERATORS[name].make(size))


def measure(name: str, largest: int, repeats: int) -> dict[str, object]:
    """Times and memory of one generator, in this process."""
    sys.path[:0] = [str(ROOT), str(ROOT / "tools")]
    import pecdetect
    from hostile.catalogue.growth import GENERATORS

    make = GENERATORS[name].make
    pecdetect.classify(make(SMALLEST // 8))
    times: dict[int, float] = {}
    memory: dict[int, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        # Made elsewhere: what the making takes is no cost of the reading.
        command = [sys.executable, __file__, "--write", name, str(largest), folder]
        subprocess.run(command, check=True)  # noqa: S603 - this very file
        for size in sizes(largest):
            path = Path(folder) / str(size)
            before = peak()
            taken = []
            for _ in range(1 if size > 4 * MEGABYTE else repeats):
                began = time.process_time()
                pecdetect.classify(path)
                taken.append(time.process_time() - began)
            times[size], memory[size] = min(taken), peak() - before
            if times[size] > STOP_AFTER:
                break
    return {"name": name, "times": times, "memory": memory}


def row(found: dict[str, dict[str, float]], name: str) -> tuple[list[str], str]:
    """What is out of bounds, and a line of the table."""
    times = {int(size): seconds for size, seconds in found["times"].items()}
    # The memory of the process never shrinks: growth adds up over the sizes.
    total, over = 0.0, False
    for size, grown in found["memory"].items():
        total += grown
        over = over or total > MOST_MEMORY + MEMORY_FACTOR * int(size)
    ratios = [times[2 * size] / times[size] for size in times if 2 * size in times and times[size] >= COUNTED_FROM]
    ratio = statistics.median(ratios) if ratios else 0.0
    one, largest = times.get(ONE, 0.0), max(times)
    slowest = max(seconds / max(size, ONE) * ONE for size, seconds in times.items())
    faults = ["ratio"] * (ratio > MOST_RATIO) + ["1 MiB"] * (max(one, slowest) >= MOST_SECONDS) + ["memory"] * over
    line = f"{name:<42} {one * 1000:>9.1f} {times[largest]:>9.2f} {largest // MEGABYTE:>5} {ratio:>6.2f}"
    return faults, f"{line} {total / MEGABYTE:>8.0f}  {' '.join(faults)}"


def main() -> int:
    """Read the command line; the exit status is 1 when something is out of bounds."""
    sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "tests")]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="generators (default all)")
    parser.add_argument("--largest", type=int, default=16, help="MiB of the largest file (default 16)")
    parser.add_argument("--repeats", type=int, default=3, help="runs of each file up to 4 MiB; the fastest counts")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--write", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    from hostile.catalogue.growth import GENERATORS

    if options.write:
        write(options.write[0], int(options.write[1]), Path(options.write[2]))
        return 0
    if options.child:
        sys.stdout.write(json.dumps(measure(options.child, options.largest * MEGABYTE, options.repeats)))
        return 0
    sys.stdout.write(f"{'generator':<42} {'1 MiB, ms':>9} {'largest,s':>9} {'MiB':>5} {'ratio':>6} {'MiB RSS':>8}\n")
    faulty = 0
    for name in options.name or GENERATORS:
        command = [sys.executable, __file__, "--child", name]
        command += ["--largest", str(options.largest), "--repeats", str(options.repeats)]
        try:
            done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=GIVE_UP)  # noqa: S603 - as above
            faults, line = row(json.loads(done.stdout), name)
        except subprocess.TimeoutExpired:
            faults, line = ["time"], f"{name:<42} given up after {GIVE_UP} s"
        faulty += bool(faults)
        sys.stdout.write(line + "\n")
        sys.stdout.flush()
    sys.stdout.write(f"{faulty} of {len(options.name or GENERATORS)} out of bounds\n")
    return 1 if faulty else 0


if __name__ == "__main__":
    sys.exit(main())
