"""Pictures, sound and video: from the path an author writes to the name a learner's Anki stores."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from deckgen.diagnostic import DeckgenError, Diagnostic, Severity, Span

IMAGES = frozenset({".avif", ".gif", ".jpeg", ".jpg", ".png", ".svg", ".webp"})
SOUNDS = frozenset({".flac", ".m4a", ".mp3", ".oga", ".ogg", ".opus", ".wav"})
VIDEOS = frozenset({".mkv", ".mov", ".mp4", ".ogv", ".webm"})
FORMATS = IMAGES | SOUNDS | VIDEOS
NAME = re.compile(r"deckgen-[0-9a-f]{20}\.[a-z0-9]+")  # as a packaged file is called


class Media(NamedTuple):
    """One file to pack: `name` is made from its bytes, so a changed picture is a new name.

    Anki keeps an old file under an old name, and its file systems may or may not tell case apart
    (Anki: rslib/src/media/files.rs); a lower-case content hash avoids both. `path` is POSIX and
    relative to the content folder.
    """

    name: str
    path: str
    size: int

    @property
    def is_image(self) -> bool:
        return PurePosixPath(self.name).suffix in IMAGES

    def is_named_for(self, content: bytes) -> bool:
        """Whether these are the bytes that the name was made from."""
        return _name(self.path, content) == self.name


class MediaFolder:
    """The media files below one content folder."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self.limit = limit  # bytes
        self._root = folder.resolve()
        self._found: dict[str, Media] = {}  # by path
        self._shown: set[str] = set()  # paths

    def find(self, written: str, base: str, span: Span) -> Media | Diagnostic:
        """The file that `written` means in the question file `base`, or why there is none; it
        counts among those that are shown.
        """
        found = self._find(written, base, span)
        if isinstance(found, Media):
            self._shown.add(found.path)
        return found

    def means(self, written: str, base: str, media: Media) -> bool:
        """Whether `written` means just this file in the question file `base`."""
        return self._find(written, base, Span(base, 0, 0)) == media

    def _find(self, written: str, base: str, span: Span) -> Media | Diagnostic:
        if urlsplit(written).scheme or written.startswith("//"):
            message = "a card must work without a network, and this file is on one"
            hint = "download it next to the question file, if its license allows"
            return Diagnostic(span, "media-remote", message, hint)
        parent = PurePosixPath(base).parent
        # Decoded first, as GitHub reads a link; then as it stands, for a name that holds a %.
        for name in dict.fromkeys((unquote(written), written)):
            try:
                path = _normal(parent / name)
            except ValueError:
                return self._outside(written, span)
            if name.startswith("/"):
                return self._outside(written, span)
            exact = self._exact(path)
            if exact is not None:
                return self._media(exact, written, span)
        return self._missing(_normal(parent / unquote(written)), written, span)

    def show(self, media: Media) -> None:
        """Count a file among those that are shown: a note that was made elsewhere shows it."""
        self._shown.add(media.path)

    def unused(self, texts: Iterable[str]) -> tuple[Diagnostic, ...]:
        """A warning for each media file that no note shows and no text names."""
        unnamed = {
            relative: re.compile(rf"(?<![A-Za-z0-9_.-]){re.escape(_normalized(path.name))}")
            for path in self._files(self.folder)
            if (relative := path.relative_to(self.folder).as_posix()) not in self._shown
        }
        if unnamed:  # else the texts need not be read
            for text in map(_normalized, texts):
                written = f"{unquote(text)}\n{text}"
                unnamed = {p: name for p, name in unnamed.items() if not name.search(written)}
        return tuple(
            Diagnostic(
                Span(relative, 0, 0),
                "media-unused",
                f"no question shows {relative}",
                "show it, delete it, or start its name with _",
                Severity.WARNING,
            )
            for relative in sorted(unnamed)
        )

    def read(self, media: Media) -> bytes:
        """The bytes of the file. Raises DeckgenError if they are not those it was named for."""
        try:
            content = (self.folder / media.path).read_bytes()
        except OSError as error:
            raise DeckgenError(f"cannot read {media.path}: {error.strerror}") from error
        if not media.is_named_for(content):
            raise DeckgenError(f"{media.path} changed while the deck was built: build again")
        return content

    def _media(self, path: str, written: str, span: Span) -> Media | Diagnostic:
        if path in self._found:
            return self._found[path]
        suffix = PurePosixPath(path).suffix.lower()
        if suffix not in FORMATS:
            hint = "use " + ", ".join(sorted(f.lstrip(".") for f in FORMATS))
            return Diagnostic(span, "media-format", f"Anki shows no {suffix or 'such'} file", hint)
        absolute = self.folder / path
        if not absolute.resolve().is_relative_to(self._root):
            return self._outside(written, span)
        try:
            size = absolute.stat().st_size
            if size > self.limit:
                megabytes = f"{size / 1e6:.1f} MB"
                message = f"the file has {megabytes}, more than {self.limit / 1e6:g} MB"
                hint = "make it smaller, or raise `media-limit` (MB) in deck.yaml"
                return Diagnostic(span, "media-too-large", message, hint)
            content = absolute.read_bytes()
        except OSError as error:
            return Diagnostic(span, "media-unreadable", f"cannot read it: {error.strerror}")
        if not content:
            return Diagnostic(span, "media-unreadable", "the file is empty")
        media = Media(_name(path, content), path, len(content))
        self._found[path] = media
        return media

    def _outside(self, written: str, span: Span) -> Diagnostic:
        message = f"`{written}` is outside the content folder"
        hint = "copy the file into the content folder and link to it there"
        return Diagnostic(span, "media-outside", message, hint)

    def _missing(self, path: PurePosixPath, written: str, span: Span) -> Diagnostic:
        wanted = _fold(path.as_posix())
        for candidate in self._files(self.folder):
            relative = candidate.relative_to(self.folder)
            if _fold(relative.as_posix()) == wanted:
                message = f"`{written}` differs from the file's name in upper or lower case"
                hint = f"the file is called `{relative.name}`: some systems tell the two apart"
                return Diagnostic(span, "media-case", message, hint)
        same = [f for f in self._files(self.folder) if _fold(f.name) == _fold(path.name)]
        hint = "the path is relative to the question file"
        if same:
            hint = f"is it {same[0].relative_to(self.folder).as_posix()}? " + hint
        return Diagnostic(span, "media-missing", f"no file `{written}`", hint)

    def _exact(self, path: PurePosixPath) -> str | None:
        """The path as the folder spells it, if it names a file in exactly this case."""
        spelled: list[str] = []
        for part in path.parts:
            entries = _entries(self.folder.joinpath(*spelled))
            found = entries.get(_normalized(part))
            if found is None:
                return None
            spelled.append(found)
        relative = "/".join(spelled)
        return relative if relative and (self.folder / relative).is_file() else None

    def _files(self, folder: Path) -> Iterator[Path]:
        """The media files below a folder that could be shown."""
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            if entry.name.startswith((".", "_")):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._files(folder / entry.name)
            elif (path := folder / entry.name).suffix.lower() in FORMATS and path.is_file():
                yield path


def forget_folders() -> None:
    """Look at folders anew; within one build each is listed once."""
    _entries.cache_clear()


@cache
def _entries(folder: Path) -> dict[str, str]:
    """The names in a folder, by their NFC form: macOS may store a name decomposed."""
    try:
        return {_normalized(entry.name): entry.name for entry in folder.iterdir()}
    except OSError:
        return {}


def _normal(path: PurePosixPath) -> PurePosixPath:
    """The path without `.` and `..`. Raises ValueError if it leaves the content folder."""
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            if not parts:
                raise ValueError(path)
            parts.pop()
        elif part not in (".", "/"):
            parts.append(part)
    return PurePosixPath(*parts)


def _normalized(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _fold(name: str) -> str:
    return _normalized(name).casefold()


def _name(path: str, content: bytes) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return f"deckgen-{hashlib.sha256(content).hexdigest()[:20]}{suffix}"
