"""The report in a real browser: searched, sorted, filtered, opened and read with keyboard and mouse.

Chromium is driven over a pair of pipes with its DevTools protocol, so that nothing but a browser is needed.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from pecdetect import classify
from pecdetect.contract import judged
from pecdetect.report.html import write_report
from support.contracts import skipped
from support.samples import sample
from support.values import changed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pecdetect.contract import Result

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.skipif(os.name == "nt", reason="the browser is driven over inherited pipes"),
]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
)
LAUNCHER = """
import fcntl, os, sys
pipes = [fcntl.fcntl(int(pipe), fcntl.F_DUPFD, 10) for pipe in sys.argv[1:3]]
os.dup2(pipes[0], 3)
os.dup2(pipes[1], 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
"""Becomes the browser, which reads commands on descriptor 3 and answers on 4."""
PATIENCE = 60
"""Seconds after which a wait fails: a bound on a broken page, not on a slow machine."""
HOSTILE = "</script><img src=x onerror=\"document.title='owned'\">\u202egpj.exe"
ROWS = 450


def results() -> Iterator[Result]:
    """Rows enough for several pages and blocks; each tenth a PEC, each fiftieth skipped, one of them hostile."""
    names = ("pec-transport-envelope", "ordinary-8bit", "smime-encrypted")
    pec, plain, bad = (classify(sample(f"{name}.eml")) for name in names)
    for number in range(ROWS):
        source = f"export/{number}.eml"
        if number % 50 == 49:
            yield skipped(source)
            continue
        verdict = pec if number % 10 == 1 else bad if number % 10 == 2 else plain
        subject = HOSTILE if number == 7 else f"Offer {number}"
        date = f"2026-{1 + number % 12:02}-01T00:{number % 60:02}:00+00:00"
        yield judged(source, changed(verdict, message=changed(verdict.message, subject=subject, date=date)))


class Browser:
    """A headless Chromium with one page."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._write = os.pipe()
        self._read, from_browser = os.pipe()
        command = [sys.executable, "-c", LAUNCHER, str(to_browser), str(from_browser), str(CHROMIUM), *FLAGS]
        self._process = subprocess.Popen(  # noqa: S603 - the browser, with our flags
            [*command, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser, from_browser),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self._number = 0
        self._buffer = bytearray()
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """Send a command and wait for what it gives."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") != self._number:
                self.events.append(answer)
                continue
            assert "error" not in answer, answer
            result: dict[str, Any] = answer["result"]
            return result

    def _receive(self) -> dict[str, Any]:
        while (end := self._buffer.find(b"\0")) < 0:
            data = os.read(self._read, 1 << 20)
            assert data, "the browser has gone"
            self._buffer += data
        message: dict[str, Any] = json.loads(self._buffer[:end])
        del self._buffer[: end + 1]
        return message

    def js(self, expression: str) -> Any:
        """Evaluate an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, expression: str) -> None:
        """Wait until an expression holds."""
        until = time.monotonic() + PATIENCE
        while not self.js(expression):
            assert time.monotonic() < until, f"never came true: {expression}"
            time.sleep(0.02)

    def open(self, address: str, *, script: bool = True) -> None:
        """Load a page afresh and wait until it is complete."""
        self.call("Emulation.setScriptExecutionDisabled", value=not script)
        self.call("Page.navigate", url="about:blank")
        self.wait("location.href === 'about:blank'")
        self.events.clear()
        self.call("Page.navigate", url=address)
        self.wait("location.href.startsWith('file:') && document.readyState === 'complete'")

    def look(self, width: int, height: int, *, scheme: str = "light", media: str = "") -> None:
        """Set the window and what the page is told of the reader's wishes."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )
        features = [
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)

    def click(self, selector: str) -> None:
        """Click in the middle of an element."""
        box = f"document.querySelector({json.dumps(selector)})"
        self.js(f"{box}.scrollIntoView({{block: 'center'}})")
        middle = "[r.x + r.width / 2, r.y + r.height / 2]"
        spot = self.js(f"(() => {{ const r = {box}.getBoundingClientRect(); return {middle} }})()")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=spot[0], y=spot[1], button="left", clickCount=1)

    def key(self, key: str, code: int, text: str = "") -> None:
        """Press a key."""
        event = {"key": key, "code": key, "windowsVirtualKeyCode": code, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **event)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def complaints(self) -> list[dict[str, Any]]:
        """Errors, violations of the policy, and every request but for the page itself."""
        return [
            event
            for event in self.events
            if event.get("method") in {"Runtime.exceptionThrown", "Log.entryAdded"}
            or (
                event.get("method") == "Network.requestWillBeSent"
                and not event["params"]["request"]["url"].startswith(("file:", "about:"))
            )
        ]

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self.call("Browser.close")
        os.close(self._write)
        os.close(self._read)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    with path.open("w", encoding="utf-8", newline="") as stream:
        write_report(results(), stream)
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Browser]:
    """The report, freshly opened on a desktop; nothing in it may have gone wrong in the end."""
    browser.look(1280, 900)
    browser.open(address)
    yield browser
    assert browser.complaints() == []


