"""What is below a folder, in the same order on every system and in every run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal, NamedTuple

from pecdetect.contract import Result
from pecdetect.scanning.sources.candidate import failure, skipped

if TYPE_CHECKING:
    from collections.abc import Iterator

_JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT (MS-FSCC 2.1.2.1)."""
_MAILDIR = frozenset({"cur", "new", "tmp"})
_DELIVERED = ("cur", "new")
_INDEXES = (".msf", ".mozmsgs", ".dat-journal")
_INDEX_NAMES = frozenset(
    {".ds_store", "thumbs.db", "desktop.ini", "maildirsize", "maildirfolder", "subscriptions", "dovecot-uidlist"}
    | {"dovecot-keywords", "dovecot-uidvalidity", "courierimapuiddb", "table_of_contents"}
)
_INDEX_PREFIXES = ("dovecot.index", "dovecot.list.index", "dovecot.mailbox.log", "dovecot-uidvalidity.")

Where = Literal["plain", "delivered", "undelivered"]
"""A folder like any, or the folders of a Maildir: ``cur`` and ``new``, or ``tmp``."""


class Met(NamedTuple):
    """A file in a folder."""

    path: str
    delivered: bool
    """It is where a Maildir keeps its messages."""


_Entry = tuple[os.DirEntry[str], Where]
"""What is in a folder, and what kind of folder it is: there may be very many."""


def walk(top: str) -> Iterator[Met | Result]:
    """Yield the files below a folder, depth first, sorted by name; what is left out is a result.

    Links met on the way are skipped, so that no file is judged twice and no loop entered, and so are pipes, devices,
    indexes of mail programs, and what a Maildir has not taken delivery of (its ``tmp``). Raises nothing.
    """
    above, name = os.path.split(os.path.abspath(top))  # noqa: PTH100 - links stay as named
    where: Where = "delivered" if name in _DELIVERED and _is_maildir(above) else "plain"
    pending = _listing(top, where)
    while pending:
        found = pending.pop()
        if isinstance(found, Result):
            yield found
            continue
        entry, where = found
        path = entry.path
        kind = _kind(entry)
        if kind == "folder":
            pending.extend(_listing(path, where))
        elif kind == "link":
            yield skipped(path, "symbolic-link", "Symbolic links in folders are not followed.")
        elif kind == "other":
            yield skipped(path, "not-a-file", "This is neither a file nor a folder.")
        elif where == "undelivered":
            yield skipped(
                path, "maildir-tmp", "The file is in the tmp folder of a Maildir: its delivery was never completed."
            )
        elif _is_index(entry.name):
            yield skipped(path, "mail-index", "This is an index or settings file of a mail program, not a message.")
        else:
            yield Met(path, where == "delivered")


def _listing(folder: str, where: Where) -> list[_Entry | Result]:
    """The entries of a folder, last name first; a folder that cannot be listed is its own result."""
    try:
        with os.scandir(folder) as entries:
            found = sorted(entries, key=lambda entry: entry.name, reverse=True)
    except OSError as error:
        return [failure(folder, error)]
    if where == "undelivered" or len(_MAILDIR.intersection([entry.name for entry in found])) < len(_MAILDIR):
        return [(entry, where) for entry in found]
    places: dict[str, Where] = {"cur": "delivered", "new": "delivered", "tmp": "undelivered"}
    return [(entry, places.get(entry.name, "plain")) for entry in found]


def _is_maildir(folder: str) -> bool:
    return all(os.path.isdir(os.path.join(folder, name)) for name in _MAILDIR)  # noqa: PTH112, PTH118 - as above


def _is_index(name: str) -> bool:
    lower = name.lower()
    return lower in _INDEX_NAMES or lower.endswith(_INDEXES) or lower.startswith(_INDEX_PREFIXES)


def _kind(entry: os.DirEntry[str]) -> Literal["file", "folder", "link", "other"]:
    try:
        if entry.is_symlink():
            return "link"
        if entry.is_file(follow_symlinks=False):
            return "file"
        if not entry.is_dir(follow_symlinks=False):
            return "other"
        # A junction is Windows' other link between folders; is_symlink() does not know it.
        tag = getattr(entry.stat(follow_symlinks=False), "st_reparse_tag", 0)
    except OSError:
        return "file"  # opening it will say what is wrong
    return "link" if tag == _JUNCTION else "folder"
