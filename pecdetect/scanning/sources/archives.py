"""Goes into what holds messages: mbox, zip, tar, packed files and Outlook data files, one in another.

Nothing is extracted to disk. An archive may be in an archive, once; what is packed counts as one, an mbox does
not. A member that can be read again is read where it is judged; else its bytes are carried there. What holds no
message at all is one result, not one for each member. What reads a kind of archive is loaded when one is met.
"""

from __future__ import annotations

import io
import os
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, cast

from pecdetect.contract import Result
from pecdetect.scanning.errors import SourceError
from pecdetect.scanning.sources.candidate import NO_MESSAGE, Candidate, InMemory, Packed, Span, Whole, failure, skipped
from pecdetect.scanning.sources.container_entry import (
    Entry,
    Stretch,
    closing,
    place_of,
    prefixed,
    seekable_stream,
    window,
)
from pecdetect.scanning.sources.mbox import FileTape, SkippedFromLine, StreamTape, split
from pecdetect.scanning.sources.reading import is_sparse, open_regular, read_fully, read_start
from pecdetect.scanning.sources.sniffing import (
    HEAD,
    LONG_HEAD,
    Kind,
    has_property,
    is_clear,
    is_doubtful_compound,
    sniff,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pecdetect.limits import Limits
    from pecdetect.scanning.sources.tars import TarMember, TarReader
    from pecdetect.scanning.sources.unpacking import Packing
    from pecdetect.scanning.sources.zips import Directory, Member, Survey

Found = Candidate | Result

SMALL = 32 * 1024
"""Bytes of a file that are read at once: to open it a second time costs more than to send them to a worker."""
NESTED = 2
"""Archives that may be in one another."""
_PATIENCE = 1000
"""Members that are no messages, after which an archive that had no message yet gives a result for each."""
_PACKED: dict[Kind, Packing] = {"gzip": "gzip", "bzip2": "bzip2", "xz": "xz"}
_SUFFIXES = (".gz", ".gzip", ".bz2", ".bzip2", ".xz")
_MBOX_NAMES = (".mbox", ".mbx")
_HOLDS = (*_MBOX_NAMES, *_SUFFIXES, ".tgz", ".tbz", ".tbz2", ".txz", ".zip", ".tar")
_TAR_SKIPS = {
    "sparse": ("sparse", "Sparse files in a tar archive are not read."),
    "symbolic-link": ("symbolic-link", "Links in archives are not followed."),
    "hard-link": ("hard-link", "Links in archives are not followed."),
    "device": ("not-a-file", "This is neither a file nor a folder."),
}


class Opener:
    """Finds the messages in items, for one scan."""

    def __init__(self, limits: Limits, password: bytes | None) -> None:
        self.limits = limits
        self.password = password

    def file(self, path: str, *, named: bool, trusted: bool = False) -> Iterator[Found]:
        """Yield what a regular file is or holds."""
        name = os.path.basename(path)  # noqa: PTH119 - a Path would rewrite the name as given
        try:
            content, status = read_start(path, SMALL, HEAD)
        except OSError as error:
            yield failure(path, error)
            return
        head = content[:HEAD]
        if sniff(head, name) == "message" and (named or trusted or is_clear(head, name)):
            is_all = len(content) == status.st_size
            yield Candidate(path, named, path, Whole(path, content, status.st_mtime_ns) if is_all else Whole(path))
            return
        entry = Entry(path, named, path, name, partial(open_regular, path), Whole(path), trusted=trusted)
        yield from self.entry(entry, head)

    def stream(self, stream: BinaryIO, source: str) -> Iterator[Found]:
        """Yield the message that can be read from a stream, once, or those of an mbox."""
        try:
            head = read_fully(stream, HEAD)
            entry = Entry(
                source, named=True, file=None, name=source, begin=partial(prefixed, head, stream), again=False
            )
            yield from self._mbox(entry) if sniff(head, source) == "mbox" else iter([self._leaf(entry)])
        except (OSError, MemoryError, ValueError) as error:
            yield failure(source, error)

    def entry(self, entry: Entry, head: bytes | None = None) -> Iterator[Found]:
        """Yield what an entry is or holds, and of what goes wrong a result; ``head`` are its first bytes."""
        try:
            if head is None:
                with closing(entry.begin()) as stream:
                    head = read_fully(stream, HEAD)
            kind = sniff(head, entry.name)
            if kind == "message" and entry.again and not (entry.named or entry.trusted):
                kind = self._doubted(entry, head)
            yield from self._by_kind(entry, kind)
        except (OSError, MemoryError) as error:
            yield failure(entry.source, error)
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one source, not the scan
            said = f"{type(error).__name__}: {error}"
            yield failure(entry.source, SourceError("internal-error", f"pecdetect failed: {said}", said=said))

    def _doubted(self, entry: Entry, head: bytes) -> Kind:
        """Look again at what its head does not settle. Raises ``OSError``."""
        if is_clear(head, entry.name):
            return "message"
        if is_doubtful_compound(head, entry.name):
            with closing(entry.begin()) as stream:
                return "message" if has_property(stream, self.limits.message_bytes) else "other"
        with closing(entry.begin()) as stream:
            return sniff(read_fully(stream, LONG_HEAD), entry.name, final=True)

    def _by_kind(self, entry: Entry, kind: Kind) -> Iterator[Found]:
        if kind == "message" or (entry.trusted and kind in ("other", "mbox")):
            yield self._leaf(entry)
        elif kind == "mbox":
            yield from self._mbox(entry)
        elif kind == "pst":
            yield from self._pst(entry)
        elif kind in ("other", "other-archive"):
            yield self._leaf(entry) if entry.named else _left_out(entry, kind)
        elif entry.level >= NESTED:
            detail = "An archive inside an archive inside an archive is not opened."
            yield skipped(entry.source, "nested-too-deep", detail, levels=entry.level)
        else:
            from pecdetect.scanning.sources.unpacking import Budget

            budget = entry.budget
            if budget is None:
                stretch = entry.stretch()
                budget = Budget(stretch.end if stretch is not None else 0)
            inner = replace(entry, level=entry.level + 1, budget=budget)
            if kind == "zip":
                yield from self._zip(inner)
            elif kind == "tar":
                yield from _condensed(inner, self._tar(inner))
            else:
                yield from self._packed(inner, _PACKED[kind])

    def _leaf(self, entry: Entry) -> Candidate:
        """Give the candidate for an entry. Raises ``OSError``."""
        return Candidate(entry.source, entry.named, entry.file, place_of(entry, self.limits.message_bytes))

    # -- mbox --

    def _mbox(self, entry: Entry) -> Iterator[Found]:
        """Yield the messages of an mbox; of one message behind a ``From `` line that is not named so, itself."""
        if isinstance(entry.place, Whole) and is_sparse(entry.place.path):
            yield self._leaf(entry)
            return
        stretch = entry.stretch()
        tape: FileTape | StreamTape
        with closing(entry.begin() if stretch is None else open_regular(stretch.path)) as stream:
            if stretch is not None:
                tape = FileTape(stream, stretch.start, stretch.end)
            else:
                tape = StreamTape(stream, self.limits.message_bytes + 1)
            found = self._pieces(entry, stretch, tape)
            first = list(_until_second(found))
            messages = [each for each in first if isinstance(each, Candidate)]
            if len(messages) > 1 or (messages and entry.name.lower().endswith(_MBOX_NAMES)):
                yield from chain(first, found)
                return
        if messages and not entry.again:
            yield messages[0]._replace(source=entry.source, named=entry.named)
        else:
            yield self._leaf(entry)
        yield from (each for each in first if isinstance(each, Result))

    def _pieces(self, entry: Entry, stretch: Stretch | None, tape: FileTape | StreamTape) -> Iterator[Found]:
        for each in split(tape):
            if isinstance(each, SkippedFromLine):
                yield _doubtful(entry.source, each)
                continue
            source = f"{entry.source}#{each.line}"
            if stretch is not None:
                place = Span(stretch.path, stretch.start + each.start, stretch.start + each.end)
                yield Candidate(source, named=False, file=entry.file, place=place)
            else:
                content = cast("StreamTape", tape).take(each.start, each.end)
                yield Candidate(source, named=False, file=entry.file, place=InMemory(content))

    # -- zip --

    def _zip(self, entry: Entry) -> Iterator[Found]:
        from pecdetect.scanning.sources.zips import Directory, survey

        with seekable_stream(entry, self.limits.message_bytes) as (stream, size, stretch):
            directory = Directory(stream, size)
            known = survey(directory)
            if known.is_office and entry.named:
                yield self._leaf(entry)
            elif known.is_office:
                detail = "This is a document or a program, not an archive of messages."
                yield skipped(entry.source, "not-a-message", detail, cause="office-document")
            else:
                yield from _condensed(entry, self._zip_members(entry, stream, stretch, directory, known))

    def _zip_members(
        self, entry: Entry, stream: BinaryIO, stretch: Stretch | None, directory: Directory, known: Survey
    ) -> Iterator[Found]:
        from pecdetect.scanning.sources.zips import refusal

        names: dict[str, int] = {}
        for member in directory.members():
            if member.is_folder:
                continue
            source = _member_source(entry.source, member.name, names)
            if member.is_link:
                yield skipped(source, *_TAR_SKIPS["symbolic-link"])
                continue
            refused = refusal(member, self.password)
            if member.offset in known.overlapping:
                detail = "This member shares its bytes with another one, as in a zip bomb."
                refused = SourceError("overlapping-member", detail)
            if refused is not None:
                yield failure(source, refused)
            else:
                yield from self._zip_member(entry, source, stream, stretch, member)

    def _zip_member(
        self, entry: Entry, source: str, stream: BinaryIO, stretch: Stretch | None, member: Member
    ) -> Iterator[Found]:
        from pecdetect.scanning.sources.zips import ZipMember, open_member

        opens = partial(open_member, stream, member, self.password)
        place = None
        if stretch is not None:
            on_disk = member._replace(offset=stretch.start + member.offset)
            place = ZipMember(stretch.path, on_disk, self.password if member.is_encrypted else None)
        name = _last_name(member.name)
        there = replace(
            entry, source=source, named=False, name=name, begin=opens, place=place, trusted=False, again=True
        )
        try:
            if entry.budget is not None:
                entry.budget.spend(min(member.size, self.limits.message_bytes + 1))
            if member.is_encrypted and not name.lower().endswith(_HOLDS):
                # To decrypt is slow, so that it is done where the message is judged.
                yield self._leaf(there)
                return
        except (OSError, MemoryError) as error:
            yield failure(source, error)
            return
        yield from self.entry(there)

    # -- tar --

    def _tar(self, entry: Entry) -> Iterator[Found]:
        from pecdetect.scanning.sources.tars import TarReader

        stretch = entry.stretch()
        with closing(entry.begin() if stretch is None else window(stretch)) as stream:
            reader = TarReader(stream)
            names: dict[str, int] = {}
            for member in reader.members():
                if member.kind == "folder":
                    continue
                source = _member_source(entry.source, member.name, names)
                if member.kind != "file":
                    yield skipped(source, *_TAR_SKIPS[member.kind])
                    continue
                try:
                    inner, head = self._tar_member(entry, source, stretch, reader, member)
                except SourceError as error:
                    yield failure(source, error)
                else:
                    yield from self.entry(inner, head)

    def _tar_member(
        self, entry: Entry, source: str, stretch: Stretch | None, reader: TarReader, member: TarMember
    ) -> tuple[Entry, bytes]:
        """Give a member, and its head. Raises ``SourceError`` where it is cut short."""
        name = _last_name(member.name)
        stream = cast("BinaryIO", reader)
        opens = partial(prefixed, b"", stream)
        inner = replace(
            entry, source=source, named=False, name=name, begin=opens, place=None, trusted=False, again=True
        )
        if stretch is not None:
            start = stretch.start + member.start
            there = Stretch(stretch.path, start, start + member.size)
            head = read_fully(stream, HEAD)
            return replace(inner, begin=partial(window, there), place=Span(*there)), head
        if member.size <= self.limits.message_bytes:
            content = read_fully(stream, member.size)
            return replace(inner, begin=partial(io.BytesIO, content), place=InMemory(content)), content[:HEAD]
        head = read_fully(stream, HEAD)
        return replace(inner, begin=partial(prefixed, head, stream), again=False), head

    # -- packed --

    def _packed(self, entry: Entry, packing: Packing) -> Iterator[Found]:
        opens = partial(_unpacked, entry, packing)
        inside = _name_inside(entry.name)
        with closing(opens()) as stream:
            head = read_fully(stream, HEAD)
            if sniff(head, inside) == "tar":
                whole = replace(entry, name=inside, begin=partial(prefixed, head, stream), place=None, again=False)
                yield from _condensed(entry, self._tar(whole))
                return
        place = Packed(entry.place.path, packing) if isinstance(entry.place, Whole) else None
        inner = replace(entry, source=f"{entry.source}!/{inside}", name=inside, begin=opens, place=place, trusted=False)
        yield from self.entry(inner, head)

    # -- Outlook data files --

    def _pst(self, entry: Entry) -> Iterator[Found]:
        if not isinstance(entry.place, Whole):
            detail = "Outlook data files inside an archive are not opened. Unpack the archive and check the result."
            raise SourceError("pst-in-archive", detail)
        from pecdetect.scanning.sources.pst import expand_pst

        yield from expand_pst(entry.place.path, entry.source)


def _until_second(found: Iterator[Found]) -> Iterator[Found]:
    """What comes up to the second candidate."""
    candidates = 0
    for each in found:
        yield each
        candidates += isinstance(each, Candidate)
        if candidates == 2:
            return


def _unpacked(entry: Entry, packing: Packing) -> BinaryIO:
    from pecdetect.scanning.sources.unpacking import unpacked

    return unpacked(entry.begin(), packing, entry.budget)


def _left_out(entry: Entry, kind: Kind) -> Result:
    if kind == "other-archive":
        detail = "7-Zip and RAR archives are not opened. Unpack it and check the folder."
        return skipped(entry.source, "unsupported-archive", detail)
    return skipped(entry.source, *NO_MESSAGE)


def _doubtful(source: str, doubt: SkippedFromLine) -> Result:
    """Make the result for lines that begin with ``From `` and were taken for text."""
    lines = (
        'A line begins with "From " and was'
        if doubt.number == 1
        else f'{doubt.number:,} lines begin with "From " and were'
    )
    detail = f"{lines} read as text of the message at byte {doubt.message:,}; another message may begin there."
    facts = {"lines": doubt.number, "message": doubt.message}
    return skipped(f"{source}#{doubt.first}", "from-line-in-message", detail, **facts)


def _condensed(entry: Entry, found: Iterator[Found]) -> Iterator[Found]:
    """Make one result of those of an archive in which nothing is a message."""
    held: list[Found] = []
    try:
        for each in found:
            held.append(each)
            if not _is_no_message(each) or len(held) > _PATIENCE:
                yield from held
                held.clear()
                yield from found
                return
    except (OSError, MemoryError):
        yield from held
        raise
    number = f"{len(held):,} file{'' if len(held) == 1 else 's'}"
    detail = f"The archive holds {number} and no e-mail." if held else "The archive is empty."
    yield skipped(entry.source, "not-a-message", detail, cause="archive-without-mail", files=len(held))


def _is_no_message(found: Found) -> bool:
    return isinstance(found, Result) and found.skipped is not None and found.skipped.code == "not-a-message"


def _member_source(archive: str, name: str, names: dict[str, int]) -> str:
    """What a member is called; the second of a name is ``name@2``."""
    while True:
        number = names[name] = names.get(name, 0) + 1
        if number == 1:
            return f"{archive}!/{name}"
        name_of = f"{name}@{number}"
        if name_of not in names:
            names[name_of] = 1
            return f"{archive}!/{name_of}"


def _last_name(name: str) -> str:
    return name.replace("\\", "/").rpartition("/")[2]


def _name_inside(name: str) -> str:
    """The name of what is packed in a file: without the last suffix."""
    lower = name.lower()
    for suffix in _SUFFIXES:
        if lower.endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}.tar" if dot and suffix.lower() in ("tgz", "tbz", "tbz2", "txz") else name or "data"
