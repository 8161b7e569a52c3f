"""What the page says, in the order in which it says it: values for the template, and the sentences around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from pecdetect.policy.references import REFERENCES
from pecdetect.policy.remedies import REMEDIES
from pecdetect.policy.rules import RULES
from pecdetect.profile import DEFAULT_BLOCKED_EXTENSIONS, Channel
from pecdetect.report.guide import CHANNEL_TITLES
from pecdetect.report.html import charts
from pecdetect.report.html.gathered import KEYS, Told
from pecdetect.report.html.untrusted import foreign, shown_domain
from pecdetect.report.summary import OUTCOMES, Group
from pecdetect.report.words import byte_size, counted, setting, where

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pecdetect.contract import Outcome
    from pecdetect.report.html.gathered import Gathered
    from pecdetect.report.summary import Groups, Summary

NAMES = ("Blocked", "Undetermined", "Degraded", "Syncs", "Skipped", "Not read")
"""The outcomes as headings, in the order of ``KEYS``."""
MEANINGS = (
    "The channel does not create, does not support or cannot read this mail.",
    (
        "The file alone cannot say: documents contradict each other, a setting that was not given decides, or the "
        "file could not be read fully. An open question, not a yes."
    ),
    "A record is expected; part of the content is missing or unreadable in it.",
    (
        "Nothing in the file prevents synchronisation. Mailbox filter, permissions and duplicates, which no file "
        "shows, still may."
    ),
)
"""What each outcome of a verdict says, and what it does not."""
DECIDED_TITLES = ("Keep messages out", "Leave it open", "Cost part of the content")
"""What the reasons do that decide an outcome; nothing decides the last one."""
NOTED_TITLE = "Found, and decided nothing"
MAX_DOMAINS = 12
"""Domains that have a row of their own."""
MAX_PERIODS = 240
"""Months that the table under the chart lists."""
_RUN_LABELS = {
    "version": "Tool version",
    "rules": "Rule set",
    "arguments": "Arguments",
    "started": "Started",
    "ended": "Ended",
    "limits": "Limits",
}
_ELSEWHERE = frozenset({"profile", "counts"})
"""What of a run is not listed with it: it has a place of its own."""
_PROFILE_LABELS = {
    "max_attachment_kb": "Attachment limit",
    "max_message_mb": "Message limit",
    "blocked_extensions": "Blocked file extensions",
    "irm_sync": "Rights-managed mail synchronises",
    "known_addresses": "Known addresses",
    "tracks_all": "Mailbox tracks all messages",
    "forward_mailbox": "Forward Mailbox",
}
_UNITS = {"max_attachment_kb": " KB", "max_message_mb": " MB"}


def context(summary: Summary, gathered: Gathered, run: Mapping[str, Any], title: str | None) -> dict[str, Any]:
    """All values that the template names, but for the items."""
    profile = next(iter(gathered.profiles), None)
    return {
        "title": foreign(title or "Synchronisation report", 200),
        "way": _way("" if profile is None else profile.channel),
        "summary": summary,
        "names": NAMES,
        "keys": KEYS,
        "lede": _lede(summary),
        "outcomes": list(_outcomes(summary)),
        "bar": charts.bar([summary.outcomes[outcome] for outcome in OUTCOMES], 1000, 30, gap=3),
        "causes": _causes(summary, gathered),
        "senders": _domains(summary.senders, "no sender address"),
        "providers": _domains(summary.providers, "not named in the message"),
        "provider_names": {
            shown_domain(domain): foreign(names.most_common(1)[0][0], 80)
            for domain, names in gathered.provider_names.items()
        },
        "chart": charts.columns(summary.months.items()),
        "months": sorted(summary.months.items(), key=lambda entry: (not entry[0], entry[0])),
        "troubles": list(_troubles(summary)),
        "run": list(_run(summary, gathered, run)),
        "profile": list(_profile(gathered, run)),
        "bar_of": lambda counts: charts.bar(counts, 160, 10, gap=1),
        "width": charts.WIDTH,
        "height": charts.HEIGHT,
        "max_periods": MAX_PERIODS,
    }


def catalogue(gathered: Gathered) -> dict[str, Any]:
    """Remedies and sources that the details name by their idents."""
    return {
        "remedies": {
            ident: [REMEDIES[ident].title, REMEDIES[ident].steps, REMEDIES[ident].loses, REMEDIES[ident].is_not]
            for ident in sorted(gathered.remedies & REMEDIES.keys())
        },
        "references": {
            ident: [REFERENCES[ident].title, REFERENCES[ident].publisher, REFERENCES[ident].where]
            for ident in sorted(gathered.references & REFERENCES.keys())
        },
        "names": NAMES,
        "keys": KEYS,
    }


def share(count: int, total: int) -> str:
    """A share in per cent; never 0 % for something, nor 100 % for less than all."""
    if not total:
        return "0%"
    if count in (0, total):
        return f"{100 * count // total}%"
    return f"{min(max(100 * count / total, 0.1), 99.9):.1f}%"


def _way(channel: str) -> str:
    return CHANNEL_TITLES[Channel(channel)] if channel in set(Channel) else foreign(channel, 60) or "Dynamics 365"


def _lede(summary: Summary) -> dict[str, str]:
    """The answer: one number, what it counts, and what the others are."""
    blocked, undetermined, degraded, syncs = (summary.outcomes[outcome] for outcome in OUTCOMES)
    total = summary.messages
    if not total:
        return {"figure": "0", "what": "messages were judged.", "rest": ""}
    rest = []
    if degraded:
        rest.append(f"For {degraded:,} of them part of the content will be missing or unreadable.")
    if blocked:
        rest.append(f"{blocked:,} {_are(blocked)} blocked ({share(blocked, total)}).")
    if undetermined:
        rest.append(f"For {undetermined:,} the file alone cannot say ({share(undetermined, total)}).")
    can = degraded + syncs
    return {
        "figure": share(can, total),
        "what": f"of the messages can be synchronised: {can:,} of {total:,}.",
        "rest": " ".join(rest),
    }


def _are(count: int) -> str:
    return "is" if count == 1 else "are"


def _outcomes(summary: Summary) -> Iterator[dict[str, Any]]:
    for number, outcome in enumerate(OUTCOMES):
        count = summary.outcomes[outcome]
        yield {"number": number, "count": count, "share": share(count, summary.messages), "meaning": MEANINGS[number]}


def _causes(summary: Summary, gathered: Gathered) -> list[dict[str, Any]]:
    """Rules by what they did, those of most messages first.

    A message is in the group of the outcome that it has, so that groups add up to the outcomes; within, it is counted
    under each rule that decided.
    """
    decided = {outcome: summary.reasons.deciding(outcome) for outcome in OUTCOMES[:-1]}
    most = max((number for found in decided.values() for _, number in found), default=1)
    groups = [
        {
            "number": number,
            "title": title,
            "messages": summary.outcomes[outcome],
            "causes": [_cause(gathered, outcome, code, count, summary.messages, most) for code, count in found],
        }
        for (number, (outcome, found)), title in zip(enumerate(decided.items()), DECIDED_TITLES, strict=True)
    ]
    noted = sorted(summary.noted.items(), key=lambda entry: (-entry[1], entry[0]))
    groups.append(
        {
            "number": len(groups),
            "title": NOTED_TITLE,
            "messages": None,
            "causes": [_cause(gathered, None, code, count, summary.messages, most) for code, count in noted],
        }
    )
    return [group for group in groups if group["causes"]]


def _cause(  # noqa: PLR0913, PLR0917 - a row of the page
    gathered: Gathered, outcome: Outcome | None, code: str, messages: int, total: int, most: int
) -> dict[str, Any]:
    told = gathered.reasons.get((outcome, code)) or Told("")
    rule, example = RULES.get(code), told.example
    return {
        "code": foreign(code, 80),
        "title": foreign(told.title, 200),
        "messages": messages,
        "share": share(messages, total),
        "width": min(300, max(2, round(300 * messages / most))),
        "why": rule.why if rule is not None else "",
        "remedies": [REMEDIES[ident] for ident, _ in told.remedies.most_common() if ident in REMEDIES],
        "dead_ends": [REMEDIES[ident] for ident in (rule.dead_ends if rule is not None else ())],
        "example": None
        if example is None
        else {
            "row": example.index + 1,
            "source": foreign(example.source, 300),
            "where": foreign(where(example.evidence), 300),
            "excerpt": foreign(example.evidence.excerpt),
        },
    }


def _troubles(summary: Summary) -> Iterator[dict[str, Any]]:
    """What has no verdict, by reason: what could not be read first."""
    for outcome, troubles in (("error", summary.errors), ("skipped", summary.skipped)):
        for code, trouble in sorted(troubles.items(), key=lambda entry: (-entry[1].items, entry[0])):
            yield {
                "outcome": outcome,
                "code": foreign(code, 80),
                "count": trouble.items,
                "examples": [(foreign(source, 300), foreign(detail, 300)) for _, source, detail in trouble.examples],
            }


def _domains(groups: Groups, unknown: str) -> dict[str, Any]:
    """Domains with most messages that do not get through first; all others in one row, so that columns add up."""
    ranked = groups.ranked()
    shown = ranked if len(ranked) <= MAX_DOMAINS + 1 else ranked[:MAX_DOMAINS]
    rest = ranked[len(shown) :]
    return {
        "rows": [(shown_domain(domain), group) for domain, group in shown],
        "others": _total(rest),
        "more": len(rest),
        "unknown": unknown,
        "total": _total(ranked),
    }


def _total(groups: Sequence[tuple[str, Group]]) -> Group:
    return sum((group for _, group in groups), Group())


def _run(summary: Summary, gathered: Gathered, run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Who judged what, when and how, and that every item is accounted for."""
    judges = [generator for generator, _ in gathered.generators.most_common(3)]
    told = {key: value for key, value in run.items() if key not in _ELSEWHERE and value not in (None, "", [], {})}
    if "version" not in told and judges:
        yield "Tool version", foreign(", ".join(dict.fromkeys(judge.version for judge in judges)), 120)
    if "rules" not in told and judges:
        yield "Rule set", foreign(", ".join(dict.fromkeys(judge.rules for judge in judges)), 120)
    for key, value in told.items():
        label = _RUN_LABELS.get(key, str(key).replace("_", " ").capitalize())
        yield foreign(label, 60), foreign(_run_value(value))
    counted_then = run.get("counts")
    if isinstance(counted_then, dict) and counted_then.get("items", summary.items) != summary.items:
        yield "Note", foreign(f"The run counted {setting(counted_then['items'])} items; {summary.items:,} are here.")
    yield "Size of the messages", byte_size(summary.size)
    yield "sha256", _hashes(summary)


