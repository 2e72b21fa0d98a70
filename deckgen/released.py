"""What learners were given: a package read back, or a git revision built as it was then."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from deckgen import build, lock_text, source
from deckgen.apkg import COLLECTION, pack
from deckgen.check import ACCEPTABLE
from deckgen.diagnostic import DeckgenError, errors
from deckgen.lock_entry import NAME, Lock
from deckgen.media import MediaFolder
from deckgen.notetype import CardTemplate, Field, Kind, NoteType

KEY_FIELD = "Key"
PRESENT = "the present content"
CLOZE_TYPE = 1  # Anki: rslib/src/notetype/schema11.rs NotetypeKind
NEWER_COLLECTIONS = ("collection.anki21", "collection.anki21b")


@dataclass(frozen=True, slots=True)
class ReleasedType:
    """A note type in a package: `modified` in seconds since 1970, `sort_field` its index."""

    note_type: NoteType
    modified: int
    sort_field: int


@dataclass(frozen=True, slots=True)
class ReleasedNote:
    """A note in a package: `ordinals` are those of its cards, 0-based, all of them in `deck`."""

    key: str
    guid: str
    type_id: int
    modified: int
    fields: tuple[str, ...]
    tags: tuple[str, ...]
    ordinals: tuple[int, ...]
    deck: str


@dataclass(frozen=True, slots=True)
class Release:
    """All that an import looks at; notes stand in the order in which new cards come up.

    `types` are those that notes use, by id, for Anki imports no other; `media` gives each file
    the SHA-1 of its bytes, `descriptions` each deck its text. `remark` says where a build differs
    from what was released then.
    """

    name: str
    types: Mapping[int, ReleasedType]
    notes: tuple[ReleasedNote, ...]
    media: Mapping[str, str]
    descriptions: Mapping[str, str]
    remark: str = ""


def read(named: str, folder: Path | None) -> Release | Lock:
    """The package, the lock, the content folder or the git revision that a user named.

    A revision is one of the repository that holds the content folder `folder`, by default the
    one around the current folder. Raises DeckgenError for what cannot be read.
    """
    path = Path(named)
    if path.is_dir():
        found = folder if named == "." and folder else source.find(path)
        edited = max(int(file.lstat().st_mtime) for file in found.rglob("*"))
        return _built(found, PRESENT if named == "." else named, edited)[0]
    if path.suffix == ".lock" and path.is_file():
        try:
            return lock_text.read(path.read_text(encoding="utf-8"), named)
        except (OSError, UnicodeDecodeError) as error:
            raise DeckgenError(f"cannot read {named}: {error}") from error
    if path.is_file() or path.suffix in (".apkg", ".lock"):
        try:
            return read_package(path.read_bytes(), named)
        except OSError as error:
            raise DeckgenError(f"cannot read {named}: {error.strerror}") from error
    return _of_revision(named, folder or source.find(Path.cwd()))


# -- a package ---------------------------------------------------------------------------------


def read_package(content: bytes, name: str) -> Release:
    """What a package holds that deckgen made. Raises DeckgenError if it is none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = set(package.namelist())
            if members.intersection(NEWER_COLLECTIONS):
                raise DeckgenError(f"{name} was exported by Anki: name a package that deckgen made")
            listing = dict(json.loads(package.read("media")))
            media = {
                file: hashlib.sha1(package.read(member)).hexdigest()
                for member, file in listing.items()
            }
            with tempfile.TemporaryDirectory(prefix="deckgen-") as folder:
                path = Path(folder) / COLLECTION
                path.write_bytes(package.read(COLLECTION))
                connection = sqlite3.connect(path)
                try:
                    types, notes, descriptions = _rows(connection)
                finally:
                    connection.close()
    except (zipfile.BadZipFile, sqlite3.Error, LookupError, ValueError, TypeError) as error:
        raise DeckgenError(f"{name} is no package that deckgen made: {error}") from error
    if len({note.guid for note in notes}) < len(notes):
        raise DeckgenError(f"{name}: two notes share one GUID, and Anki would update either")
    used = {note.type_id for note in notes}
    known = {t.note_type.id: t for t in types if t.note_type.id in used}
    return Release(name, known, notes, media, descriptions)


