"""Reads the content folder's text files; the only module that opens them."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

from deckgen.diagnostic import DeckgenError, Diagnostic, Span

SIZE_LIMIT = 16 << 20  # bytes; a topic of 16 MiB is a mistake, not a topic
UNREADABLE = ("file-outside", "file-too-large", "file-unreadable")
"""Codes of what makes a file as good as absent."""
# All but tab and line feed, halves of surrogate pairs, and what Unicode says is no character.
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Source:
    """One text file of the content folder: `path` is POSIX and relative to it.

    Line breaks are `\\n` and a leading byte order mark is gone, so that the same question gives
    the same note on every system; neither changes any line or column. What is no text, and is
    reported as such, is replaced by `�`. `fingerprint` is a digest of the file's bytes.
    """

    path: str
    text: str
    fingerprint: str = field(default="", compare=False)


class Listed(NamedTuple):
    """A question file in its folder: `size` in bytes; what is not `plain` is a link or worse.

    Its content was last changed at `modified`, and it or something about it at `changed`, both in
    nanoseconds since 1970.
    """

    path: str
    size: int = 0
    modified: int = 0
    changed: int = 0
    plain: bool = True


def find(start: Path) -> Path:
    """The content folder that `start` is, lies in, or holds as `content/`.

    Raises DeckgenError if no `deck.yaml` is found on the way up.
    """
    start = start.absolute()
    if not start.exists():
        raise DeckgenError(f"no such folder: {start}")
    for folder in (start, *start.parents):
        for candidate in (folder, folder / "content"):
            if (candidate / "deck.yaml").is_file():
                return candidate
    raise DeckgenError(
        f"no content folder here: neither {start} nor a folder above it holds a deck.yaml"
    )


def read(folder: Path) -> tuple[tuple[Source, ...], tuple[Diagnostic, ...]]:
    """All question files below `folder`, sorted by path, and what could not be read.

    Raises DeckgenError if the folder itself cannot be listed.
    """
    sources: list[Source] = []
    diagnostics: list[Diagnostic] = []
    for file in listing(folder):
        source, found = read_text(folder, file.path)
        diagnostics += found
        if source is not None:
            sources.append(source)
    return tuple(sources), tuple(diagnostics)


def is_question_file(path: PurePath) -> bool:
    """Whether a path relative to the content folder is that of a question file, by its name."""
    hidden = any(part.startswith((".", "_")) for part in path.parts)
    return path.suffix == ".md" and path.name != "README.md" and not hidden


def texts(folder: Path) -> Iterator[str]:
    """The texts of all question files, one after another."""
    for file in listing(folder):
        source, _ = read_text(folder, file.path)
        if source is not None:
            yield source.text


def listing(folder: Path) -> tuple[Listed, ...]:
    """The question files below `folder`, sorted by path.

    They are `*.md`; `README.md` and names that start with `.` or `_` are for people only. Raises
    DeckgenError if a folder cannot be listed.
    """
    files: list[Listed] = []
    pending = [""]
    try:
        while pending:
            inside = pending.pop()
            for entry in os.scandir(folder / inside):
                path = f"{inside}{entry.name}"
                if entry.name.startswith((".", "_")):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    pending.append(f"{path}/")
                elif is_question_file(PurePosixPath(path)):
                    status = entry.stat(follow_symlinks=False)
                    times = status.st_mtime_ns, status.st_ctime_ns
                    plain = entry.is_file(follow_symlinks=False)
                    files.append(Listed(path, status.st_size, *times, plain))
    except OSError as error:
        raise DeckgenError(f"cannot list {error.filename}: {error.strerror}") from error
    return tuple(sorted(files, key=lambda file: file.path))


def fingerprint(folder: Path, path: str) -> str:
    """A digest of the bytes of the file at `path` below `folder`; empty if it cannot be read."""
    try:
        return _fingerprint((folder / path).read_bytes())
    except OSError:
        return ""


def _fingerprint(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=16).hexdigest()


def read_text(folder: Path, path: str) -> tuple[Source | None, tuple[Diagnostic, ...]]:
    """The text file at `path` below `folder`, or None and why it cannot be read as text."""
    start = Span(path, 0, 0)
    real = Path(os.path.realpath(folder / path))
    if not real.is_relative_to(os.path.realpath(folder)):
        message = "a symbolic link leads out of the content folder"
        return None, (Diagnostic(start, "file-outside", message, "put the file itself here"),)
    try:
        status = real.stat()
        if not stat.S_ISREG(status.st_mode):
            return None, (Diagnostic(start, "file-unreadable", "this is no file"),)
        if status.st_size > SIZE_LIMIT:
            message = f"the file has {status.st_size >> 20} MiB, more than {SIZE_LIMIT >> 20}"
            return None, (Diagnostic(start, "file-too-large", message, "split it by topic"),)
        content = real.read_bytes()
    except OSError as error:
        return None, (Diagnostic(start, "file-unreadable", f"cannot read it: {error.strerror}"),)
    text = _decoded(content, "replace")
    control = CONTROL.search(text)
    sound = Source(path, CONTROL.sub("�", text) if control else text, _fingerprint(content))
    try:
        content.decode("utf-8")  # where the byte order mark counts too
    except UnicodeDecodeError as error:
        return sound, (_not_utf8(path, content, error.start),)
    return sound, (_control(path, control),) if control else ()


def _decoded(content: bytes, errors: str = "strict") -> str:
    return content.decode("utf-8-sig", errors).replace("\r\n", "\n")


def _not_utf8(path: str, content: bytes, wrong: int) -> Diagnostic:
    at = len(_decoded(content[:wrong]))
    message = f"not UTF-8: the byte 0x{content[wrong]:02X}"
    hint = "save the file as UTF-8 in your editor"
    return Diagnostic(Span(path, at, at + 1), "not-utf8", message, hint)


def _control(path: str, control: re.Match[str]) -> Diagnostic:
    span = Span(path, control.start(), control.end())
    message = f"the character U+{ord(control[0]):04X} cannot stand in a note"
    unix = "save the file with the line ends of Unix or Windows"
    hint = unix if control[0] == "\r" else "delete it"
    return Diagnostic(span, "control-character", message, hint)
