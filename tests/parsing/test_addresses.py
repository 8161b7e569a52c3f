from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings, strategies as st

from pecdetect.parsing.addresses import AddressList, Mailbox, on_behalf_of, parse_addresses
from support.steps import MOST_GROWTH, growth

if TYPE_CHECKING:
    from collections.abc import Callable

ONE = [
    # value, name, address, form
    ("a@example.it", None, "a@example.it", "valid"),
    ("<a@example.it>", None, "a@example.it", "valid"),
    ("  <a@example.it>  ", None, "a@example.it", "valid"),
    ("Mario Rossi <a@example.it>", "Mario Rossi", "a@example.it", "valid"),
    ("Mario   Rossi\t<a@example.it>", "Mario Rossi", "a@example.it", "valid"),
    ("Mario<a@example.it>", "Mario", "a@example.it", "valid"),
    ("Mario J. Rossi <a@example.it>", "Mario J. Rossi", "a@example.it", "valid"),
    ('"Rossi, Mario" <a@example.it>', "Rossi, Mario", "a@example.it", "valid"),
    ('"Mario \\"il\\" Rossi" <a@example.it>', 'Mario "il" Rossi', "a@example.it", "valid"),
    ('Mario "il" Rossi <a@example.it>', "Mario il Rossi", "a@example.it", "valid"),
    ('" " <a@example.it>', None, "a@example.it", "valid"),
    ("=?utf-8?Q?Citt=C3=A0?= <a@example.it>", "Città", "a@example.it", "valid"),
    ('"=?utf-8?Q?Citt=C3=A0?=" <a@example.it>', "Città", "a@example.it", "valid"),
    ("=?utf-8?Q?Rossi, Mario?= <a@example.it>", "Rossi, Mario", "a@example.it", "valid"),
    ("[List] news <a@example.it>", "[List] news", "a@example.it", "valid"),
    ("b@example.org <a@example.it>", "b@example.org", "a@example.it", "valid"),
    ("a@example.it (Mario Rossi)", "Mario Rossi", "a@example.it", "valid"),
    ("a@example.it (Mario (il \\) Rossi))", "Mario (il ) Rossi)", "a@example.it", "valid"),
    ("a (x) @ (y) example (z) . it", "z", "a@example.it", "valid"),
    ("Mario <a@(x)example.it>", "Mario", "a@example.it", "valid"),
    ('"a b"@example.it', None, '"a b"@example.it', "valid"),
    ('"ab"@example.it', None, "ab@example.it", "valid"),
    ('"a".b@example.it', None, '"a".b@example.it', "valid"),
    ('<"a>b"@example.it>', None, '"a>b"@example.it', "valid"),
    ("a@[192.0.2.1]", None, "a@[192.0.2.1]", "valid"),
    ("a@localhost", None, "a@localhost", "valid"),
    ("mària@città.example", None, "mària@città.example", "valid"),
    ("<@x.example:a@example.it>", None, "a@example.it", "valid"),
    ("<@x.example,@y.example:a@example.it>", None, "a@example.it", "valid"),
    # Against the grammar, but an address can be read.
    ("<a@example.it", None, "a@example.it", "lenient"),
    ("Mario <a@example.it", "Mario", "a@example.it", "lenient"),
    ("a@example.it>", None, "a@example.it", "lenient"),
    ("<<a@example.it>>", None, "a@example.it", "lenient"),
    ("Mario Rossi a@example.it", "Mario Rossi", "a@example.it", "lenient"),
    ("a@example.it Mario Rossi", "Mario Rossi", "a@example.it", "lenient"),
    ("<a@example.it> Mario", "Mario", "a@example.it", "lenient"),
    ("<x> <a@example.it>", None, "a@example.it", "lenient"),
    ("a@b@example.it", None, "a@b@example.it", "lenient"),
    ("<a@b@example.it>", None, "a@b@example.it", "lenient"),
    ("a..b@example.it", None, "a..b@example.it", "lenient"),
    (".a@example.it", None, ".a@example.it", "lenient"),
    ("a.@example.it", None, "a.@example.it", "lenient"),
    ("a@example.it.", None, "a@example.it.", "lenient"),
    ("Mario <mario rossi@example.it>", "Mario", "mario rossi@example.it", "lenient"),
    ("<a@example.it x>", None, "a@example.it", "lenient"),
    ("a@exam\0ple.it", None, "a@exam\0ple.it", "lenient"),
    ("mailto:a@example.it", None, "a@example.it", "lenient"),
    ("Mario <mailto:a@example.it>", "Mario", "a@example.it", "lenient"),
    ("Mario [mailto:a@example.it]", "Mario", "a@example.it", "lenient"),
    ('"a@example.it"', "a@example.it", "a@example.it", "lenient"),
    ("=?utf-8?Q?Mario_=3Ca=40example.it=3E?=", "Mario <a@example.it>", "a@example.it", "lenient"),
    ('"Mario <a@example.it>', "Mario", "a@example.it", "valid"),
    # A local part alone.
    ("MAILER-DAEMON", None, "MAILER-DAEMON", "local"),
    ("<root>", None, "root", "local"),
    ("root (Cron Daemon)", "Cron Daemon", "root", "local"),
    ("Mail Delivery <MAILER-DAEMON>", "Mail Delivery", "MAILER-DAEMON", "local"),
    ("root@", None, "root", "local"),
    # No address.
    ("<>", None, None, "none"),
    ("Mario <>", "Mario", None, "none"),
    ('"Mario Rossi"', "Mario Rossi", None, "none"),
    ("Mario Rossi", "Mario Rossi", None, "none"),
    ("=?utf-8?Q?Mario?=", "Mario", None, "none"),
    ("@example.it", None, None, "none"),
    ("<Mario Rossi>", None, None, "none"),
    ('"', None, None, "none"),
    ("(", "(", None, "none"),
    # Certified mail: the colon opens no group.
    (
        "Per conto di: mario@pec.example.it <posta-certificata@gestore.example.it>",
        "Per conto di: mario@pec.example.it",
        "posta-certificata@gestore.example.it",
        "valid",
    ),
    (
        "per  conto di : mario@pec.example.it <posta-certificata@gestore.example.it>;",
        "per conto di : mario@pec.example.it",
        "posta-certificata@gestore.example.it",
        "valid",
    ),
    (
        '"Per conto di: mario@pec.example.it" <posta-certificata@gestore.example.it>',
        "Per conto di: mario@pec.example.it",
        "posta-certificata@gestore.example.it",
        "valid",
    ),
    (
        "On behalf of: mario@pec.example.it <posta-certificata@gestore.example.it>",
        "On behalf of: mario@pec.example.it",
        "posta-certificata@gestore.example.it",
        "valid",
    ),
    (
        "=?iso-8859-1?Q?Per_conto_di:_mario@pec.example.it?= <posta-certificata@gestore.example.it>",
        "Per conto di: mario@pec.example.it",
        "posta-certificata@gestore.example.it",
        "valid",
    ),
    (
        "Per conto di: <mario@pec.example.it> <posta-certificata@gestore.example.it>",
        "Per conto di:",
        "posta-certificata@gestore.example.it",
        "lenient",
    ),
    ("Ufficio: acquisti <a@example.it>", "Ufficio: acquisti", "a@example.it", "valid"),
]


