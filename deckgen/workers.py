"""Reads question files, in several processes where that is faster than in one."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import NamedTuple

from deckgen import source
from deckgen.diagnostic import DeckgenError
from deckgen.file_notes import FileNotes, FileReader, Given, Setting
from deckgen.formulas import FormulaCheck, Proof
from deckgen.made import NOTHING, Before, Made
from deckgen.mathjax import MathJax
from deckgen.media import MediaFolder
from deckgen.source import Source
from deckgen.stopwatch import Stopwatch

# Bytes of Markdown for each process: a process takes about as long to start as to read this.
SHARE = 400_000
BATCH = 4  # files that a process is handed at once


class Result(NamedTuple):
    """What a file gives, and the file as it was read.

    `proven` are the formulas that were proven by it, and `spent` the seconds of each stage.
    """

    given: Given
    source: Source
    proven: frozenset[Proof]
    spent: Mapping[str, float]


def read_files(
    paths: Sequence[str],
    size: int,
    setting: Setting,
    media: MediaFolder,
    proven: frozenset[Proof],
    jobs: int,
    before: Before,
) -> Generator[Result, None, None]:
    """What each file gives, in the order given.

    `size` is the bytes of all files together, and `jobs` how many processes may run; so much that
    several pay is read without a look at what was `before`. Raises DeckgenError if a process is
    killed.
    """
    if not paths:
        return
    jobs = min(jobs, len(paths), size // SHARE)
    if jobs < 2:
        with MathJax() as mathjax:
            desk = _Desk(setting, media, proven, mathjax)
            for path in paths:
                yield desk.read(path, before(path))
        return
    # Most builds after an edit need them not.
    from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
    from multiprocessing import get_context

    started = (setting, media.folder, media.limit, proven)
    spawning = get_context("spawn")
    with ProcessPoolExecutor(jobs, spawning, _start, started) as pool:
        try:
            with _uninterrupted():
                results = pool.map(_read, paths, chunksize=BATCH)
            yield from results
        except BrokenExecutor:
            message = "a process that was reading files ended early; `--jobs 1` needs only one"
            raise DeckgenError(message) from None
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that start here leave Ctrl-C to this one, which ends them."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Desk:
    """Reads files one after another, and proves each formula once."""

    def __init__(
        self, setting: Setting, media: MediaFolder, proven: frozenset[Proof], mathjax: MathJax
    ) -> None:
        self._folder = media.folder
        self._formulas = FormulaCheck(setting.macros, mathjax, proven)
        self._stopwatch = Stopwatch()
        self._reader = FileReader(setting, media, self._formulas, self._stopwatch)

    def read(self, path: str, before: Mapping[str, Made] = NOTHING) -> Result:
        with self._stopwatch.stage("reading"):
            file, faults = source.read_text(self._folder, path)
        given = Given(FileNotes(path)) if file is None else self._reader.read(file, before)
        told = (*faults, *given.notes.diagnostics)
        given = given._replace(notes=given.notes._replace(diagnostics=told))
        gc.collect(0)  # hardly anything is in a circle, and nobody else looks for it
        new, self._formulas.newly_proven = frozenset(self._formulas.newly_proven), set()
        spent, self._stopwatch.spent = self._stopwatch.spent, {}
        return Result(given, file or Source(path, ""), new, spent)


_desk: _Desk
"""In a process of the pool: its desk."""


def _start(setting: Setting, folder: Path, limit: int, proven: frozenset[Proof]) -> None:
    global _desk
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    Thread(target=_end_with_parent, daemon=True).start()
    _desk = _Desk(setting, MediaFolder(folder, limit), proven, MathJax())


def _end_with_parent() -> None:
    """Nobody else ends this process if the one that started it is killed."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _read(path: str) -> Result:
    return _desk.read(path)
