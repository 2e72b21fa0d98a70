"""Chromium, and the decks whose cards are shown in it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from anki.collection import (
    Collection,
    ImportAnkiPackageOptions,
    ImportAnkiPackageRequest,
)
from playwright.sync_api import Browser, sync_playwright

from .handmade import handmade_collection
from .pages import Side, serve, sides
from .real_anki import new_collection
from .stage import CHROMIUM, launch
from .stress_media import write_media

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium. Without it these tests fail: what learners see is not optional."""
    if not Path(CHROMIUM).exists():
        pytest.fail("no Chromium: apt-get install chromium", pytrace=False)
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def handmade(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """A collection with the cards of `handmade.py`."""
    col = handmade_collection(tmp_path_factory.mktemp("handmade"))
    yield col
    col.close()


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package that `deckgen build` makes of the repository's content, lock untouched."""
    content = tmp_path_factory.mktemp("package") / "content"
    shutil.copytree(ROOT / "content", content)
    return _built(content)


@pytest.fixture(scope="session")
def deck(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """A collection that has imported `package`, and nothing else."""
    col = _imported(package, tmp_path_factory.mktemp("deck"))
    yield col
    col.close()


@pytest.fixture(scope="session")
def stress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    """A collection with the cards of `stress/`, built and imported, its media made here."""
    content = tmp_path_factory.mktemp("stress") / "content"
    shutil.copytree(Path(__file__).with_name("stress"), content)
    write_media(content)
    col = _imported(_built(content), content.with_name("collection"))
    yield col
    col.close()


def _built(content: Path) -> Path:
    built = content.with_name("deck.apkg")
    command = [sys.executable, "-m", "deckgen", "build", str(content), "-o", str(built)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode or not built.is_file():
        pytest.fail(f"{' '.join(command)}\n{run.stdout}{run.stderr}", pytrace=False)
    return built


def _imported(package: Path, folder: Path) -> Collection:
    col = new_collection(folder)
    options = ImportAnkiPackageOptions()
    col.import_anki_package(ImportAnkiPackageRequest(package_path=str(package), options=options))
    return col


@pytest.fixture(scope="session")
def handmade_sides(handmade: Collection) -> tuple[Side, ...]:
    return sides(handmade)


@pytest.fixture(scope="session")
def handmade_address(handmade: Collection) -> Iterator[str]:
    with serve(Path(handmade.media.dir())) as address:
        yield address


@pytest.fixture(scope="session")
def deck_sides(deck: Collection) -> tuple[Side, ...]:
    return sides(deck)


@pytest.fixture(scope="session")
def deck_address(deck: Collection) -> Iterator[str]:
    with serve(Path(deck.media.dir())) as address:
        yield address
