"""`deckgen preview --export`: a folder that is whole, the same each time, and safe to publish."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from shell import ONE_QUESTION, Folder, assert_told

PLAIN = "# Topic\n\n## What is two?\n<!-- id: two -->\n\nThe second number.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.write("a.md", ONE_QUESTION)
    folder.write("sub/b.md", PLAIN)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


def test_the_same_deck_gives_the_same_bytes(folder: Folder) -> None:
    """Into a new folder, and again into the one that an export has made."""
    ran = folder.run("preview", "content", "--export", "study")
    assert (ran.code, ran.out, ran.err) == (0, "wrote study/index.html\n", "")
    first = files(folder.root / "study")
    assert {"index.html", "cards/deck.js", "frame/desktop.html"} <= set(first)
    assert folder.run("preview", "content", "--export", "study").code == 0
    assert folder.run("preview", "--export", "../other/deep", below="content").code == 0
    assert files(folder.root / "study") == files(folder.root / "other" / "deep") == first


def test_nothing_else_is_left_or_written(folder: Folder) -> None:
    """No temporary folder, no lock, no package."""
    before = set(folder.files())
    assert folder.run("preview", "content", "--export", "study").code == 0
    new = {path for path in set(folder.files()) - before if not path.startswith("study/")}
    assert not {path for path in new if not path.startswith("build/.cache/")}
    assert {path.name for path in folder.root.iterdir()} <= {"content", "study", "build"}


def test_what_is_gone_from_the_deck_is_gone_from_the_folder(folder: Folder) -> None:
    folder.run("preview", "content", "--export", "study")
    (folder.content / "a.md").unlink()
    folder.run("preview", "content", "--export", "study")
    left = files(folder.root / "study")
    assert "cards/002.js" not in left
    assert b"What is one?" not in b"".join(left.values())


@pytest.mark.parametrize("path", ("mine.txt", ".git/config", "frame/mine.png"))
def test_a_folder_with_anything_else_in_it_is_refused(folder: Folder, path: str) -> None:
    """Also one that an export has made and someone has added to: that would be lost."""
    assert folder.run("preview", "content", "--export", "study").code == 0
    foreign = folder.root / "study" / path
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("mine")
    before = folder.files()
    ran = folder.run("preview", "content", "--export", "study")
    assert_told(ran, 2, f"study holds {path}, which no export has made")
    assert folder.files() == before


def test_a_folder_of_someone_elses_is_refused(folder: Folder) -> None:
    (folder.root / "study").mkdir()
    (folder.root / "study" / "index.html").write_text("mine")
    ran = folder.run("preview", "content", "--export", "study")
    assert_told(ran, 2, "study holds index.html")
    (folder.root / "file").write_text("mine")
    assert_told(folder.run("preview", "content", "--export", "file"), 2, "file holds a file")
    assert_told(folder.run("preview", "content", "--export", "content"), 2, "content holds")


def test_an_empty_folder_is_used(folder: Folder) -> None:
    (folder.root / "study").mkdir()
    assert folder.run("preview", "content", "--export", "study").code == 0


def test_wrong_content_is_told_and_nothing_written(folder: Folder) -> None:
    """What was there stays as it is."""
    assert folder.run("preview", "content", "--export", "study").code == 0
    before = files(folder.root / "study")
    folder.write("a.md", ONE_QUESTION.replace("$1$", r"$\frac{1$"))
    ran = folder.run("preview", "content", "--export", "study")
    assert_told(ran, 1, "content/a.md:6:", "formula-invalid")
    assert files(folder.root / "study") == before


def test_a_full_disk_leaves_what_was_there(folder: Folder) -> None:
    assert folder.run("preview", "content", "--export", "study").code == 0
    before = files(folder.root / "study")
    script = (
        "import errno, pathlib\n"
        "write = pathlib.Path.write_bytes\n"
        "def fail(path, content):\n"
        "    if path.name == 'preview.js':\n"
        "        raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "    return write(path, content)\n"
        "pathlib.Path.write_bytes = fail\n"
    )
    ran = folder.run("preview", "content", "--export", "study", script=script)
    assert_told(ran, 2, "cannot write study: No space left on device")
    assert files(folder.root / "study") == before
    assert not [path for path in folder.root.iterdir() if path.name.startswith(".")]


def test_nothing_tells_of_this_machine_or_needs_another(folder: Folder) -> None:
    """No path, no address of a server, no token; sources are named as file and line."""
    folder.run("preview", "content", "--export", "study")
    written = files(folder.root / "study")
    ours = {name: text for name, text in written.items() if "mathjax/" not in name}
    joined = b"\n".join(ours.values()).decode()
    assert str(folder.root) not in joined and str(Path.home()) not in joined
    remote = set(re.findall(r"https?://[^\s\"'<>)]+", joined))
    assert {address for address in remote if "w3.org" not in address} == set()
    assert "127.0.0.1" not in joined and "token=" not in joined
    assert '"two":["sub/b.md",3]' in ours["cards/deck.js"].decode()


def test_mathjax_is_there_if_a_card_needs_it(folder: Folder) -> None:
    """With its license; a deck without formulas does not carry its 1.6 MB."""
    folder.run("preview", "content", "--export", "study")
    written = files(folder.root / "study")
    assert len([name for name in written if name.endswith(".woff")]) == 23
    assert b"Apache License" in written["frame/mathjax/LICENSE"]
    folder.write("a.md", PLAIN.replace("two", "three"))
    folder.run("preview", "content", "--export", "study")
    assert not [name for name in files(folder.root / "study") if "mathjax" in name]


def test_retired_notes_are_for_learners_who_have_them(folder: Folder) -> None:
    """A study page does not ask them any more."""
    folder.write("sub/b.md", PLAIN.replace("id: two", "{id: two, retired: true}"))
    folder.run("preview", "content", "--export", "study")
    assert b"What is two?" not in b"".join(files(folder.root / "study").values())