def _rows(
    connection: sqlite3.Connection,
) -> tuple[tuple[ReleasedType, ...], tuple[ReleasedNote, ...], dict[str, str]]:
    """The note types, the notes, and each deck's description."""
    models, decks = connection.execute("select models, decks from col").fetchone()
    types = {int(model["id"]): _type(model) for model in json.loads(models).values()}
    decks_by_id = {int(key): deck for key, deck in json.loads(decks).items()}
    cards: dict[int, list[tuple[int, int]]] = {}
    for note, ordinal, deck in connection.execute("select nid, ord, did from cards order by ord"):
        cards.setdefault(note, []).append((ordinal, deck))
    order = "(select min(due) from cards where nid = notes.id), id"
    notes: list[ReleasedNote] = []
    for row, guid, type_id, modified, flat, tags in connection.execute(
        f"select id, guid, mid, mod, flds, tags from notes order by {order}"
    ):
        fields = tuple(flat.split("\x1f"))
        own = cards.get(row, [])
        notes.append(
            ReleasedNote(
                _key(types[type_id].note_type, fields) or guid,
                guid,
                type_id,
                modified,
                fields,
                tuple(tags.split()),
                tuple(ordinal for ordinal, _ in own),
                decks_by_id[own[0][1]]["name"] if own else "",
            )
        )
    descriptions = {deck["name"]: deck["desc"] for deck in decks_by_id.values()}
    return tuple(types.values()), tuple(notes), descriptions


def _key(note_type: NoteType, fields: tuple[str, ...]) -> str:
    named = zip(note_type.fields, fields, strict=True)
    return next((text for field, text in named if field.name == KEY_FIELD), "")


def _type(model: Mapping[str, Any]) -> ReleasedType:
    kind = Kind.CLOZE if model["type"] == CLOZE_TYPE else Kind.BASIC
    note_type = NoteType(
        kind,
        model["name"],
        int(model["id"]),
        tuple(Field(field["name"], field["id"]) for field in model["flds"]),
        tuple(CardTemplate(t["name"], t["id"], t["qfmt"], t["afmt"]) for t in model["tmpls"]),
        model["css"],
    )
    return ReleasedType(note_type, model["mod"], model["sortf"])


# -- a content folder, now or at a revision ----------------------------------------------------


def _built(folder: Path, name: str, edited: int) -> tuple[Release, int]:
    """What a content folder would release, and how many of its notes its lock does not know so.

    Those count as released when the folder was `edited`, in seconds since 1970. What would move
    a learner's history is no error here: it is what a comparison shall tell.
    """
    path = folder / NAME
    try:
        old_lock = path.read_text(encoding="utf-8") if path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise DeckgenError(f"cannot read {NAME} of {name}: {error}") from error
    try:
        built = build.build(folder, old_lock, edited)
    except DeckgenError as error:
        raise DeckgenError(f"{name}: {error}") from error
    if wrong := [e for e in errors(built.diagnostics) if e.code not in ACCEPTABLE]:
        first = f"{wrong[0].span.path}: {wrong[0].message}"
        raise DeckgenError(f"{name} cannot be built: {first}; see `deckgen check`")
    unknown = len(built.stamps.new) + len(built.stamps.changed)
    media = MediaFolder(folder, built.config.media_limit)
    return read_package(pack(built.deck, media.read), name), unknown


def _of_revision(revision: str, folder: Path) -> Release:
    """What the content folder released at a git revision; the work tree is not touched."""
    try:
        commit = _git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}")
    except _GitError as error:
        raise DeckgenError(
            f"{revision} is no package, lock, folder or git revision: {error}"
        ) from error
    try:
        top = Path(_git(folder, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
        prefix = _git(folder, "rev-parse", "--show-prefix").decode().rstrip("\n")
        tree = f"{commit.decode().strip()}:{prefix}"
        archive = _git(top, "archive", "--format=tar", tree)
        committed = int(_git(top, "show", "--no-patch", "--format=%ct", commit.decode().strip()))
    except _GitError as error:
        raise DeckgenError(f"{revision} holds no such content folder: {error}") from error
    with tempfile.TemporaryDirectory(prefix="deckgen-") as temporary:
        with tarfile.open(fileobj=io.BytesIO(archive)) as files:
            files.extractall(temporary, filter="data")
        release, unknown = _built(Path(temporary), revision, committed)
        locked = (Path(temporary) / NAME).exists()
    if not unknown:
        return release
    notes = "1 note comes" if unknown == 1 else f"{unknown:,} notes come"
    stale = f"{notes} out otherwise than its lock says, as if released when it was committed"
    missing = "it has no lock, so all its notes count as released when it was committed"
    return replace(release, remark=f"{revision}: {stale if locked else missing}")


class _GitError(Exception):
    """What git said, in its last line."""


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments], capture_output=True, check=False
        )
    except OSError as error:
        raise DeckgenError(f"cannot run git: {error.strerror}") from error
    if done.returncode:
        told = done.stderr.decode(errors="replace").strip().splitlines()
        raise _GitError(told[-1].removeprefix("fatal: ") if told else "git failed")
    return done.stdout
