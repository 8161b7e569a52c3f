"""The HTML report: one file that holds everything, loads nothing, and reads well without JavaScript too."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any, TextIO

from pecdetect.report.html.untrusted import ascii_only, dotted, island, markup, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jinja2 import Environment

    from pecdetect.contract import Result

__all__ = ["write_report"]

FIRST_ROWS = 100
"""Rows in the page itself, for a reader without JavaScript; the script shows as many on a page."""


def write_report(
    results: Iterable[Result],
    stream: TextIO,
    *,
    run: Mapping[str, Any] | None = None,
    title: str | None = None,
) -> None:
    """Write results as a report: the answer, the reasons and what to do, who sends them, every item in a table.

    ``results`` are read once; :func:`pecdetect.contract.decode` gives those of a saved scan. ``run`` says what is in
    no result, as far as it is known: ``version``, ``rules``, ``arguments``, ``started``, ``ended``, ``limits``,
    ``profile``; other keys are shown under their own name. The page is pure ASCII and depends on nothing but what is
    handed in: the same results give the same bytes.

    About 1 KB of memory is used for each message. What ``results`` raises passes through before anything is written,
    and so does what ``stream`` raises.
    """
    from pecdetect.columns import columns_of
    from pecdetect.report.html.gathered import Gathered
    from pecdetect.report.html.items import Items
    from pecdetect.report.html.page import catalogue, context
    from pecdetect.report.summary import Summary

    summary, gathered, items = Summary(), Gathered(), Items()
    for index, result in enumerate(results):
        columns = columns_of(result)
        summary.add(result.source, columns)
        gathered.add(index, result, columns)
        items.add(result, columns)
    environment = _environment()
    values = context(summary, gathered, run or {}, title)
    values |= _embedded(environment)
    values["first"] = list(items.first(FIRST_ROWS))
    values["data"] = island(catalogue(gathered) | {"page": FIRST_ROWS} | items.table())
    values["blocks"] = items.blocks()
    stream.writelines(ascii_only(_pieces(environment, values)))


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(__name__, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"foreign": markup, "domain": dotted, "plain": plain, "num": "{:,}".format}
    return environment


def _pieces(environment: Environment, values: Mapping[str, Any]) -> Iterator[str]:
    """The page in pieces of a size worth writing."""
    stream = environment.get_template("report.html.j2").stream(values)
    stream.enable_buffering(64)
    return iter(stream)


def _embedded(environment: Environment) -> dict[str, Any]:
    """Style and script, and their hashes: the page allows these two and nothing else (Content Security Policy 3)."""
    from markupsafe import Markup

    values: dict[str, Any] = {}
    for name, file in (("style", "report.css"), ("script", "report.js")):
        content = _resource(environment, file)
        values[name] = Markup(content)  # noqa: S704 - shipped with the package
        values[f"{name}_hash"] = b64encode(sha256(content.encode()).digest()).decode()
    return values


def _resource(environment: Environment, name: str) -> str:
    """A file beside the template. A browser hashes lines that end in LF, whatever the installation made of them."""
    loader = environment.loader
    if loader is None:  # pragma: no cover - set above
        raise LookupError(name)
    return loader.get_source(environment, name)[0].replace("\r\n", "\n")
