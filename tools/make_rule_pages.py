"""Write a page for each rule: ``python tools/make_rule_pages.py [--check]``.

The pages (``docs/rules/``) come from the catalogue and from the samples that fire the rule
(``tests/cases/rules.toml``); what the samples show is also put into the package, for ``pecdetect explain``. With
``--check`` nothing is written: the exit code is 1 if a page is stale, missing or superfluous.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import rule_cases
from pecdetect.policy.references import Reference
from pecdetect.policy.remedies import Remedy
from pecdetect.policy.rules import CATALOGUE, DOCUMENTATION, documentation_url
from pecdetect.profile import Channel
from pecdetect.report import guide
from pecdetect.report.escape import escape
from pecdetect.report.guide import Example, Examples, Meaning, Page, Quotation, Sample, Section
from pecdetect.report.rules import rule_effects
from pecdetect.report.words import where
from rule_cases import ROOT
from samples.places import FOLDER, sample_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rule_cases import Case, RuleCases

PAGES = ROOT / DOCUMENTATION
EXAMPLES = Path(guide.__file__).with_name(guide.EXAMPLES)

MAX_QUOTED = 5
"""Places that a page quotes."""

_SPECIAL = re.compile(r"[\\`*<>\[\]|#]")
_README_ROW = re.compile(r"^\| `([^`]+)` \| (.+) \|$", re.MULTILINE)


@cache
def _shown() -> dict[str, str]:
    """What each sample shows, as README.md in their folder says it."""
    return dict(_README_ROW.findall((FOLDER / "README.md").read_text(encoding="utf-8")))


def find_examples(cases: RuleCases) -> Examples:
    """Judge the first file that fires a rule, and name those that nearly do."""
    near = tuple(_sample(case) for case in cases.near)
    if not cases.fires:
        return Examples(None, near)
    case = cases.fires[0]
    reason = next(reason for reason in cases.judge(case).reasons if reason.code == cases.code)
    quotations = tuple(Quotation(where(seen), seen.excerpt) for seen in reason.evidence[:MAX_QUOTED])
    given = {**cases.profile, **cases.limits}
    settings = tuple(f"{name} = {json.dumps(value)}" for name, value in given.items())
    return Examples(Example(_sample(case), settings, reason.detail, quotations), near)


def _sample(case: Case) -> Sample:
    if case.sample is None or case.name is not None:
        return Sample(case.shown, case.shows)
    return Sample(sample_path(case.sample).relative_to(ROOT).as_posix(), _shown()[case.sample])


def plain(text: str) -> str:
    """Text that Markdown shows as it is."""
    return _SPECIAL.sub(r"\\\g<0>", escape(text))


def code(text: str) -> str:
    """Text in code style; a fence longer than any run of backticks in it."""
    text = escape(text)
    runs = [len(run) for run in re.findall("`+", text)]
    fence = "`" * (max(runs, default=0) + 1)
    pad = " " if runs else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def page_text(page: Page) -> str:
    """The page in Markdown."""
    lines = [
        f"# {page.code}: {plain(page.title)}",
        "",
        f"Run `pecdetect explain {page.code}` to read this page offline. Added in {page.since}.",
    ]
    for section in page.sections:
        lines += ["", f"## {section.title}", *_blocks(section)]
    return "\n".join(lines) + "\n"


def _blocks(section: Section) -> Iterator[str]:
    if any(isinstance(block, Meaning) for block in section.blocks):
        yield ""
        yield "| channel | effect | basis | when | what happens to the message |"
        yield "|---|---|---|---|---|"
    previous: object = None
    for block in section.blocks:
        listed = isinstance(block, Quotation | Sample | Reference) and type(block) is type(previous)
        if not (listed or isinstance(block, Meaning)):
            yield ""
        yield from _block(block)
        previous = block


def _block(block: guide.Block) -> Iterator[str]:
    match block:
        case Meaning():
            channels = ", ".join(f"`{channel.value}`" for channel in block.channels)
            condition = plain(block.condition or "always")
            cells = (channels, block.effect.value, block.basis.value, condition, plain(block.detail))
            yield f"| {' | '.join(cells)} |"
        case Quotation():
            yield _quotation(block)
        case Sample():
            name = f"[`{block.file}`](../../{block.file})" if "/" in block.file else f"`{block.file}`"
            yield f"- {name}: {plain(block.shows)}"
        case Remedy():
            yield f"### {plain(block.title)} (`{block.ident}`)"
            yield ""
            yield plain(block.steps)
            yield ""
            yield f"- **Loses:** {plain(block.loses)}"
            yield f"- {plain(block.is_not)}"
        case Reference():
            dated = f", {block.date}" if block.date else ""
            about = f"{block.publisher}{dated}; read {block.read}"
            yield f"- **{block.ident}**: {plain(block.title)} ({about}), <{block.where}>"
        case _:
            yield plain(str(block))


def _quotation(quotation: Quotation) -> str:
    if not quotation.excerpt:
        return f"- {plain(quotation.where)}"
    excerpt = code(quotation.excerpt)
    return f"- {plain(quotation.where)}: {excerpt}" if quotation.where else f"- {excerpt}"


def index_text() -> str:
    """The list of all rules in Markdown."""
    lines = [
        "# The rules",
        "",
        "Each rule describes mail that Dynamics 365 leaves behind or damages. The table gives its effect on each",
        "channel; where it lists several, the message or the profile decides, and the rule's page says how.",
        "[Outcomes](../outcomes.md) explains the effects. `pecdetect rules` prints this list, `pecdetect explain CODE`",
        "prints a page.",
        "",
        f"| code | title | {' | '.join(f'`{channel.value}`' for channel in Channel)} |",
        f"|---|---|{'---|' * len(Channel)}",
    ]
    for rule in CATALOGUE:
        effects = [" / ".join(effect.value for effect in found) for found in rule_effects(rule).values()]
        lines.append(f"| [`{rule.code}`]({rule.code}.md) | {plain(rule.title)} | {' | '.join(effects)} |")
    return "\n".join(lines) + "\n"


def expected() -> dict[Path, str]:
    """Every file that this script writes, with its text."""
    table = rule_cases.load()
    shown = {rule.code: find_examples(table[rule.code]) for rule in CATALOGUE}
    record = {name: asdict(examples) for name, examples in shown.items()}
    texts = {EXAMPLES: json.dumps(record, indent=1) + "\n", PAGES / "README.md": index_text()}
    for rule in CATALOGUE:
        texts[ROOT / documentation_url(rule.code)] = page_text(guide.rule_page(rule, shown[rule.code]))
    return texts


def problems(texts: dict[Path, str]) -> Iterator[str]:
    """What differs from the files that are there, a line each."""
    for path, text in texts.items():
        if not path.is_file():
            yield f"missing: {path.relative_to(ROOT).as_posix()}"
        elif path.read_text(encoding="utf-8") != text:
            yield f"stale: {path.relative_to(ROOT).as_posix()}"
    for path in sorted(PAGES.glob("*.md")):
        if path not in texts:
            yield f"superfluous: {path.relative_to(ROOT).as_posix()}"


def main() -> int:
    """Write the pages, or with ``--check`` say which differ."""
    texts = expected()
    found = list(problems(texts))
    print("\n".join(found) if found else "all pages are as the catalogue has them")
    if "--check" in sys.argv[1:]:
        return int(bool(found))
    PAGES.mkdir(parents=True, exist_ok=True)
    for path in PAGES.glob("*.md"):
        if path not in texts:
            path.unlink()
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
