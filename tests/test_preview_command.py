"""`deckgen preview` in the terminal: how it starts, what it refuses, how it ends."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from previewed import Previewed
from shell import ONE_QUESTION, Folder, assert_told

HEAVY = ("starlette", "uvicorn", "watchfiles", "jinja2", "anyio")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path)
    folder.write("a.md", ONE_QUESTION)
    return folder


def test_it_says_where_it_is_and_ends_with_ctrl_c(folder: Folder) -> None:
    """One address to open, and no traceback at the end, also while a page is listening."""
    with Previewed(folder.content) as preview:
        assert preview.first_line.startswith("content: http://127.0.0.1:")
        events = preview.get("events", Cookie=preview.cookie())
        assert events.readline() == b"event: deck\n"
        code, out, err = preview.interrupt()
    assert (code, out, err) == (0, "Ctrl-C ends the preview.\n", "")


def test_nothing_is_written(folder: Folder) -> None:
    """The lock and the package are a build's."""
    before = folder.files()
    with Previewed(folder.content) as preview:
        preview.get("events", Cookie=preview.cookie()).readline()
    written = {path for path in folder.files() if not path.startswith("build/.cache/")}
    assert written == set(before)


def test_a_port_can_be_chosen(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with Previewed(folder.content, "--port", str(port)) as preview:
        assert preview.port == port


def test_a_port_in_use_is_one_line(folder: Folder) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = folder.run("preview", "content", "--no-open", "--port", str(port))
    assert_told(ran, 2, f"cannot listen on port {port}: Address already in use")
    assert ran.err.count("\n") == 1


def test_no_content_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "elsewhere").mkdir()
    ran = Folder(tmp_path).run("preview", tmp_path / "elsewhere/missing", "--no-open")
    assert_told(ran, 2, "no such folder")


def test_an_unknown_editor_is_told_which_there_are(folder: Folder) -> None:
    ran = folder.run("preview", "content", "--no-open", "--editor", "edlin")
    assert_told(ran, 2, "vscode", "{path}")


def test_the_editor_is_told_the_whole_path(folder: Folder) -> None:
    """Only with --editor: without, the page knows no path of this machine."""
    with Previewed(folder.content) as preview:
        page = preview.get("", Cookie=preview.cookie()).read().decode()
        assert str(folder.root) not in page
    with Previewed(folder.content, "--editor", "vscode") as preview:
        page = preview.get("", Cookie=preview.cookie()).read().decode()
        assert f"vscode://file{folder.content}/{{path}}:{{line}}" in page


@pytest.mark.parametrize("arguments", (("--help",), ("preview", "--help"), ("build",)))
def test_other_commands_do_not_wait_for_the_server(
    folder: Folder, arguments: tuple[str, ...]
) -> None:
    """What a server needs is imported by the preview alone."""
    names = ", ".join(repr(name) for name in HEAVY)
    script = (
        f"import atexit\natexit.register(lambda: print([n for n in ({names}) if n in sys.modules]))"
    )
    assert folder.run(*arguments, script=script).out.endswith("[]\n")
