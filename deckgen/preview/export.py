"""The preview as files: a study page that needs no server, for a disk or to be published."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from deckgen.build import Built
from deckgen.diagnostic import DeckgenError
from deckgen.media import MediaFolder
from deckgen.notetype import USER_STYLING, note_types, user_styling
from deckgen.preview import pages
from deckgen.preview.cards import shown
from deckgen.preview.guard import FRAMES
from deckgen.preview.snapshot import BLANK, Album, Snapshot, change

LISTING = "files.txt"
"""Names every file of the folder, and so tells a folder that was made here."""

HEADING = "Made by deckgen preview --export, which replaces this folder as long as it holds:\n"


def export(built: Built, folder: Path, target: Path) -> None:
    """Write the study page of a deck without errors to `target`, all of it or nothing.

    `folder` is the content folder. The same deck gives the same bytes. Raises DeckgenError if
    `target` holds anything that was not made here.
    """
    foreign = _foreign(target)
    if foreign:
        message = f"{target} holds {foreign}, which no export has made: name an empty folder"
        raise DeckgenError(message)
    contents = files(built, folder)
    listing = HEADING + "".join(f"{path}\n" for path in sorted((*contents, LISTING)))
    try:
        target.absolute().parent.mkdir(parents=True, exist_ok=True)
        _replace(target.absolute(), {**contents, LISTING: listing.encode()})
    except OSError as error:
        raise DeckgenError(f"cannot write {target}: {error.strerror}") from error


def files(built: Built, folder: Path) -> dict[str, bytes]:
    """All files of the study page by path; notes that are retired are not in it."""
    snapshot = _snapshot(built)
    media = MediaFolder(folder, built.config.media_limit)
    found: dict[str, bytes] = {
        "index.html": pages.index(built.config.name, "saved.js", policy=pages.PAGE_POLICY).encode()
    }
    for name in (*pages.PAGE_FILES, "saved.js"):
        found[name] = pages.own(name)
    for client in pages.CLIENTS:
        found[f"{FRAMES}{client}.html"] = pages.frame(client, pages.FRAME_POLICY).encode()
    for name in pages.FRAME_FILES:
        found[f"{FRAMES}{name}"] = pages.own(name)
    if any("\\(" in card.answer or "\\[" in card.answer for card in snapshot.cards.values()):
        for path in pages.mathjax_paths():
            content = pages.mathjax(path)
            assert content is not None, path
            found[f"{FRAMES}mathjax/{path}"] = content
        found[f"{FRAMES}mathjax/LICENSE"] = pages.mathjax_license()
    for note in built.notes:
        for each in note.media:
            found.setdefault(f"{FRAMES}{each.name}", media.read(each))
    found[f"{FRAMES}{USER_STYLING}"] = user_styling()
    return {**found, **_card_files(snapshot)}


def _snapshot(built: Built) -> Snapshot:
    config = built.config
    types = note_types(config.name, config.namespace, config.styling)
    notes = tuple(note for note in built.notes if not note.retired)
    return Album().take(config.name, notes, types, built.texts)


def _card_files(snapshot: Snapshot) -> Mapping[str, bytes]:
    """The list of the cards, and their sides in one script for each question file."""
    sides: dict[str, dict[str, object]] = {}
    for name, card in snapshot.cards.items():
        sides.setdefault(snapshot.places[name].path, {})[name] = shown(card)
    chunks = {path: f"{number:03}.js" for number, path in enumerate(sides, 1)}
    told = change(BLANK, snapshot)
    cards = told["cards"]
    assert isinstance(cards, list)
    for card in cards:
        card["chunk"] = chunks[snapshot.places[card["id"]].path]
    found = {"cards/deck.js": pages.script("deckIs", {**told, "checked": True})}
    for path, chunk in chunks.items():
        found[f"cards/{chunk}"] = pages.script("sidesAre", [chunk, sides[path]])
    return {path: text.encode() for path, text in found.items()}


def _foreign(target: Path) -> str:
    """What `target` holds that no export has made; empty if nothing, or if it is not there."""
    if not target.exists():
        return ""
    if not target.is_dir():
        return "a file"
    held = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    listing = target / LISTING
    text = listing.read_text(encoding="utf-8", errors="replace") if listing.is_file() else ""
    made = set(text.removeprefix(HEADING).splitlines()) if text.startswith(HEADING) else set()
    return min(held - made, default="")


def _replace(target: Path, contents: Mapping[str, bytes]) -> None:
    """Put a folder with these files in the place of `target`, which never holds a part of them."""
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    old = fresh.with_name(f"{fresh.name}.old")
    try:
        fresh.chmod(0o755)
        for path, content in contents.items():
            place = fresh / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
