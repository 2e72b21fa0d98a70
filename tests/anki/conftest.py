"""Authors and learners.

No `__init__.py` stands beside this file: a package `anki` of ours would hide the real one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from author import Author
from learner import Learner


@pytest.fixture
def author(tmp_path: Path) -> Author:
    return Author(tmp_path / "author")


@pytest.fixture
def new_learner(tmp_path: Path) -> Iterator[Callable[[], Learner]]:
    """Makes learners, each with an empty collection."""
    learners: list[Learner] = []

    def make() -> Learner:
        learners.append(Learner(tmp_path / f"learner{len(learners)}"))
        return learners[-1]

    yield make
    for learner in learners:
        learner.col.close()


@pytest.fixture
def learner(new_learner: Callable[[], Learner]) -> Learner:
    return new_learner()
