"""Outlook data files (.pst, .ost; MS-PST) through libpff, the extra ``pst``.

libpff is written in C, and data files may be hostile. So the folders are listed in a process of their own, and each
item is read where it is judged: should the library crash, it costs that file or that item.
"""

from __future__ import annotations

import importlib
import importlib.util
import multiprocessing
import os
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.safe_start import start
from pecdetect.scanning.sources.candidate import Candidate, failure, skipped
from pecdetect.scanning.sources.pst_items import ItemWriter
from pecdetect.scanning.sources.reading import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from pecdetect.contract import Result
    from pecdetect.limits import Limits

_SILENCE = 120
"""Seconds without a sign after which the listing is given up."""
_BATCH = 256
_DEEPEST = 200
_ORPHANS = "(orphans)"
_FAILURES = (OSError, MemoryError)
"""What libpff raises for damaged files; memory is what it lacks when it cannot make an object of one."""


class _Line(NamedTuple):
    """An item in a folder, or what went wrong in one."""

    folder: str
    """Names from the top, joined by ``/``."""
    at: tuple[int, ...]
    """Numbers of the folders from the top, then that of the item; empty for an error."""
    ident: int
    """Node identifier of the item (MS-PST 2.2.2.1), the same in every tool."""
    error: str = ""


@dataclass(frozen=True, slots=True)
class PstItem:
    """An item of a data file."""

    path: str
    at: tuple[int, ...]
    ident: int

    def load(self, limits: Limits) -> bytes:
        """Give the item as an Outlook .msg. Raises ``OSError``."""
        try:
            item, names = _opened(self.path).item(self.at)
            if item.identifier != self.ident:
                detail = "The Outlook data file has changed since it was listed."
                raise SourceError("unreadable", detail, cause="changed")  # noqa: TRY301 - as it is
            return ItemWriter(names, limits).write(item)
        except SourceError:
            raise
        except (OSError, MemoryError, ValueError, TypeError, OverflowError) as error:
            raise _refused("item", _short(error)) from None

    @property
    def carried(self) -> int:
        """Bytes that travel with the candidate."""
        return 0


def expand_pst(path: str, source: str) -> Iterator[Candidate | Result]:
    """Yield the items of a data file, folder by folder: ``mail.pst!/Top/Inbox/2097188``. Raises ``OSError``."""
    if importlib.util.find_spec("pypff") is None:
        detail = "Reading Outlook data files needs libpff. Install it with: pip install 'pecdetect[pst]'"
        raise SourceError("missing-extra", detail, extra="pst")
    empty = True
    for line in _listed(path):
        empty = False
        place = f"{source}!/{line.folder}" if line.folder else source
        if line.error:
            yield failure(place, _refused("folder", line.error))
        else:
            name = f"{place}/{line.ident}" if line.folder else f"{place}!/{line.ident}"
            yield Candidate(name, named=False, file=path, place=PstItem(path, line.at, line.ident))
    if empty:
        yield skipped(
            source, "not-a-message", "The Outlook data file holds no items.", cause="archive-without-mail", files=0
        )


# -- Listing, in a process of its own --


def _listed(path: str) -> Iterator[_Line]:
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, path), daemon=True)
    try:
        start(process)
    except (AssertionError, RuntimeError):
        # A process that may have no children, as the workers of some clusters.
        yield from _lines(path)
        return
    sender.close()
    ready = False
    try:
        while receiver.poll(_SILENCE):
            batch = receiver.recv()
            if batch is None:
                return
            ready = True
            yield from batch
        detail = f"libpff did not respond for {_SILENCE} seconds."
        raise SourceError("timed-out", detail, seconds=_SILENCE)
    except EOFError:
        if ready:
            process.join(_SILENCE)
            code = process.exitcode
            raise SourceError("crashed", f"libpff crashed on this file (exit code {code}).", exit_code=code) from None
    finally:
        receiver.close()
        process.kill()
        process.join()
    # It never began: the program that runs this cannot be started a second time.
    yield from _lines(path)