def subjects(page: Browser) -> list[str]:
    found: list[str] = page.js("[...document.querySelectorAll('#rows .c-subject')].map((cell) => cell.textContent)")
    return found


def found(page: Browser) -> str:
    words: str = page.js("document.getElementById('found').textContent")
    return words


def test_it_is_ready_and_shows_the_first_page(page: Browser) -> None:
    assert page.js("document.documentElement.dataset.ready") is not None
    assert found(page) == f"All {ROWS} items"
    assert subjects(page)[:3] == ["Offer 0", "Offer 1", "Offer 2"]
    assert len(subjects(page)) == 100


def test_search(page: Browser) -> None:
    page.click("#q")
    page.call("Input.insertText", text="OFFER 42 export/42")
    page.wait("document.getElementById('found').textContent.startsWith('11 of')")
    assert subjects(page) == ["Offer 42", *(f"Offer {number}" for number in range(420, 430))][: len(subjects(page))]
    assert page.js("location.hash").startswith("#q=OFFER")


def test_search_that_finds_nothing(browser: Browser, address: str) -> None:
    browser.open(address + "#q=nowhere")
    assert found(browser) == f"0 of {ROWS} items"
    assert subjects(browser) == []


def test_sort_both_ways_says_so(page: Browser) -> None:
    page.click("th[data-key=source] button")
    assert page.js("document.querySelector('th[data-key=source]').ariaSort") == "ascending"
    assert subjects(page)[8:11] == ["Offer 8", "Offer 9", "Offer 10"]
    page.click("th[data-key=source] button")
    assert page.js("document.querySelector('th[data-key=source]').ariaSort") == "descending"
    assert page.js("document.querySelectorAll('th[aria-sort]').length") == 1
    assert subjects(page)[1] == f"Offer {ROWS - 2}"


def test_sort_by_date_puts_what_has_none_last(browser: Browser, address: str) -> None:
    for order in ("date", "-date"):
        browser.open(f"{address}#sort={order}&page=5")
        assert browser.js("document.querySelector('#rows tr:last-child .c-date').textContent") == ""
        assert browser.js("document.querySelector('#rows tr:first-child .c-date').textContent") != ""


def test_filter_by_outcome_and_reason(page: Browser) -> None:
    page.click("#outcomes button[data-key=blocked]")
    assert found(page) == f"90 of {ROWS} items"
    assert page.js("document.querySelector('#outcomes button[data-key=blocked]').ariaPressed") == "true"
    page.click("#outcomes button[data-key=skipped]")
    assert found(page) == f"99 of {ROWS} items"
    page.js(
        "(() => { const s = document.getElementById('reason'); s.value = 'pec-transport-envelope';"
        "s.dispatchEvent(new Event('change')) })()"
    )
    assert found(page) == f"45 of {ROWS} items"
    assert set(page.js("[...document.querySelectorAll('#rows .outcome')].map((cell) => cell.textContent.trim())")) == {
        "Blocked"
    }


def test_a_domain_in_the_tables_leads_to_its_messages(page: Browser) -> None:
    page.click("#providers tbody a")
    page.wait("document.getElementById('found').textContent.startsWith('45 of')")
    page.click("#chips button")
    assert found(page) == f"All {ROWS} items"


def test_a_reason_leads_to_the_messages_that_it_decided(page: Browser) -> None:
    for rule, rows in (("pec-transport-envelope", 45), ("smime-encrypted", 45)):
        page.js(f"location.hash = '#outcome=blocked&decided={rule}'")
        page.wait(f"document.getElementById('found').textContent === '{rows} of {ROWS} items'")
    page.js("location.hash = '#noted=smime-attachments-hidden'")
    page.wait(f"document.getElementById('found').textContent === '45 of {ROWS} items'")
    page.js("location.hash = '#decided=smime-attachments-hidden'")
    page.wait(f"document.getElementById('found').textContent === '0 of {ROWS} items'")
    page.click("#chips button")
    assert found(page) == f"All {ROWS} items"


def test_pages(page: Browser) -> None:
    page.click("#next")
    assert subjects(page)[0] == "Offer 100"
    page.click("#previous")
    assert subjects(page)[0] == "Offer 0"
    assert page.js("document.getElementById('previous').disabled") is True


