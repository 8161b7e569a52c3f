"""File names out of messages: letters survive, commands do not."""

import pytest

from pecdetect.scanning.filenames import NAME_BYTES, numbered, safe_name

UNCHANGED = [
    "offerta.pdf",
    "Offerta n\u00b0 7 del luned\u00ec.pdf",
    "\u898b\u7a4d\u66f8.pdf",
    "IT01234567890_00042.xml.p7m",
    "a b.txt",
    "_x.txt",
    "console.txt",
    "com10.txt",
    "a.con",
    "n" * (NAME_BYTES - 4) + ".pdf",
]


@pytest.mark.parametrize("name", UNCHANGED)
def test_harmless_names_stay(name: str) -> None:
    assert safe_name(name, "part") == name


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        # Nothing leaves the folder.
        ("../../etc/passwd", "_.._etc_passwd"),
        ("..\\..\\Windows\\win.ini", "_.._Windows_win.ini"),
        ("/etc/passwd", "_etc_passwd"),
        ("C:\\x.exe", "C__x.exe"),
        ("\\\\server\\share\\x.pdf", "__server_share_x.pdf"),
        ("a:stream.txt", "a_stream.txt"),
        ("a*b?.txt", "a_b_.txt"),
        ('a"b<c>d|e.txt', "a_b_c_d_e.txt"),
        # Nothing is hidden, and nothing commands a terminal or a shell.
        ("a\x00b.txt", "a_b.txt"),
        ("a\x1b[2Jb\x7f\x85.txt", "a_[2Jb__.txt"),
        ("a\r\nb\t.txt", "a__b_.txt"),
        ("invoice\u202efdp.exe", "invoice_fdp.exe"),
        ("a\u200b\u2066\ufeff\u2028.txt", "a____.txt"),
        ("a\ud800.txt", "a_.txt"),
        ("a\u3000b\u00a0c.txt", "a b c.txt"),
        (".bashrc", "bashrc"),
        ("-rf", "_-rf"),
        # Windows drops dots and blanks at the end, and knows devices by name.
        (" a.txt . .", "a.txt"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Aux .tar.gz", "_Aux .tar.gz"),
        ("LPT1", "_LPT1"),
        ("com\u00b9.pdf", "_com\u00b9.pdf"),
        ("CONIN$", "_CONIN$"),
        # The same letters give the same name whatever way they are composed.
        ("perche\u0301.txt", "perch\u00e9.txt"),
    ],
)
def test_hostile_names_are_made_harmless(declared: str, written: str) -> None:
    assert safe_name(declared, "part") == written


@pytest.mark.parametrize("declared", [None, "", " ", ".", "..", " . . ", "/", "\u202e", "\x00\x00", "..//..", ":"])
def test_what_leaves_no_name_gets_the_fallback(declared: str | None) -> None:
    assert safe_name(declared, "part-1.bin") == "part-1.bin"


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("n" * 255 + ".pdf", "n" * (NAME_BYTES - 4) + ".pdf"),
        ("n" * 255, "n" * NAME_BYTES),
        ("\u00e8" * 255 + ".pdf", "\u00e8" * 62 + ".pdf"),
        ("\u898b" * 255 + ".pdf", "\u898b" * 41 + ".pdf"),
        ("a." + "x" * 300, "a." + "x" * (NAME_BYTES - 2)),
        ("n" * (NAME_BYTES - 5) + " . " + "x" * 9 + ".pdf", "n" * (NAME_BYTES - 5) + ".pdf"),
        ("n" * 1_000_000 + ".pdf", "n" * NAME_BYTES),
    ],
)
def test_long_names_are_cut_between_letters(declared: str, written: str) -> None:
    shortened = safe_name(declared, "part")
    assert shortened == written
    assert len(shortened.encode()) <= NAME_BYTES


@pytest.mark.parametrize(("name", "second"), [("a.pdf", "a-2.pdf"), ("a", "a-2"), ("a.tar.gz", "a.tar-2.gz")])
def test_numbers_stand_before_the_extension(name: str, second: str) -> None:
    assert numbered(name, 2) == second