@pytest.mark.parametrize(("value", "name", "address", "form"), ONE)
def test_one_mailbox(value: str, name: str | None, address: str | None, form: str) -> None:
    read = parse_addresses(value)
    assert [tuple(mailbox[:3]) for mailbox in read.mailboxes] == [(name, address, form)]
    assert read[1:] == (0, 0, False)


MANY = [
    # value, addresses, groups, empty groups
    ("", [], 0, 0),
    ("  \t ", [], 0, 0),
    ("(nobody)", [], 0, 0),
    ("a@x.it, b@x.it", ["a@x.it", "b@x.it"], 0, 0),
    ("a@x.it,, , b@x.it,", ["a@x.it", "b@x.it"], 0, 0),
    ("a@x.it; B <b@x.it>;", ["a@x.it", "b@x.it"], 0, 0),
    ('"Rossi, Mario" <a@x.it>, c@x.it', ["a@x.it", "c@x.it"], 0, 0),
    ("Rossi, Mario <a@x.it>", ["Rossi", "a@x.it"], 0, 0),
    ("A <a@x.it, B <b@x.it>", ["a@x.it", "b@x.it"], 0, 0),
    ("<a@x.it, b@x.it>", ["a@x.it", "b@x.it"], 0, 0),
    ("A <a@x.it> B <b@x.it>", ["a@x.it", "b@x.it"], 0, 0),
    ("A (x, y) <a@x.it>, b@x.it (z; w)", ["a@x.it", "b@x.it"], 0, 0),
    ("undisclosed-recipients:;", [], 1, 1),
    ("Undisclosed recipients: ;", [], 1, 1),
    ("undisclosed-recipients:", [], 1, 1),
    ("undisclosed-recipients;;", [], 1, 1),
    ("<Undisclosed Recipients>", [], 1, 1),
    ("<Undisclosed-Recipient:;>", [], 1, 1),
    ('"undisclosed recipients":;', [], 1, 1),
    ("none: <>;", [], 1, 1),
    ("team: a@x.it, B <b@x.it>; c@x.it", ["a@x.it", "b@x.it", "c@x.it"], 1, 0),
    ("c@x.it, team: a@x.it;, void:;", ["c@x.it", "a@x.it"], 2, 1),
    ("team (x): A <a@x.it> (y); (the end)", ["a@x.it"], 1, 0),
    ("team: a@x.it, b@x.it", ["a@x.it", "b@x.it"], 1, 0),
    ("team: A <a@x.it>; b@x.it", ["a@x.it", "b@x.it"], 1, 0),
    ("a:b:c:;", [], 3, 3),
    ("a: b: x@x.it;", ["x@x.it"], 2, 1),
    ("Ufficio: acquisti <a@x.it>, b@x.it", ["a@x.it", "b@x.it"], 0, 0),
    ("Per conto di: m@x.it <p@x.it>, a@x.it; b@x.it", ["p@x.it", "a@x.it", "b@x.it"], 0, 0),
    ("mailto:a@x.it; mailto:b@x.it", ["a@x.it", "b@x.it"], 0, 0),
]


