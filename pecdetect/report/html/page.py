"""What the page says, in the order in which it says it: values for the template, and the sentences around them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pecdetect.policy.references import REFERENCES
from pecdetect.policy.remedies import REMEDIES
from pecdetect.policy.rules import RULES
from pecdetect.profile import DEFAULT_BLOCKED_EXTENSIONS, Channel
from pecdetect.report.guide import CHANNEL_TITLES
from pecdetect.report.html import charts
from pecdetect.report.html.details import setting, spot
from pecdetect.report.html.foreign import foreign
from pecdetect.report.html.reading import OUTCOMES, text, words
from pecdetect.report.html.summary import EFFECTS, VERDICTS, Group
from pecdetect.report.terminal.console import counted, octets

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pecdetect.report.html.summary import Cause, Summary

NAMES = ("Blocked", "Undetermined", "Degraded", "Syncs", "Skipped", "Not read")
"""The outcomes as headings, in the order of ``OUTCOMES``."""
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
EFFECT_TITLES = {
    "blocks": "Keep messages out",
    "undetermined": "Leave it open",
    "degrades": "Cost part of the content",
    "informs": "Noted, without effect on the outcome",
}
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


def context(summary: Summary, run: Mapping[str, Any], title: str | None) -> dict[str, Any]:
    """All values that the template names, but for the items."""
    channel = text(summary.profile or {}, "channel")
    return {
        "title": foreign(title or "Synchronisation report", 200),
        "way": _way(channel),
        "summary": summary,
        "names": NAMES,
        "keys": OUTCOMES,
        "lede": _lede(summary),
        "outcomes": list(_outcomes(summary)),
        "bar": charts.bar([summary.outcomes[key] for key in OUTCOMES[:VERDICTS]], 1000, 30, gap=3),
        "causes": list(_causes(summary)),
        "senders": _domains(summary.senders, "no sender address"),
        "providers": _domains(summary.providers, "not named in the message"),
        "provider_names": {domain: names.most_common(1)[0][0] for domain, names in summary.provider_names.items()},
        "chart": charts.columns(summary.months),
        "months": sorted(summary.months.items(), key=lambda entry: (not entry[0], entry[0])),
        "troubles": sorted(summary.troubles.values(), key=lambda kind: (kind.outcome, -kind.items, kind.code)),
        "run": list(_run(summary, run)),
        "profile": list(_profile(summary, run)),
        "bar_of": lambda counts: charts.bar(counts, 160, 10, gap=1),
        "width": charts.WIDTH,
        "height": charts.HEIGHT,
        "max_periods": MAX_PERIODS,
    }


def catalogue(summary: Summary) -> dict[str, Any]:
    """Titles, remedies and sources that the details name by their idents."""
    return {
        "titles": {code: cause.title for code, cause in sorted(summary.causes.items())},
        "remedies": {
            ident: [REMEDIES[ident].title, REMEDIES[ident].steps, REMEDIES[ident].loses, REMEDIES[ident].is_not]
            for ident in sorted(summary.remedies & REMEDIES.keys())
        },
        "references": {
            ident: [REFERENCES[ident].title, REFERENCES[ident].publisher, REFERENCES[ident].where]
            for ident in sorted(summary.references & REFERENCES.keys())
        },
        "names": NAMES,
        "keys": OUTCOMES,
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
    blocked, undetermined, degraded, syncs = (summary.outcomes[key] for key in OUTCOMES[:VERDICTS])
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
    for number, key in enumerate(OUTCOMES[:VERDICTS]):
        count = summary.outcomes[key]
        yield {"number": number, "count": count, "share": share(count, summary.messages), "meaning": MEANINGS[number]}


def _causes(summary: Summary) -> Iterator[dict[str, Any]]:
    """Reasons by strongest effect, those of most messages first."""
    weighty = [cause.messages for cause in summary.causes.values() if cause.effect != EFFECTS[-1]]
    most = max(weighty, default=1)
    for effect in EFFECTS:
        causes = [cause for cause in summary.causes.values() if cause.effect == effect]
        causes.sort(key=lambda cause: (-cause.messages, cause.code))
        if causes:
            yield {
                "effect": effect,
                "number": EFFECTS.index(effect),
                "title": EFFECT_TITLES[effect],
                "causes": [_cause(cause, summary.messages, most) for cause in causes],
            }


def _cause(cause: Cause, total: int, most: int) -> dict[str, Any]:
    rule = RULES.get(cause.code)
    remedies = [REMEDIES[ident] for ident, _ in cause.remedies.most_common() if ident in REMEDIES]
    example = None
    if cause.example is not None:
        index, source, detail, place = cause.example
        example = {
            "row": index + 1,
            "source": source,
            "detail": detail,
            "where": spot(place),
            "excerpt": foreign(text(place, "excerpt")),
        }
    return {
        "code": cause.code,
        "title": cause.title,
        "messages": cause.messages,
        "decides": cause.decides,
        "share": share(cause.messages, total),
        "width": min(300, max(2, round(300 * cause.messages / most))),
        "why": rule.why if rule is not None else "",
        "remedies": remedies,
        "dead_ends": [REMEDIES[ident] for ident in (rule.dead_ends if rule is not None else ())],
        "example": example,
    }


def _domains(groups: Mapping[str, Group], unknown: str) -> dict[str, Any]:
    """Domains with most messages that do not get through first; all others in one row, so that columns add up."""
    ranked = sorted(groups.items(), key=lambda entry: (*(-count for count in entry[1].counts[:3]), entry[0]))
    if len(ranked) <= MAX_DOMAINS + 1:
        shown, rest = ranked, []
    else:
        shown, rest = ranked[:MAX_DOMAINS], ranked[MAX_DOMAINS:]
    total = Group()
    for _, group in ranked:
        total += group
    others = Group()
    for _, group in rest:
        others += group
    return {"rows": shown, "others": others, "more": len(rest), "unknown": unknown, "total": total, "all": len(ranked)}


def _run(summary: Summary, run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Who judged what, when and how, and that every item is accounted for."""
    versions = [(version, rules) for (version, rules), _ in summary.generators.most_common(3)]
    told = {key: value for key, value in run.items() if key not in _ELSEWHERE and value not in (None, "", [], {})}
    if "version" not in told and versions:
        yield "Tool version", ", ".join(dict.fromkeys(version for version, _ in versions))
    if "rules" not in told and versions:
        yield "Rule set", ", ".join(dict.fromkeys(rules for _, rules in versions))
    for key, value in told.items():
        label = _RUN_LABELS.get(key, str(key).replace("_", " ").capitalize())
        yield foreign(label, 60), foreign(_run_value(value))
    counted_then = run.get("counts")
    if isinstance(counted_then, dict) and counted_then.get("items", summary.items) != summary.items:
        yield "Note", foreign(f"The run counted {setting(counted_then['items'])} items; {summary.items:,} are here.")
    yield "Size of the messages", octets(summary.octets)
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


def _profile(summary: Summary, run: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the answer depends on that is in no file."""
    given = run.get("profile")
    profile = given if isinstance(given, dict) and given else summary.profile
    if not profile:
        return
    stated = words(profile, "given")
    yield "Channel", _way(text(profile, "channel")) + (" (given)" if "channel" in stated else "")
    for key, label in _PROFILE_LABELS.items():
        if key in profile:
            origin = " (given)" if key in stated else ""
            yield label, foreign(_profile_value(key, profile[key]) + origin, 400)
    if len(summary.profiles) > 1:
        yield "Note", f"The messages were judged under {len(summary.profiles):,} profiles; this is one of them."


def _profile_value(key: str, value: Any) -> str:
    if key == "blocked_extensions" and isinstance(value, list) and _same(value, DEFAULT_BLOCKED_EXTENSIONS):
        return f"the default list of Dataverse ({len(value)})"
    return setting(value) + (_UNITS.get(key, "") if isinstance(value, int) else "")


def _same(values: Iterable[Any], others: frozenset[str]) -> bool:
    return {str(value) for value in values} == others
