"""Starts child processes that import nothing from the working directory, where evidence lies.

``multiprocessing`` starts an interpreter with ``-c``, which looks for modules in the working directory first: a
``struct.py`` among the mail would be run. That holds for each child and for the resource tracker, which comes with
the first. So children are started with ``-P``, and are given a path that names no folder of the evidence.

An environment variable (``PYTHONSAFEPATH``) would not do: ``-E`` and ``-I`` ignore it, and it would be the caller's
other children's, too. ``multiprocessing`` has no setting for it. So two of its functions are replaced while a child
starts, for the thread that starts it alone; should a later Python not ask them any more, no child starts.

This file imports the standard library alone: a child may run it before it can import the package.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import sys
import threading
from contextlib import contextmanager
from multiprocessing import process, spawn, util
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.process import BaseProcess
    from types import FrameType, ModuleType

_PACKAGE: Final = "pecdetect"
_HOME: Final = str(Path(__file__).absolute().parents[2])
"""The folder that has the package."""
_STANDARD_LIBRARY: Final = str(Path(os.__file__).parent)
_one_at_a_time: Final = threading.RLock()


def start(child: BaseProcess) -> None:
    """Start a process of the spawn context: nothing from the working directory, nor the main module, is run in it.

    So a script without ``if __name__ == "__main__"`` works, and a notebook. The child does not hear Ctrl-C before it
    can ignore it. Raises ``OSError``.
    """
    with _put_off(), safe_children(), _masked():
        child.start()


@contextmanager
def safe_children() -> Iterator[None]:
    """Give what this thread starts by spawn a safe path and no main module. Raises ``OSError`` where that fails."""
    with (
        _one_at_a_time,
        _replaced(util, "_args_from_interpreter_flags", _flags),
        _replaced(spawn, "get_preparation_data", _preparation),
    ):
        if not _is_frozen() and "-P" not in spawn.get_command_line():
            raise OSError("this Python cannot start a process that imports nothing from the working directory")
        yield


@contextmanager
def _replaced(module: ModuleType, name: str, stand_in: Callable[..., Any]) -> Iterator[None]:
    """Have this thread call ``stand_in``, which is given the original; other threads call that as before."""
    original = getattr(module, name)
    thread = threading.get_ident()

    def chosen(*arguments: Any) -> Any:
        return stand_in(original, *arguments) if threading.get_ident() == thread else original(*arguments)

    setattr(module, name, chosen)
    try:
        yield
    finally:
        setattr(module, name, original)


def _flags(original: Callable[[], list[str]]) -> list[str]:
    """Options of the interpreter: the parent's, and those for a safe path."""
    flags = original()
    if _is_frozen():
        return flags  # its children are the program itself, which has a path of its own, and knows these options
    named = os.environ.get("PYTHONPATH", "")
    if named and any(_is_unsafe(entry) for entry in named.split(os.pathsep)):
        # Relative folders are others by now; what the parent made of them is in the path that children are given.
        flags = [*flags, "-E", "-X", f"utf8={sys.flags.utf8_mode}"]
    return [*flags, "-P"]


def _preparation(original: Callable[[str], dict[str, Any]], name: str) -> dict[str, Any]:
    """The first thing that a child receives: how it finds modules, and which it runs as its main module."""
    data = original(name)
    data.pop("init_main_from_name", None)
    data.pop("init_main_from_path", None)
    data["sys_path"] = path = safe_path()
    if _real(_HOME) not in map(_real, path):
        data["init_main_from_path"] = __file__  # loads the package, see the end of this file
    return data


def safe_path() -> list[str]:
    """``sys.path`` without the working directory, present or first, and whatever depends on it.

    If the package itself lies there, children load it by its file. A checkout has nothing else that they need. A folder
    that ``pip install --target`` filled has what the package depends on, so it stays, as the last: it replaces no
    module of the standard library, nor of an environment.
    """
    path = [entry for entry in sys.path if isinstance(entry, str) and not _is_unsafe(entry)]
    if _real(_HOME) not in map(_real, path) and any(Path(_HOME).glob(f"{_PACKAGE}-*.dist-info")):
        path.append(_HOME)
    return path


def _is_unsafe(entry: str) -> bool:
    if not os.path.isabs(entry):  # noqa: PTH117 - a Path would make "." of what is empty
        return True
    first = getattr(process, "ORIGINAL_DIR", None)
    folders = {_real(folder) for folder in (os.getcwd(), first) if folder}  # noqa: PTH109 - compared as text
    return _real(entry) in folders and _real(entry) != _real(_STANDARD_LIBRARY)


def _real(folder: str) -> str:
    return os.path.normcase(os.path.realpath(folder))


def _is_frozen() -> bool:
    """Whether this is a program with an interpreter inside, as PyInstaller makes them."""
    return getattr(sys, "frozen", False)


# -- Ctrl-C --


@contextmanager
def _masked() -> Iterator[None]:
    """Start a process that does not hear Ctrl-C before it can ignore it."""
    mask = getattr(signal, "pthread_sigmask", None)
    if mask is None:  # Windows
        yield
        return
    # Whoever starts it takes the mask away (CPython 3.11), so not within.
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()
    before = mask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)


@contextmanager
def _put_off() -> Iterator[None]:
    """Put Ctrl-C off until a start is complete: half a start leaves a process that complains of it.

    The mask alone does not: it is this thread's, and a signal that another thread takes is handled in this one.
    """
    handler = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(handler):
        yield
        return
    heard: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: heard.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
        if heard:
            handler(*heard[0])


# -- In a child --


def _load_package() -> None:
    """Load the package from its file; its modules are found through it."""
    spec = importlib.util.spec_from_file_location(_PACKAGE, Path(_HOME, _PACKAGE, "__init__.py"))
    if spec is None or spec.loader is None:
        raise ImportError(f"{_PACKAGE} is not in {_HOME}")
    sys.modules[_PACKAGE] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


if __name__ == "__mp_main__":
    _load_package()
