"""Times whole scans: ``check -j 2`` against ``check -j 1``, and against plain scripts around the standard library.

``python benchmarks/throughput.py --messages 4000`` writes messages of about 5 kB into folders and has them read in
turn, round after round; each begins with another. Ratios are those of one round; their median counts. The other
ways are:

- ``halves``: two ``check -j 1`` at once, each with half of the folders. They share nothing, so that no scan with two
  workers can be much faster than they are: it tells what the second processor of this machine is worth.
- ``script (bare)``: walks the folders, parses each file with ``email.message_from_bytes``, hashes it, and writes a
  line of JSON with what the fields say as they stand.
- ``script (facts)``: says what a line of ``check`` says of the message itself: date, addresses and subject decoded,
  attachments with their sizes.
- ``script (modern)``, with ``--modern``: the bare one with ``policy=email.policy.default``.

``--mail FOLDER`` reads mail of yours instead; then there are no halves and no scripts, which read .eml only.
``--against CHECKOUT`` adds ``check -j 2`` of another checkout of pecdetect.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import hashlib
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).resolve().parent.parent
AGAINST = "check -j 2 (other)"
PER_FOLDER = 1000
HOPS = 8


def message(number: int) -> bytes:
    """An ordinary message of about 5 kB: text, HTML and a file."""
    made = EmailMessage(policy=email.policy.SMTP)
    made["From"] = f"a{number}@example.org"
    made["To"] = "crm@example.com"
    made["Subject"] = f"Perché no? {number}"
    made["Message-ID"] = f"<{number}@example.org>"
    made["Date"] = "Mon, 02 Mar 2026 10:11:12 +0100"
    for hop in range(HOPS):
        made["Received"] = f"from mx{hop}.example.org by mx{hop + 1}.example.org; Mon, 02 Mar 2026 10:11:12 +0100"
    made.set_content("Buongiorno a tutti.\n" * 30)
    made.add_alternative("<p>Buongiorno a tutti.</p>\n" * 30, subtype="html")
    made.add_attachment(random.randbytes(1500), maintype="application", subtype="pdf", filename="offerta.pdf")
    return made.as_bytes()


def bare(parsed: Message) -> dict[str, Any]:
    """What the fields say as they stand."""
    return {name: str(parsed[name]) for name in ("from", "to", "subject")}


def facts(parsed: Message) -> dict[str, Any]:
    """What a line of results says of a message."""
    return {
        "message_id": parsed["Message-ID"],
        "date": parsedate_to_datetime(str(parsed["Date"])).isoformat(),
        "from": next(address for _, address in getaddresses(parsed.get_all("From", []))),
        "to": [address for _, address in getaddresses(parsed.get_all("To", []))],
        "cc": [address for _, address in getaddresses(parsed.get_all("Cc", []))],
        "subject": str(make_header(decode_header(str(parsed["Subject"])))),
        "attachments": [
            {"name": part.get_filename(), "type": part.get_content_type(), "size": len(part.get_payload(decode=True))}
            for part in parsed.walk()
            if part.get_filename()
        ],
    }


SCRIPTS = {
    "bare": (email.policy.compat32, bare),
    "facts": (email.policy.compat32, facts),
    "modern": (email.policy.default, bare),
}


def script(folder: Path, output: Path, kind: str) -> None:
    """What one would write without pecdetect: one process, one line of JSON for each file."""
    policy, said = SCRIPTS[kind]
    with output.open("w", encoding="utf-8") as lines:
        for path in sorted(folder.rglob("*.eml")):
            data = path.read_bytes()
            parsed: Message = email.message_from_bytes(data, policy=policy)
            parts: list[dict[str, Any]] = [
                {
                    "type": part.get_content_type(),
                    "name": part.get_filename(),
                    "encoding": part["Content-Transfer-Encoding"],
                }
                for part in parsed.walk()
            ]
            found = {
                "source": str(path.relative_to(folder)),
                "size": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "protected": any(part["type"].endswith(("pkcs7-mime", "/signed", "/encrypted")) for part in parts),
                "parts": parts,
            }
            lines.write(json.dumps(found | said(parsed)) + "\n")


def run(commands: Sequence[Sequence[str]], package: Path) -> float:
    """Run commands at the same time with the pecdetect in ``package``; gives their seconds, start and end included."""
    began = time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(package)}
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        for command in commands
    ]
    for process in running:
        said, _ = process.communicate()
        if process.returncode not in {0, 1, 2}:  # 2: some of the mail cannot be read
            raise SystemExit(said.decode())
    return time.perf_counter() - began


def ways(mail: Path, output: Path, options: argparse.Namespace) -> dict[str, list[list[str]]]:
    """The commands of each way; ``output`` is what names of outputs begin with."""
    check = [sys.executable, "-m", "pecdetect", "check"]
    found = {
        f"check -j {jobs}": [[*check, str(mail), "-j", str(jobs), "-o", f"{output}-{jobs}.jsonl"]] for jobs in (2, 1)
    }
    if options.against:
        found[AGAINST] = [[*check, str(mail), "-j", "2", "-o", f"{output}-other.jsonl"]]
    if options.mail:
        return found
    folders = sorted(map(str, mail.iterdir()))
    middle = len(folders) // 2
    found["halves"] = [
        [*check, *half, "-j", "1", "-o", f"{output}-half-{number}.jsonl"]
        for number, half in enumerate((folders[:middle], folders[middle:]))
    ]
    for kind in ("bare", "facts", *["modern"] * options.modern):
        found[f"script ({kind})"] = [[sys.executable, __file__, "--script", str(mail), f"{output}-{kind}.jsonl", kind]]
    return found


def turned(found: dict[str, list[list[str]]], number: int) -> list[tuple[str, list[list[str]]]]:
    """The ways of a round in turn: each round begins with another, since what came before one leaves its traces."""
    in_order, first = [*found.items()], number % len(found)
    return in_order[first:] + in_order[:first]


def write_mail(mail: Path, count: int) -> Path:
    """Write messages into folders of a folder, which is given back."""
    random.seed(1)
    for number in range(count):
        folder = mail / f"{number // PER_FOLDER:03}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{number:06}.eml").write_bytes(message(number))
    return mail


def main() -> None:
    """Run the rounds and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=4000, help="how many, 2000 or more (default: 4000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is taken (default: 3)")
    parser.add_argument("--modern", action="store_true", help="also the script with the modern policy, which is slow")
    parser.add_argument("--mail", type=Path, metavar="FOLDER", help="read this mail instead")
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="also time another checkout of pecdetect")
    parser.add_argument("--script", nargs=3, metavar=("FOLDER", "OUTPUT", "KIND"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.script:
        folder, output, kind = options.script
        script(Path(folder), Path(output), kind)
        return
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        mail = options.mail or write_mail(place / "mail", options.messages)
        taken: dict[str, list[float]] = {}
        for number in range(options.rounds):
            for way, commands in turned(ways(mail, place / f"round-{number}", options), number):
                if hasattr(os, "sync"):
                    os.sync()  # else each pays for what the one before has still to write
                taken.setdefault(way, []).append(run(commands, options.against if way == AGAINST else ROOT))
        fastest = taken["check -j 2"]
        for way, seconds in taken.items():
            ratios = [one / two for one, two in zip(seconds, fastest, strict=True)]
            each = ", ".join(f"{ratio:.2f}" for ratio in ratios)
            median = statistics.median(seconds)
            rate = "" if options.mail else f"{options.messages / median:8,.0f}/s  "
            print(f"{way:<20} {median:6.2f} s  {rate}{statistics.median(ratios):5.2f} x  ({each})")


if __name__ == "__main__":
    main()
