"""A build that is killed, and builds that meet: what learners were given is never lost."""

from __future__ import annotations

import multiprocessing
import os
import time
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path

import pytest

from deckgen import build

KILLS = 100
PAIRS = 20
FIRST, SECOND, THIRD = 1_600_000_000, 1_600_000_100, 1_600_000_200  # times of builds
CONTENT = """\
---
title: Stars
---

## What is the sun?

<!-- id: sun -->

A star.

## What is Vega?

<!-- id: vega -->

It {{c1::shines}}.
"""


class Folder:
    """A deck, and builds of it in processes of their own."""

    def __init__(self, root: Path, context: ForkServerContext) -> None:
        self.content = root / "content"
        self.content.mkdir(parents=True)
        self.lock, self.package = self.content / "deck.lock", root / "build" / "stars.apkg"
        (self.content / "deck.yaml").write_text("name: Stars\nnamespace: tests.interrupted\n")
        self.writes(CONTENT)
        self._context = context

    def writes(self, text: str) -> None:
        (self.content / "stars.md").write_text(text)

    def starts(self, now: int) -> ForkServerProcess:
        """`deckgen build` at the time `now`, in a process that has its modules already."""
        process = self._context.Process(target=_build, args=(str(self.content), now))
        process.start()
        return process

    def builds(self, now: int) -> tuple[bytes, bytes]:
        """Build to the end; the lock and the package."""
        process = self.starts(now)
        process.join()
        assert process.exitcode == 0
        return self.files()

    def files(self) -> tuple[bytes, bytes]:
        return self.lock.read_bytes(), self.package.read_bytes()

    def restores(self, files: tuple[bytes, bytes]) -> None:
        """Put both files back, and remove what a killed build left beside them."""
        for path, content in zip((self.lock, self.package), files, strict=True):
            path.write_bytes(content)
            for left in path.parent.glob(".*.tmp"):
                left.unlink()


def _build(content: str, now: int) -> None:
    import sys

    from deckgen import cli

    os.environ["SOURCE_DATE_EPOCH"] = str(now)
    sys.argv = ["deckgen", "build", "--quiet", content]
    cli.main()


@pytest.fixture(scope="module")
def context() -> ForkServerContext:
    started = multiprocessing.get_context("forkserver")
    started.set_forkserver_preload(["deckgen.build", "deckgen.report", "deckgen.cli"])
    return started


@pytest.fixture
def folder(tmp_path: Path, context: ForkServerContext) -> Folder:
    return Folder(tmp_path, context)


def test_a_build_that_is_killed_leaves_the_files_of_one_build(folder: Folder) -> None:
    """At whatever moment: each file is whole, never a package without its lock; the next build
    makes what an undisturbed one makes."""
    old = folder.builds(FIRST)
    folder.writes(CONTENT.replace("A star", "Our star"))
    started = time.monotonic()
    new = folder.builds(SECOND)
    duration = time.monotonic() - started
    assert old[0] != new[0] and old[1] != new[1]
    killed = attempts = 0
    while killed < KILLS:
        folder.restores(old)
        process = folder.starts(SECOND)
        time.sleep(duration * (attempts % KILLS) / KILLS)
        process.kill()
        process.join()
        attempts += 1
        killed += process.exitcode != 0
        assert folder.files() in (old, (new[0], old[1]), new)
        if attempts % 10 == 0:
            assert folder.builds(SECOND) == new
        assert attempts < 3 * KILLS, "most builds ended before they were killed"


def test_two_builds_at_once_leave_a_package_and_its_lock(folder: Folder) -> None:
    """The package on the disk is the one that the lock on the disk gives."""
    old = folder.builds(FIRST)
    folder.writes(CONTENT.replace("A star", "Our star"))
    for _ in range(PAIRS):
        folder.restores(old)
        processes = [folder.starts(now) for now in (SECOND, THIRD)]
        for process in processes:
            process.join()
        assert 0 in [process.exitcode for process in processes]
        lock, package = folder.files()
        built = build.build(folder.content, lock.decode(), THIRD + 1)
        assert built.lock_text == lock.decode()
        assert build.pack(built, folder.content) == package


def test_a_build_after_the_clock_was_set_back(folder: Folder) -> None:
    """An edit gets a newer time all the same, and what was not edited keeps its own."""
    folder.builds(SECOND)
    folder.writes(CONTENT.replace("A star", "Our star"))
    lock, _ = folder.builds(FIRST)
    lines = {line.split()[1]: line for line in lock.decode().splitlines() if line[:5] == "note "}
    assert f"modified={SECOND + 1} " in lines["sun"]
    assert f"modified={SECOND} " in lines["vega"]
