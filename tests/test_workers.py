"""Files read in several processes: the same build, and an end that is as clean as of one."""

from __future__ import annotations

import concurrent.futures
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from every_kind import NOW, QUESTION_FILES, TEXTS, Content
from shell import ROOT, Folder, Ran, assert_told, environment

from deckgen import build, workers
from deckgen.diagnostic import DeckgenError
from deckgen.source import Source

LENGTH = sum(len(TEXTS[path].encode()) for path in QUESTION_FILES)
SECONDS = 60  # for one run of the command on a busy machine


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return Content(tmp_path / "content")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few characters are enough for another process."""
    monkeypatch.setattr(workers, "SHARE", 1)
    monkeypatch.setattr(workers, "BATCH", 1)


# -- what they give --------------------------------------------------------------------------------


@pytest.mark.usefixtures("eager")
def test_two_processes_give_the_same_as_one(content: Content, tmp_path: Path) -> None:
    """Package, lock and diagnostics in their order; also where some files are remembered."""
    alone = content.build()
    store = tmp_path / "store"
    assert content.build(store, jobs=2) == alone
    assert content.build(store) == alone
    for path in QUESTION_FILES[1:]:
        content.write(path, (content.folder / path).read_text() + "\nOne word more.\n")
    edited = content.build()
    assert edited != alone
    assert content.build(store, jobs=2) == edited


class Asked(Exception):
    """Processes are wanted; the argument says how many."""


def ask(jobs: int, *_: object) -> ProcessPoolExecutor:
    raise Asked(jobs)


@pytest.mark.parametrize(
    ("share", "jobs", "wanted"),
    [
        *((1, 3, 3), (1, 1, 1), (1, 100, len(QUESTION_FILES))),
        *((LENGTH // 4, 100, 4), (LENGTH // 2 + 1, 100, 1), (LENGTH + 1, 100, 1)),
    ],
)
def test_no_more_processes_than_are_worth_it(
    content: Content, monkeypatch: pytest.MonkeyPatch, share: int, jobs: int, wanted: int
) -> None:
    """At most those allowed, one for each file, and one for each share of the text."""
    monkeypatch.setattr(workers, "SHARE", share)
    monkeypatch.setattr(concurrent.futures, "ProcessPoolExecutor", ask)
    try:
        content.build(jobs=jobs)
        started = 1
    except Asked as asked:
        (started,) = asked.args
    assert started == wanted


# -- how they end ----------------------------------------------------------------------------------


def die(source: Source) -> workers.Result:
    os._exit(1)


def refuse(source: Source) -> workers.Result:
    raise DeckgenError("no engine here: install one")


@pytest.mark.usefixtures("eager")
def test_a_process_that_dies(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told in one line, which says what to do."""
    monkeypatch.setattr(workers, "_read", die)
    with pytest.raises(DeckgenError, match=r"^a process .* early; `--jobs 1`") as told:
        content.build(jobs=2)
    assert "\n" not in str(told.value)


@pytest.mark.usefixtures("eager")
def test_what_a_process_refuses(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    """A DeckgenError comes through as it was raised."""
    monkeypatch.setattr(workers, "_read", refuse)
    with pytest.raises(DeckgenError, match=r"^no engine here: install one$"):
        content.build(jobs=2)


def read_late(source: Source) -> workers.Result:
    time.sleep(0.2)
    return workers._desk.read(source)


@pytest.mark.usefixtures("eager")
def test_an_interrupt_between_two_files(content: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    """No process is left behind, and none goes on with what nobody waits for."""

    def interrupt(stage: str, done: int, total: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(workers, "_read", read_late)
    means = build.Means(jobs=2)
    with pytest.raises(KeyboardInterrupt) as interrupted:
        build.build(content.folder, "", NOW, progress=interrupt, means=means)
    assert multiprocessing.active_children() == []
    assert interrupted.traceback, "it is held to the end, as by the command"


# How processes of the command spend their time: each tells of itself, and waits to be ended.
SLOW = """
import os, pathlib, sys, time
from deckgen import workers

MARKS = pathlib.Path(__file__).parent / "marks"
WAIT = 0.6  # seconds

def mark(name):
    (MARKS / f"{name}-{os.getpid()}").touch()

def start(*settings):
    workers_start(*settings)
    mark("start")

def read(path):
    mark("read-" + path.replace("/", "-"))
    time.sleep(WAIT)
    return workers_read(path)

workers_start, workers_read = workers._start, workers._read
if "--multiprocessing-fork" in sys.orig_argv:
    mark("import")
    time.sleep(WAIT / 2)
"""
# Runs in the first process only; the others find `slow` by its name.
PATCH = """
import slow
from deckgen import workers
workers.SHARE = workers.BATCH = 1
workers._start, workers._read = slow.start, slow.read
import sys
from deckgen.cli import main
main()
"""


class Slow:
    """`deckgen build` with two processes that can be watched; all are one process group."""

    def __init__(self, root: Path) -> None:
        self.folder = Folder(root)
        for number in range(12):
            text = f"# T\n\n## What is {number}?\n<!-- id: n{number} -->\n\nA number.\n"
            self.folder.write(f"{number:02}.md", text)
        (root / "slow.py").write_text(SLOW)
        self._marks = root / "marks"
        self._marks.mkdir()
        self._process = subprocess.Popen(
            [sys.executable, "-c", PATCH, "build", "--jobs", "2"],
            cwd=root,
            env=environment(PYTHONPATH=f"{root}{os.pathsep}{ROOT}"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def marks(self, name: str) -> int:
        return len(list(self._marks.glob(f"{name}-*")))

    def wait(self, name: str, count: int) -> None:
        """Wait until so many processes, or files, are there."""
        self._until(lambda: self.marks(name) >= count)

    def interrupt(self) -> Ran:
        """Ctrl-C, which a terminal sends to the whole group."""
        os.killpg(self._process.pid, signal.SIGINT)
        out, err = self._process.communicate(timeout=SECONDS)
        return Ran(self._process.returncode, out.decode(), err.decode())

    def kill(self) -> None:
        """As the system does that runs out of memory: the first process alone."""
        self._process.kill()
        self._process.wait()

    def wait_for_all(self) -> None:
        """Wait until no process of the group is left."""
        self._until(self._is_gone)

    def end(self) -> None:
        if not self._is_gone():
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _is_gone(self) -> bool:
        self._process.poll()
        try:
            os.killpg(self._process.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def _until(self, condition: object) -> None:
        assert callable(condition)
        deadline = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < deadline, "it takes too long"
            time.sleep(0.02)


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Slow]:
    started = Slow(tmp_path)
    yield started
    started.end()


@pytest.mark.parametrize(("moment", "count"), [("import", 1), ("start", 1), ("read", 2)])
def test_an_interrupt(slow: Slow, moment: str, count: int) -> None:
    """While processes start, or read: one line, exit code 2, and no process or work is left."""
    slow.wait(moment, count)
    ran = slow.interrupt()
    assert_told(ran, 2, "deckgen: interrupted: ")
    assert ran.err.strip().count("\n") == 0
    slow.wait_for_all()
    assert slow.marks("read") < 12
    assert not slow.folder.package.exists() and not slow.folder.lock.exists()


def test_processes_end_with_the_first(slow: Slow) -> None:
    """Though it was killed and could not tell them."""
    slow.wait("read", 2)
    slow.kill()
    slow.wait_for_all()
