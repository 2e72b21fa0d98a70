"""Watches a content folder, and keeps a snapshot of its deck current for all who look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from watchfiles import awatch

from deckgen.build import Built
from deckgen.diagnostic import DeckgenError
from deckgen.notetype import note_types
from deckgen.preview.draft import Draft, Drafter
from deckgen.preview.snapshot import BLANK, Album, Snapshot, problems

QUIET = 20  # milliseconds without a change, after which a save is taken to be whole
LONGEST = 200  # milliseconds for which changes may go on before the deck is looked at all the same
EMPTY = 0.05  # seconds between two looks at a file that was just emptied
MOST_LOOKS = 10  # at it, before it is taken to be meant so
ABSENCE = 0.25  # seconds between two looks for a folder that is gone


class Studio:
    """The deck of one content folder while its author writes; `build` builds it.

    `is_quick` tells whether the first build is, because an earlier one has left what it needs.
    What is slow runs in a thread, one thing at a time.
    """

    def __init__(self, folder: Path, build: Callable[[], Built], is_quick: bool) -> None:
        self.folder = folder
        self.snapshot = BLANK
        self.closed = False
        self._build = build
        self._is_quick = is_quick
        self._album = Album()
        self._drafter = Drafter()
        self._built: Built | None = None
        self._edited = asyncio.Event()
        self._news = asyncio.Condition()

    async def run(self) -> None:
        """Take snapshots, one now and one after each edit, until cancelled."""
        watching = asyncio.create_task(self._watch())
        try:
            while True:
                self._edited.clear()
                await self._look()
                await self._edited.wait()
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching

    async def close(self) -> None:
        """Let all who wait for news go."""
        self.closed = True
        async with self._news:
            self._news.notify_all()

    async def newer(self, seen: Snapshot, seconds: float) -> Snapshot:
        """The snapshot, as soon as it is another than `seen`; at the latest after `seconds`."""

        def is_news() -> bool:
            return self.closed or self.snapshot is not seen

        with suppress(asyncio.TimeoutError):
            async with self._news:
                await asyncio.wait_for(self._news.wait_for(is_news), seconds)
        return self.snapshot

    async def _look(self) -> None:
        """Look at the folder: first at the cards that were edited, then at everything."""
        try:
            await self._until_written()
            if self._built is not None or not self._is_quick:
                draft = await asyncio.to_thread(self._drafter.draft, self.folder, self._built)
                if draft is not None:
                    await self._publish(await asyncio.to_thread(self._drafted, draft))
            built = await asyncio.to_thread(self._build)
            snapshot = await asyncio.to_thread(self._developed, built)
        except (DeckgenError, OSError) as error:
            await self._publish(replace(self.snapshot, failure=str(error)))
        except Exception as error:  # the page says it, and the next save is another chance
            bug = f"a bug of deckgen, which `deckgen build` will show: {error!r}"
            await self._publish(replace(self.snapshot, failure=bug))
        else:
            self._built = built
            await self._publish(snapshot)

    async def _until_written(self) -> None:
        """Many editors empty a file and then write it; its cards are not gone in between."""
        if self._built is None:
            return
        had_text = [self.folder / path for path, text in self._built.texts.items() if text]
        for _ in range(MOST_LOOKS):
            if not any(_is_empty(path) for path in had_text):
                return
            await asyncio.sleep(EMPTY)

    def _drafted(self, draft: Draft) -> Snapshot:
        taken = self._album.take(draft.title, draft.notes, draft.types, draft.texts)
        return replace(taken, problems=self.snapshot.problems)

    def _developed(self, built: Built) -> Snapshot:
        config = built.config
        types = note_types(config.name, config.namespace, config.styling)
        taken = self._album.take(config.name, built.notes, types, built.texts)
        found = problems(built.diagnostics, built.notes, built.texts)
        return replace(taken, problems=found, checked=True)

    async def _publish(self, snapshot: Snapshot) -> None:
        async with self._news:
            self.snapshot = snapshot
            self._news.notify_all()

    async def _watch(self) -> None:
        """Note each edit below the folder, also after it was away."""
        while True:
            try:
                await self._watch_while_there()
            except FileNotFoundError:
                await asyncio.sleep(ABSENCE)
            except (OSError, RuntimeError) as error:
                reason = f"the folder cannot be watched, so load the page anew: {error}"
                await self._publish(replace(self.snapshot, failure=reason))
                return

    async def _watch_while_there(self) -> None:
        """Note edits until the folder itself is deleted or moved: only its old self is watched."""
        self._edited.set()  # for what happened before
        changes = awatch(self.folder, debounce=LONGEST, step=QUIET, stop_event=None)
        async for batch in changes:
            self._edited.set()
            if any(Path(path) == self.folder for _, path in batch):
                return


def _is_empty(path: Path) -> bool:
    try:
        return path.stat().st_size == 0
    except OSError:
        return False
