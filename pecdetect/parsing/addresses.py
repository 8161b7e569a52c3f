"""Address fields: RFC 5322 (3.4, 4.4) and RFC 6532, read as leniently as mail clients do.

One pass names the tokens, a second cuts them into mailboxes; nothing recurses and nothing is read twice, so that
the time is linear for any text. Nothing raises.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from pecdetect.parsing.encoded_words import decode_encoded_words
from pecdetect.parsing.grammar import (
    ADDR_SPEC,
    ADDRESS_DELIMITERS,
    ADDRESS_TOKEN,
    COMMENT_MARK,
    FWS,
    LOCAL_PART,
    LONE_BRACKETS,
    MAILTO,
    ON_BEHALF_OF,
    ON_BEHALF_OF_BEFORE_COLON,
    QUOTED_DOT_ATOM,
    QUOTED_PAIR,
    QUOTED_STRING,
    SIMPLE_MAILBOX,
    UNDISCLOSED_RECIPIENTS,
)

AddressForm = Literal["valid", "lenient", "local", "none"]

_COMMENT_DEPTH = 64
# Tokens that are read of one field: more than any honest field of so many mailboxes has.
_TOKENS = 4096
_TOKENS_OF_A_MAILBOX = 10
_LABEL_CHARACTERS = 40  # enough of the text before a colon to know "per conto di" by


class Mailbox(NamedTuple):
    """One mailbox of an address field (RFC 5322, 3.4)."""

    name: str | None
    """Display name, or the comment that stands for it: decoded, without quotes; None when absent."""
    address: str | None
    """``local@domain`` without comments and blanks; the local part alone for the form ``local``; else None."""
    form: AddressForm
    """``valid``: an addr-spec, whatever the display name; ``lenient``: an address can be read, though against the
    grammar; ``local``: a local part stands alone; ``none``: no address."""
    text: str
    """The mailbox as it stands in the field."""


class AddressList(NamedTuple):
    """What an address field holds."""

    mailboxes: tuple[Mailbox, ...]
    """In the order of the field, the members of groups among them."""
    groups: int
    """Groups (RFC 5322, 3.4: ``name: member, member;``); a nested one counts as if it followed."""
    empty_groups: int
    """Groups without a member, such as ``undisclosed-recipients:;``."""
    truncated: bool
    """Whether mailboxes were left out because there are more than allowed."""


def parse_addresses(value: str, max_mailboxes: int = 10_240) -> AddressList:
    """Read an unfolded address field whose encoded words are not yet decoded.

    A semicolon outside a group separates mailboxes, as a comma does. Words and a colon before an address in
    brackets are a display name unless a semicolon ends the group that they would open; those of certified mail
    (``Per conto di: a@example.it <posta-certificata@pec.example.it>``, RFC 6109, 3.1.5) always are.
    """
    mailboxes: list[Mailbox] = []
    pos = 0
    end = len(value)
    while pos < end:
        match = SIMPLE_MAILBOX.match(value, pos)
        if match is None or len(mailboxes) >= max_mailboxes:
            return _Reader(value, pos, mailboxes, max_mailboxes).read()
        text, bare, quoted, words, bracketed = match.groups()
        if bare is not None:
            mailboxes.append(Mailbox(None, bare, "valid", text))
        else:
            mailboxes.append(Mailbox(_display(words if quoted is None else quoted), bracketed, "valid", text))
        pos = match.end()
    return AddressList(tuple(mailboxes), 0, 0, truncated=False)


def on_behalf_of(name: str | None) -> str | None:
    """Read the address in a display name of certified mail: ``Per conto di: X``, ``On behalf of: X``; else None."""
    match = ON_BEHALF_OF.match(name) if name else None
    return None if name is None or match is None else _address_within(name[match.end() :])


def _address_within(text: str) -> str | None:
    """First word of the text that looks like an address."""
    if "@" in text:
        for word in ADDRESS_DELIMITERS.split(text):
            address = word.strip("'.")
            local, at, domain = address.rpartition("@")
            if at and local and domain:
                return address
    return None


def _display(text: str) -> str | None:
    """Text of a display name: blanks shortened, encoded words decoded."""
    text = text.strip(" \t\r\n")
    if "  " in text or "\t" in text or "\n" in text or "\r" in text:
        text = FWS.sub(" ", text)
    return decode_encoded_words(text) or None


def _lex(value: str, pos: int, most: int) -> tuple[str, list[int]]:
    """Tokens from an offset on: a letter for the kind of each, and where each starts (and the last ends).

    w blanks, e encoded word, t text, l domain literal, q quoted string, c comment, j a quote that nothing closes;
    the specials stand for themselves, runs of one for one.
    """
    kinds: list[str] = []
    starts: list[int] = []
    quotes = comments = True  # until one does not close: then no other is tried, which keeps the time linear
    while pos < len(value) and len(kinds) < most:
        starts.append(pos)
        match = ADDRESS_TOKEN.match(value, pos)
        if match is not None:
            kinds.append(match.lastgroup or value[pos])
            pos = match.end()
            continue
        kind, after = "t", -1  # -1: a run of brackets
        if value[pos] == '"':
            match = QUOTED_STRING.match(value, pos) if quotes else None
            quotes = match is not None
            kind, after = ("q", match.end()) if match is not None else ("j", pos + 1)
        elif value[pos] == "(" and comments:
            after = _comment_end(value, pos)
            comments = after >= 0
            kind = "c" if comments else "t"
        if after < 0:
            match = LONE_BRACKETS.match(value, pos)
            after = pos + 1 if match is None else match.end()
        kinds.append(kind)
        pos = after
    starts.append(pos)
    return "".join(kinds), starts


def _comment_end(value: str, pos: int) -> int:
    """Offset after the comment that begins here; -1 when it does not close or nests too deep."""
    depth = 0
    for match in COMMENT_MARK.finditer(value, pos):
        if match[0] == "(":
            depth += 1
            if depth > _COMMENT_DEPTH:
                break
        elif match[0] == ")":
            depth -= 1
            if depth == 0:
                return match.end()
    return -1


class _Reader:
    """Cuts tokens into mailboxes."""

    def __init__(self, value: str, pos: int, mailboxes: list[Mailbox], max_mailboxes: int) -> None:
        self.value = value
        self.start = 0
        self.colon = -1  # the last that may end the name of a group or belong to a display name
        self.words = self.addressed = False  # met since the last separator
        self.kinds, self.starts = _lex(value, pos, _TOKENS + _TOKENS_OF_A_MAILBOX * max_mailboxes)
        self.mailboxes = mailboxes
        self.max_mailboxes = max_mailboxes
        self.last_semicolon = self.kinds.rfind(";")
        self.groups = 0
        self.empty_groups = 0
        self.in_group = False
        self.members = 0  # mailboxes before the group that is open
        self.cut = self.starts[-1] < len(value)
        self.truncated = False

    def read(self) -> AddressList:
        index = 0
        while index < len(self.kinds) and not self.truncated:
            kind = self.kinds[index]
            if kind == "<":
                close = self.closing(index)
                self.addressed = self.addressed or close >= 0
                index = max(index, close)
            elif kind in ",;":
                self.segment(self.start, index, self.colon)
                if kind == ";":
                    self.close_group()
                self.begin(index + 1)
            elif kind == ":":
                self.read_colon(index)
            elif kind == "@":
                self.addressed = True
            elif kind in "teq":
                self.words = True
            index += 1
        if self.cut:  # the last mailbox is not whole
            self.truncated = True
        if not self.truncated:
            self.segment(self.start, len(self.kinds), self.colon)
        self.close_group()
        return AddressList(tuple(self.mailboxes), self.groups, self.empty_groups, self.truncated)

    def begin(self, index: int) -> None:
        """Begin a mailbox."""
        self.start = index
        self.colon = -1
        self.words = self.addressed = False

    def read_colon(self, index: int) -> None:
        """Decide what the words before a colon are: name of a group, part of a display name, or a URI scheme."""
        if not self.words or self.addressed:
            return
        end = self.starts[index]
        label = self.value[max(0, end - _LABEL_CHARACTERS) : end]
        if ON_BEHALF_OF_BEFORE_COLON.search(label) or label[-6:].lower() == "mailto":
            return
        if index < self.last_semicolon:
            self.open_group()
            self.begin(index + 1)
        else:
            self.colon = index

    def open_group(self) -> None:
        self.close_group()
        self.groups += 1
        self.in_group = True
        self.members = len(self.mailboxes)

    def close_group(self) -> None:
        if self.in_group and self.members == len(self.mailboxes) and not self.truncated:
            self.empty_groups += 1
        self.in_group = False

    def closing(self, opening: int) -> int:
        """Index of the bracket that closes this one; -1 when none does before the next mailbox."""
        after = self.kinds.find("<", opening + 1)
        close = self.kinds.find(">", opening + 1, after if after >= 0 else len(self.kinds))
        if close < 0:
            return -1
        inside = self.kinds[opening + 1 : close]
        route = inside.lstrip("wc").startswith("@")
        return -1 if ";" in inside or ("," in inside and not route) else close

    def segment(self, start: int, end: int, colon: int) -> None:
        """Add the mailbox between two separators, if there is one, or several where the comma was forgotten."""
        angles = []
        opening = self.kinds.find("<", start, end)
        while opening >= 0:
            close = self.closing(opening)
            if 0 <= close < end:
                angles.append((opening, close))
            opening = self.kinds.find("<", opening + 1, end)
        if not angles:
            if colon >= 0:  # a group that nothing closes
                self.open_group()
                start = colon + 1
            self.mailbox(start, end, [])
        elif ":" in self.kinds[start : angles[0][0]] or not all("@" in self.kinds[a:b] for a, b in angles):
            self.mailbox(start, end, angles)
        else:
            ends = [close + 1 for _, close in angles[:-1]] + [end]
            for angle, stop in zip(angles, ends, strict=True):
                self.mailbox(start, stop, [angle], alone=len(angles) == 1)
                start = stop

    def mailbox(self, start: int, end: int, angles: list[tuple[int, int]], *, alone: bool = True) -> None:
        kinds = self.kinds[start:end]
        if not kinds.strip("wc") or not kinds.strip("w>"):
            return
        if len(self.mailboxes) >= self.max_mailboxes:
            self.truncated = True
            return
        name, address, form = self.bracketed(start, end, angles) if angles else self.unbracketed(start, end)
        if form == "valid" and not alone:
            form = "lenient"
        text = self.value[self.starts[start] : self.starts[end]].strip()
        if self.in_group and name is None and address is None:
            return
        if form in ("local", "none") and UNDISCLOSED_RECIPIENTS.fullmatch(text):
            self.groups += 1
            self.empty_groups += 1
            return
        self.mailboxes.append(Mailbox(name or self.comment(start, end), address, form, text))

    def bracketed(
        self, start: int, end: int, angles: list[tuple[int, int]]
    ) -> tuple[str | None, str | None, AddressForm]:
        """Mailbox with an address in brackets; of several the last that holds an address counts."""
        opening, close = angles[0]
        for candidate in angles:
            if "@" in self.kinds[candidate[0] : candidate[1]]:
                opening, close = candidate
        name = self.phrase(start, angles[0][0])
        after = self.phrase(angles[-1][1] + 1, end)
        first = opening + 1
        if self.kinds[first:close].lstrip("wc").startswith("@"):  # a route (RFC 5322, 4.4)
            first = max(first, self.kinds.rfind(":", first, close) + 1)
        address, form = self.addr_spec(first, close)
        doubled = self.starts[opening + 1] - self.starts[opening] > 1
        if form == "valid" and (after or doubled or len(angles) > 1):
            form = "lenient"
        return name or after, address, form

    def unbracketed(self, start: int, end: int) -> tuple[str | None, str | None, AddressForm]:
        """Mailbox without brackets, or with one that nothing closes."""
        kinds = self.kinds
        opening = kinds.find("<", start, end)
        if opening >= 0:
            address, form = self.addr_spec(opening + 1, end)
            return self.phrase(start, opening), address, "lenient" if form == "valid" else form
        at = kinds.find("@", start, end)
        if at >= 0:
            address, form = self.addr_spec(start, end)
            if form == "valid":
                return None, address, form
            # The words that touch the sign are the address, the others a name.
            first, last = at, at + 1
            while first > start and kinds[first - 1] in "tql@":
                first -= 1
            while last < end and kinds[last] in "tl@":
                last += 1
            address, form = self.addr_spec(first, last)
            name = self.phrase(start, first) or self.phrase(last, end)
            return self.without_mailto(name), address, "lenient" if form == "valid" else form
        if kinds[start:end].strip("wc") == "t":
            address, form = self.addr_spec(start, end)
            if address is not None:
                return None, address, form
        name = self.phrase(start, end)
        hidden = _address_within(name) if name else None
        if hidden is None:
            return name, None, "none"
        literal = kinds.find("l", start, end)  # Name [mailto:address]
        return (name if literal < 0 else self.phrase(start, literal)), hidden, "lenient"

    def addr_spec(self, start: int, end: int) -> tuple[str | None, AddressForm]:
        """The tokens as an addr-spec (RFC 5322, 3.4.1), comments and blanks taken out where they may stand."""
        parts: list[str] = []
        odd = blank = False
        for index in range(start, end):
            kind = self.kinds[index]
            if kind in "wc":
                blank = True
            elif kind in "j<>":
                odd = True
            else:
                part = self.value[self.starts[index] : self.starts[index + 1]]
                if blank and parts and parts[-1][-1] not in "@." and part[0] not in "@.":
                    parts.append(" ")
                parts.append(part)
                blank = False
        text = "".join(parts)
        match = ADDR_SPEC.fullmatch(text)
        if match is not None and not odd:
            plain = QUOTED_DOT_ATOM.fullmatch(match[1])
            return (text if plain is None else plain[1] + text[match.end(1) :]), "valid"
        mailto = MAILTO.match(text)
        if mailto is not None:
            text = text[mailto.end() :].strip()
        local, at, domain = text.rpartition("@")
        domain = domain.split(" ", 1)[0]
        if at and local and domain.strip("."):
            return f"{local}@{domain}", "lenient"
        local = local if at else text
        return (local, "local") if LOCAL_PART.fullmatch(local) else (None, "none")

    def phrase(self, start: int, end: int) -> str | None:
        """The tokens as a display name: comments left out, quoted strings without quotes."""
        parts: list[str] = []
        for index in range(start, end):
            kind = self.kinds[index]
            part = self.value[self.starts[index] : self.starts[index + 1]]
            if kind == "q":
                parts.append(QUOTED_PAIR.sub(r"\1", part[1:-1]))
            elif kind not in "cj<>":
                parts.append(part)
        return _display("".join(parts))

    def without_mailto(self, name: str | None) -> str | None:
        return None if name is None or MAILTO.fullmatch(name) else name

    def comment(self, start: int, end: int) -> str | None:
        """The last comment, which stands for the name where there is none (as RFC 822 mail has it)."""
        index = self.kinds.rfind("c", start, end)
        if index < 0:
            return None
        text = self.value[self.starts[index] + 1 : self.starts[index + 1] - 1]
        return _display(QUOTED_PAIR.sub(r"\1", text))