@pytest.mark.parametrize(("value", "addresses", "groups", "empty"), MANY)
def test_lists_and_groups(value: str, addresses: list[str], groups: int, empty: int) -> None:
    read = parse_addresses(value)
    assert [mailbox.address for mailbox in read.mailboxes] == addresses
    assert (read.groups, read.empty_groups, read.truncated) == (groups, empty, False)


def test_text_is_the_piece_of_the_field() -> None:
    read = parse_addresses("A (x) <a@x.it> ;  Per conto di: m@x.it <p@x.it> , b@x.it")
    assert [mailbox.text for mailbox in read.mailboxes] == [
        "A (x) <a@x.it>",
        "Per conto di: m@x.it <p@x.it>",
        "b@x.it",
    ]


@pytest.mark.parametrize("mailbox", ["a@x.it", "A (c) <a@x.it>", "x y a@x.it"])
def test_limit(mailbox: str) -> None:
    within = parse_addresses(", ".join([mailbox] * 5), max_mailboxes=5)
    assert (len(within.mailboxes), within.truncated) == (5, False)
    beyond = parse_addresses(", ".join([mailbox] * 6), max_mailboxes=5)
    assert (len(beyond.mailboxes), beyond.truncated) == (5, True)


def test_limit_of_its_own() -> None:
    read = parse_addresses("a@b," * 10_241)
    assert (len(read.mailboxes), read.truncated) == (10_240, True)


