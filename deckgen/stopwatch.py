"""How much work each stage of a build is."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager


class Stopwatch:
    """Adds up the processor seconds of stages, which do not depend on what else runs."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what happens inside for the stage of this name."""
        started = time.process_time()
        try:
            yield
        finally:
            self.add({name: time.process_time() - started})

    def add(self, spent: Mapping[str, float]) -> None:
        """Count seconds that were taken elsewhere, by stage."""
        for name, seconds in spent.items():
            self.spent[name] = self.spent.get(name, 0.0) + seconds