def test_details_with_the_keyboard(page: Browser) -> None:
    page.js("document.querySelector('#rows tr:nth-child(2) .open').focus()")
    page.key("Enter", 13, "\r")
    page.wait("document.getElementById('panel').open")
    text = page.js("document.getElementById('panel').textContent")
    for words in ("Offer 1", "X-Trasporto: posta-certificata", "bytes 999-1029", "Forward it inline", "Gestore di"):
        assert words in text
    assert "open=2" in page.js("location.hash")
    page.key("ArrowRight", 39)
    page.wait("document.getElementById('panel-title').textContent === 'Offer 2'")
    page.key("ArrowLeft", 37)
    page.wait("document.getElementById('panel-title').textContent === 'Offer 1'")
    page.key("Escape", 27)
    page.wait("!document.getElementById('panel').open")
    page.wait("!location.hash.includes('open=')")
    assert page.js("document.activeElement.textContent") == "Offer 1"


def test_details_of_a_row_with_the_mouse(page: Browser) -> None:
    page.click("#rows tr:nth-child(50) .c-outcome")
    page.wait("document.getElementById('panel').open")
    assert "holds no e-mail" in page.js("document.getElementById('panel').textContent")
    page.click("#panel-close")
    page.wait("!document.getElementById('panel').open")


@pytest.mark.parametrize("row", [1, 200, 201, ROWS])
def test_a_link_opens_any_message(browser: Browser, address: str, row: int) -> None:
    browser.open(f"{address}#open={row}")
    browser.wait("document.getElementById('panel').open")
    assert f"export/{row - 1}.eml" in browser.js("document.getElementById('panel').textContent")


@pytest.mark.parametrize("hash_", ["#open=0", "#open=x", "#open=9999", "#page=-3", "#sort=none", "#reason=%3C", "#="])
def test_a_link_that_makes_no_sense_does_no_harm(browser: Browser, address: str, hash_: str) -> None:
    browser.open(address + hash_)
    assert browser.js("document.getElementById('panel').open") is False
    assert browser.js("document.documentElement.dataset.ready") is not None
    assert browser.complaints() == []


def test_a_hostile_subject_stays_text(page: Browser) -> None:
    page.js("location.hash = '#open=8'")
    page.wait("document.getElementById('panel').open")
    shown = HOSTILE.replace("\u202e", "<U+202E>")
    assert page.js("document.getElementById('panel-title').textContent") == shown
    assert page.js("document.querySelector('#panel-title .esc').textContent") == "<U+202E>"
    assert page.js("document.querySelectorAll('img').length") == 0
    assert page.js("document.title") == "Synchronisation report"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_in_both_schemes(browser: Browser, address: str, scheme: str) -> None:
    """WCAG 2.2, 1.4.3: 4.5 to 1 for what is read, in every colour that text has."""
    browser.look(1280, 900, scheme=scheme)
    browser.open(address)
    colours = browser.js(
        "(() => { const s = getComputedStyle(document.documentElement);"
        "return Object.fromEntries(['bg', 'panel', 'ink', 'muted', 'link', 'esc', 'c0', 'c1', 'c2', 'c3', 'c4', 'c5']"
        ".map((name) => [name, s.getPropertyValue('--' + name).trim()])) })()"
    )
    grounds = [colours.pop("bg"), colours.pop("panel")]
    assert (luminance(grounds[0]) > 0.5) is (scheme == "light")
    for name, colour in colours.items():
        for ground in grounds:
            light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (name, ground)


def luminance(colour: str) -> float:
    """Relative luminance of #rgb or #rrggbb (WCAG 2.2)."""
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_stands_beyond_the_window(browser: Browser, address: str, width: int) -> None:
    browser.look(width, 844)
    for hash_ in ("", "#open=2"):
        browser.open(address + hash_)
        assert browser.js("document.documentElement.scrollWidth") <= width
    assert browser.js("document.getElementById('panel-body').scrollWidth") <= width


def test_without_javascript(browser: Browser, address: str) -> None:
    browser.look(1280, 900)
    browser.open(address, script=False)
    tree = browser.call("DOM.getDocument", depth=0)["root"]["nodeId"]
    rows = browser.call("DOM.querySelectorAll", nodeId=tree, selector="#rows tr")["nodeIds"]
    html = browser.call("DOM.getOuterHTML", nodeId=tree)["outerHTML"]
    browser.call("Emulation.setScriptExecutionDisabled", value=False)
    assert len(rows) == 100
    assert "The first 100 of 450 items." in html
    assert 'class="scripted"' not in html


def test_print_holds_the_whole_report(page: Browser) -> None:
    data = base64.b64decode(page.call("Page.printToPDF", printBackground=True)["data"])
    assert data.startswith(b"%PDF-")
    assert page.js("document.querySelectorAll('.cause:not([open])').length") > 0