def test_limit_on_tokens_is_told() -> None:
    read = parse_addresses("(c) a " * 10_000 + "<a@x.it>", max_mailboxes=10)
    assert read == AddressList((), 0, 0, truncated=True)
    read = parse_addresses("(c) a " * 1_000 + "<a@x.it>", max_mailboxes=10)
    assert (len(read.mailboxes), read.truncated) == (1, False)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Per conto di: mario@pec.example.it", "mario@pec.example.it"),
        ("PER CONTO DI:mario@pec.example.it", "mario@pec.example.it"),
        ("per  conto  di mario@pec.example.it", "mario@pec.example.it"),
        ('"Per conto di: mario@pec.example.it"', "mario@pec.example.it"),
        ("'On behalf of: mario@pec.example.it'", "mario@pec.example.it"),
        ("Per conto di: [mario@pec.example.it]", "mario@pec.example.it"),
        ("Per conto di: <mario@pec.example.it>", "mario@pec.example.it"),
        ("Per conto di: Mario Rossi <mario@pec.example.it>", "mario@pec.example.it"),
        ("On behalf of: o'hara@pec.example.it", "o'hara@pec.example.it"),
        ("Per conto di:", None),
        ("Per conto di: Mario", None),
        ("Per conto di: @pec.example.it", None),
        ("Per conto dimario@pec.example.it", None),
        ("Mario per conto di: a@example.it", None),
        ("mario@pec.example.it", None),
        ("", None),
        (None, None),
    ],
)
def test_on_behalf_of(name: str | None, expected: str | None) -> None:
    assert on_behalf_of(name) == expected


HOSTILE = [
    *(
        "(",
        ")",
        '"',
        "<",
        ">",
        ",",
        ";",
        ":",
        "@",
        "[",
        "]",
        "\\",
        "=?",
        "<>",
        "()",
        '""',
        "<a",
        "a@",
        "a:",
        "a:;",
        "@a",
    ),
    *(
        ",<",
        "a@b,",
        "<a,",
        "<@a,",
        '<"',
        '"\\"',
        "a<b@c>",
        '"a".',
        "(\\",
        ":<",
        "a.",
        "a ",
        "\n",
        "=?a?q? ",
        "a <b@c> ",
    ),
    *("per conto di:", "Per conto di: a@b <c@d>; "),
]
AROUND = ("%s", "x: %s", 'a@b, "%s', "Foo <%s", "%s<a@b>;")
CALLS: list[tuple[Callable[[str], object], str]] = [
    *((parse_addresses, around) for around in AROUND),
    (on_behalf_of, "per conto di: %s"),
]


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_repetition_takes_linear_time(unit: str) -> None:
    for parse, around in CALLS:

        def prepare(size: int, parse: Callable[[str], object] = parse, around: str = around) -> Callable[[], object]:
            return partial(parse, around % (unit * (size // len(unit))))

        assert growth(prepare, 1000) < MOST_GROWTH


@pytest.mark.parametrize("unit", HOSTILE)
def test_hostile_repetition_is_read(unit: str) -> None:
    text = unit * (10_000 // len(unit))
    for value in [around % text for around in AROUND]:
        read = parse_addresses(value)
        assert len(read.mailboxes) <= 10_000
        assert all(mailbox.text in value for mailbox in read.mailboxes[:10])
    assert on_behalf_of("per conto di: " + text) in (None, *text.split()[:1], "a@b", "a@b>", "b@c", "c@d")


@settings(deadline=None, max_examples=500)
@given(st.text(st.sampled_from('ab.@<>()[]",;:\\ \tè=?QPer conto di'), max_size=50) | st.text(max_size=30))
def test_invariants(value: str) -> None:
    read = parse_addresses(value)
    assert 0 <= read.empty_groups <= read.groups
    for mailbox in read.mailboxes:
        assert isinstance(mailbox, Mailbox)
        assert (mailbox.address is None) == (mailbox.form == "none")
        assert ("@" in (mailbox.address or "")) or mailbox.form in ("local", "none")
        assert mailbox.text in value


@settings(deadline=None, max_examples=200)
@given(st.lists(st.sampled_from([row[0] for row in ONE if row[3] == "valid" and '"Mario <' not in row[0]]), max_size=5))
def test_mailboxes_do_not_disturb_each_other(values: list[str]) -> None:
    values = [value.rstrip(";") for value in values]
    read = parse_addresses(", ".join(values))
    alone = tuple(mailbox for value in values for mailbox in parse_addresses(value).mailboxes)
    assert read == AddressList(alone, 0, 0, truncated=False)