def _run_value(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{key} = {setting(inner)}" for key, inner in value.items())
    return setting(value)


def _hashes(summary: Summary) -> str:
    if not summary.messages:
        return "no message was judged"
    if summary.hashed == summary.messages:
        return "of every judged message, in its details"
    if not summary.hashed:
        return "not computed in this run"
    return f"of {summary.hashed:,} of {counted(summary.messages, 'message')}, in their details"


def _profile(gathered: Gathered, run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the answer depends on that is in no file."""
    used, given = next(iter(gathered.profiles), None), run.get("profile")
    profile: dict[str, Any] = given if isinstance(given, dict) and given else {} if used is None else asdict(used)
    if not profile:
        return
    stated = profile.get("given", ())
    yield "Channel", _way(str(profile.get("channel", ""))) + (" (given)" if "channel" in stated else "")
    for key, label in _PROFILE_LABELS.items():
        if key in profile:
            origin = " (given)" if key in stated else ""
            yield label, foreign(_profile_value(key, profile[key]) + origin, 400)
    if len(gathered.profiles) > 1:
        yield "Note", f"The messages were judged under {len(gathered.profiles):,} profiles; this is one of them."


def _profile_value(key: str, value: Any) -> str:
    is_list = isinstance(value, (list, tuple))
    if key == "blocked_extensions" and is_list and set(map(str, value)) == DEFAULT_BLOCKED_EXTENSIONS:
        return f"the default list of Dataverse ({len(value)})"
    return setting(value) + (_UNITS.get(key, "") if isinstance(value, int) else "")