def _send(sender: Connection, path: str) -> None:
    """Send the lines in batches, an empty one first, None at the end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who started it ends it
    sender.send([])
    batch: list[_Line] = []
    try:
        for line in _lines(path):
            batch.append(line)
            if len(batch) >= _BATCH:
                sender.send(batch)
                batch = []
    except _FAILURES as error:
        batch.append(_Line("", (), 0, _short(error)))
    sender.send(batch)
    sender.send(None)
    sender.close()


def _lines(path: str) -> Iterator[_Line]:
    """Walk the folders. Raises ``OSError`` where the file cannot be opened."""
    opened = _File(path)
    seen: set[int] = set()
    try:
        top = opened.root()
    except MemoryError as error:
        raise _refused("file", _short(error)) from None
    pending: list[tuple[Any, str, tuple[int, ...]]] = [(top, "", ())]
    while pending:
        folder, name, at = pending.pop()
        try:
            if folder.identifier in seen or len(at) > _DEEPEST:
                continue
            seen.add(folder.identifier)
            number = folder.number_of_sub_messages
            below = [(folder.get_sub_folder(index), index) for index in range(folder.number_of_sub_folders)]
        except _FAILURES as error:
            yield _Line(name, (), 0, _short(error))
            continue
        for index in range(number):
            try:
                yield _Line(name, (*at, index), folder.get_sub_message(index).identifier)
            except _FAILURES as error:
                yield _Line(f"{name}/{index}", (), 0, _short(error))
        for inner, index in reversed(below):
            pending.append((inner, "/".join(filter(None, (name, _name(inner, index)))), (*at, index)))
    yield from opened.orphans()


def _name(folder: Any, index: int) -> str:
    try:
        return folder.name or f"({index})"
    except OSError:
        return f"({index})"


def _short(error: Exception) -> str:
    """What the library says, without the trace of its functions behind it."""
    if isinstance(error, SourceError):
        return str(error.problem.facts.get("said", error.problem.detail))
    return str(error).partition(". ")[0][:300] or type(error).__name__


def _refused(what: str, said: str) -> SourceError:
    return SourceError("unreadable", f"libpff cannot read the {what}: {said}.", cause="libpff", what=what, said=said)


# -- The file --


class _File:
    """An open data file, and the folder that was read last."""

    def __init__(self, path: str) -> None:
        pypff = importlib.import_module("pypff")
        self.stream = open_regular(path)
        self.file = pypff.file()
        try:
            self.file.open_file_object(self.stream)
        except (OSError, MemoryError) as error:
            self.stream.close()
            raise _refused("file", _reason(error)) from None
        self._names: dict[int, bytes] | None = None
        self._at: tuple[int, ...] | None = None
        self._folder: Any = None

    def root(self) -> Any:
        return self.file.root_folder

    def close(self) -> None:
        self.file.close()
        self.stream.close()

    def orphans(self) -> Iterator[_Line]:
        """Items that no folder lists: deleted, and not yet overwritten."""
        for index in range(self.file.number_of_orphan_items):
            try:
                item = self.file.get_orphan_item(index)
                yield _Line(_ORPHANS, (-1, index), item.identifier)
            except _FAILURES as error:
                yield _Line(f"{_ORPHANS}/{index}", (), 0, _short(error))

    def item(self, at: tuple[int, ...]) -> tuple[Any, dict[int, bytes]]:
        """Give an item and the map of named properties. Raises ``OSError``."""
        names = self.names()
        if at[0] < 0:
            return self.file.get_orphan_item(at[1]), names
        if self._at != at[:-1]:
            folder = self.root()
            for index in at[:-1]:
                folder = folder.get_sub_folder(index)
            self._at, self._folder = at[:-1], folder
        return self._folder.get_sub_message(at[-1]), names

    def names(self) -> dict[int, bytes]:
        """The streams of the map of named properties (MS-PST 2.4.7), which a .msg has in the same form."""
        if self._names is None:
            self._names = {}
            try:
                found = self.file.get_name_to_id_map()
                rows = list(found.record_sets) if found is not None else []
                for entry in rows[0].entries if rows else ():
                    if entry.entry_type in (2, 3, 4) and entry.data:
                        self._names[entry.entry_type] = bytes(entry.data)
            except (OSError, AttributeError):
                self._names = {}  # header fields kept as named properties are missed, nothing else
        return self._names


def _reason(error: Exception) -> str:
    """The innermost of what the library says."""
    lines = [line for line in str(error).split(". ") if line]
    return (lines[1] if len(lines) > 1 else lines[0] if lines else type(error).__name__)[:300]


_open_now: dict[tuple[str, int, int], _File] = {}
"""The data file that this process read last: to open it anew for each item would read its indexes each time."""


def _opened(path: str) -> _File:
    status = os.stat(path)  # noqa: PTH116 - as named
    key = (path, status.st_size, status.st_mtime_ns)
    if key not in _open_now:
        for other in list(_open_now.values()):
            other.close()
        _open_now.clear()
        _open_now[key] = _File(path)
    return _open_now[key]
