"""Times whole scans: ``check -j 2`` against ``check -j 1``, and against a plain script around the standard library.

``python benchmarks/throughput.py --messages 4000`` writes messages of about 5 kB into folders and has them read in
turn, round after round. The script does what an administrator would write first: it walks the folders, parses each
file, hashes it, and writes a line of JSON. Ratios are those of one round; their median counts.
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
from email.message import EmailMessage
from pathlib import Path

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


def script(folder: Path, output: Path, policy: email.policy.Policy[EmailMessage]) -> None:
    """What one would write without pecdetect: one process, one line of JSON for each file."""
    with output.open("w", encoding="utf-8") as lines:
        for path in sorted(folder.rglob("*.eml")):
            data = path.read_bytes()
            parsed = email.message_from_bytes(data, policy=policy)
            parts = [
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
                "from": str(parsed["From"]),
                "to": str(parsed["To"]),
                "subject": str(parsed["Subject"]),
                "protected": any(part["type"].endswith(("pkcs7-mime", "/signed", "/encrypted")) for part in parts),
                "parts": parts,
            }
            lines.write(json.dumps(found) + "\n")


def run(command: list[str]) -> float:
    """Run a command; gives its seconds, start and end of the process included."""
    began = time.perf_counter()
    done = subprocess.run(command, check=False, capture_output=True)
    if done.returncode > 1:
        raise SystemExit(done.stderr.decode())
    return time.perf_counter() - began


def main() -> None:
    """Run the rounds and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--messages", type=int, default=4000, help="how many (default: 4000)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each way is taken (default: 3)")
    parser.add_argument("--modern", action="store_true", help="also the script with the modern policy, which is slow")
    parser.add_argument("--script", nargs=3, metavar=("FOLDER", "OUTPUT", "POLICY"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.script:
        folder, output, policy = options.script
        script(Path(folder), Path(output), getattr(email.policy, policy))
        return
    random.seed(1)
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        for number in range(options.messages):
            folder = place / "mail" / f"{number // PER_FOLDER:03}"
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:06}.eml").write_bytes(message(number))
        if hasattr(os, "sync"):
            os.sync()  # else the first way pays for what is still to be written
        ways = {
            f"check -j {jobs}": [sys.executable, "-m", "pecdetect", "check", str(place / "mail"), "-j", str(jobs), "-o"]
            for jobs in (2, 1)
        }
        for policy in ("compat32", *["default"] * options.modern):
            ways[f"script ({policy})"] = [sys.executable, __file__, "--script", str(place / "mail")]
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(options.rounds):
            for way, command in ways.items():
                output = str(place / f"{number}-{len(taken[way])}-{way.replace(' ', '')}.jsonl")
                last = [way[8:-1]] if way.startswith("script") else []
                taken[way].append(run([*command, output, *last]))
        fastest = taken["check -j 2"]
        for way, seconds in taken.items():
            ratios = [one / two for one, two in zip(seconds, fastest, strict=True)]
            rate = options.messages / statistics.median(seconds)
            print(f"{way:<18} {statistics.median(seconds):6.2f} s  {rate:8,.0f}/s  {statistics.median(ratios):5.2f} x")


if __name__ == "__main__":
    main()
