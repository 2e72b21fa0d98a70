"""The answer to a build that was asked for before: only where nothing changed, and then at once."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from shell import DECK, ONE_QUESTION, Folder, Ran, assert_told, command, environment, masked

from deckgen import unchanged

CURRENT = "is current: nothing has changed since it was written"
OLD = 10  # seconds: longer than any file system's tick
TOLD = f"""\
Small: 1 note (1 basic, 0 cloze), 1 card in 1 deck, 1 formula
since the lock: 0 new, 0 changed, 1 unchanged
build/small.apkg (0 kB) {CURRENT}
"""


def age(folder: Folder, seconds: float = OLD) -> None:
    """Let each file of the content be this old."""
    for path in folder.content.rglob("*"):
        if path.is_file():
            at = time.time() - seconds
            os.utime(path, (at, at))


def record(folder: Folder) -> Path:
    return folder.root / "build" / ".cache" / "content" / "last"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A deck whose files are old, built."""
    folder = Folder(tmp_path)
    folder.write("topic.md", ONE_QUESTION)
    folder.write("sources.yaml", "isl: An Introduction\n")
    age(folder)
    assert_told(folder.run("build"), 0)
    return folder


def is_answered(ran: Ran) -> bool:
    """Whether it was answered without a build; either way it went well."""
    assert_told(ran, 0)
    assert (CURRENT in ran.out) is ("wrote " not in ran.out)
    return CURRENT in ran.out


# -- nothing changed -----------------------------------------------------------------------------


def test_the_same_build_again_says_that_the_package_is_current(folder: Folder) -> None:
    """In the words of the summary, and nothing on the disk is touched."""
    before = folder.files()
    ran = folder.run("build")
    assert (ran.code, masked(ran.out), ran.err) == (0, TOLD, "")
    assert folder.files() == before


def test_nothing_heavy_is_imported_for_it(folder: Folder) -> None:
    """Not the commands, nor what they need to understand their arguments."""
    script = (
        "import sys\n"
        "from deckgen.start import main\n"
        "try:\n"
        "    main()\n"
        "finally:\n"
        "    print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, "build"],
        cwd=folder.root,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert masked(done.stdout) == TOLD
    modules = set(done.stderr.split())
    ours = {name for name in modules if name.startswith("deckgen.")}
    assert ours == {"deckgen.makers", "deckgen.start", "deckgen.unchanged"}
    heavy = {"click", "rich", "yaml", "markdown", "sqlite3", "tempfile", "pathlib", "dataclasses"}
    with_nothing = [sys.executable, "-c", "import sys; print(*sys.modules)"]
    always = subprocess.run(with_nothing, env=environment(), capture_output=True, text=True)
    assert not modules & heavy - set(always.stdout.split())


# -- what changed --------------------------------------------------------------------------------

Change = Callable[[Folder], object]


def swap(path: str, old: str, new: str) -> Change:
    """Another text of the same size."""
    assert len(old) == len(new)
    return lambda folder: folder.write(path, (folder.content / path).read_text().replace(old, new))


def swap_in_secret(folder: Folder) -> None:
    """The same size, and the same time."""
    path = folder.content / "topic.md"
    before = path.stat()
    swap("topic.md", "first", "third")(folder)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


CHANGES: dict[str, Change] = {
    "a word of the same length": swap("topic.md", "first", "third"),
    "a word, the time set back": swap_in_secret,
    "only a time": lambda folder: os.utime(folder.content / "topic.md"),
    "the settings": swap("deck.yaml", "Small", "Large"),
    "the works": swap("sources.yaml", "An", "No"),
    "a file more": lambda folder: folder.write("other.md", ONE_QUESTION.replace("one", "two")),
    "a file in a new folder": lambda folder: folder.write("a/b/README.md", ""),
    "a file less": lambda folder: (folder.content / "sources.yaml").unlink(),
    "a file of another name": lambda folder: (folder.content / "topic.md").rename(
        folder.content / "other.md"
    ),
    "an empty lock": lambda folder: folder.write("deck.lock", ""),
    "a lock of another time": lambda folder: os.utime(folder.lock, (1, 1)),
    "no lock": lambda folder: folder.lock.unlink(),
    "no package": lambda folder: folder.package.unlink(),
    "an empty package": lambda folder: folder.package.write_bytes(b""),
    "another package": lambda folder: folder.package.write_bytes(
        folder.package.read_bytes()[:-1] + b"x"
    ),
    "no cache": lambda folder: shutil.rmtree(record(folder).parent),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder(tmp_path_factory.mktemp("built"))
    folder.write("topic.md", ONE_QUESTION)
    folder.write("sources.yaml", "isl: An Introduction\n")
    age(folder)
    assert_told(folder.run("build"), 0)
    return folder


@pytest.fixture
def restored(built: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    """The folder as it was built, before and after the test, and the current folder."""
    monkeypatch.chdir(built.root)
    places = (built.content, built.root / "build")
    for place in places:
        shutil.copytree(place, tmp_path / place.name)
    yield built
    for place in places:
        shutil.rmtree(place)
        shutil.copytree(tmp_path / place.name, place)
    known = json.loads(record(built).read_text())  # the copies are younger than it
    package = known["package"][0]
    known["files"] = unchanged.listing(str(built.content))
    known["package"] = [package, *unchanged._state(package)]
    record(built).write_text(json.dumps(known))


@pytest.mark.parametrize("change", CHANGES)
def test_after_a_change_there_is_no_answer(restored: Folder, change: str) -> None:
    """Whatever the change is; before it there was one."""
    assert masked(unchanged.told(["build"])) == TOLD
    CHANGES[change](restored)
    assert unchanged.told(["build"]) is None


def test_other_versions_have_no_answer(
    restored: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of deckgen or of a package; nor if they cannot be told."""
    monkeypatch.syspath_prepend(tmp_path)
    assert unchanged.told(["build"])
    (tmp_path / "Markdown-99.dist-info").mkdir()
    assert unchanged.told(["build"]) is None
    (tmp_path / "Markdown-99.dist-info").rmdir()
    assert unchanged.told(["build"])
    monkeypatch.setattr(unchanged, "versions", lambda: "")
    assert unchanged.told(["build"]) is None


@pytest.mark.parametrize(
    "arguments",
    [
        *([], ["build", "."], ["build", "-q"], ["build", "--locked"], ["build", "--no-cache"]),
        *(["build", "--format", "json"], ["build", "-o", "build/small.apkg"], ["build", "build"]),
        *(["check"], ["--help"], ["build", "--help"], ["build", "nowhere"], ["build", "content"]),
    ],
)
def test_other_arguments_have_no_answer(restored: Folder, arguments: Sequence[str]) -> None:
    """An answer is for the same words only."""
    assert unchanged.told(["build"])
    assert unchanged.told(arguments) is None


def test_another_current_folder_has_no_answer(
    restored: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the paths that were told would be others."""
    assert unchanged.told(["build"])
    monkeypatch.chdir(restored.content)
    assert unchanged.told(["build"]) is None


RECORDS: dict[str, Callable[[str], str]] = {
    "nothing": lambda text: "",
    "cut off": lambda text: text[: len(text) // 2],
    "no JSON": lambda text: text + "}",
    "NUL bytes": lambda text: "\0" * len(text),
    "deep": lambda text: "[" * 100_000,
    "a list": lambda text: f"[{text}]",
    "a number": lambda text: "7",
    "no package": lambda text: text.replace('"package"', '"x"'),
    "no words": lambda text: text.replace('"said"', '"x"'),
    "a package that is a number": lambda text: json.dumps({**json.loads(text), "package": [0]}),
    "a package of NUL": lambda text: json.dumps({**json.loads(text), "package": ["\0", 0, 0]}),
    "one thing more": lambda text: json.dumps({**json.loads(text), "more": 1}),
    "files that are none": lambda text: json.dumps({**json.loads(text), "files": None}),
}


@pytest.mark.parametrize("form", RECORDS)
def test_a_damaged_record_is_no_answer(restored: Folder, form: str) -> None:
    """Nor is it an error."""
    path = record(restored)
    path.write_text(RECORDS[form](path.read_text()))
    assert unchanged.told(["build"]) is None


def test_a_record_that_is_no_file(restored: Folder) -> None:
    """A folder in its place, or one that is no text."""
    path = record(restored)
    path.write_bytes(b"\xff" * 100)
    assert unchanged.told(["build"]) is None
    path.unlink()
    path.mkdir()
    assert unchanged.told(["build"]) is None


# -- a build where there is no answer ------------------------------------------------------------


def test_a_change_is_built(folder: Folder) -> None:
    """And the next build is answered again."""
    before = folder.package.read_bytes()
    swap("topic.md", "first", "third")(folder)
    age(folder)
    assert not is_answered(folder.run("build"))
    assert folder.package.read_bytes() != before
    assert is_answered(folder.run("build"))


def test_a_hidden_style_sheet(folder: Folder) -> None:
    """What a deck uses counts, whatever it is called."""
    folder.write("deck.yaml", DECK + "styling: .style.css\n")
    folder.write(".style.css", ".x { top: 0 }")
    age(folder)
    folder.run("build")
    before = folder.package.read_bytes()
    folder.write(".style.css", ".x { top: 1 }")
    assert not is_answered(folder.run("build"))
    assert folder.package.read_bytes() != before


def test_a_damaged_record_is_written_anew(folder: Folder) -> None:
    """By the command, which says nothing of it."""
    record(folder).write_text("[" * 100_000)
    ran = folder.run("build")
    assert not is_answered(ran) and ran.err == ""
    assert is_answered(folder.run("build"))


def test_files_of_this_moment_are_not_trusted(folder: Folder) -> None:
    """They may change once more without a change of their time."""
    age(folder, seconds=-60)
    assert not is_answered(folder.run("build"))
    assert not is_answered(folder.run("build"))


def test_a_warning_is_told_each_time(folder: Folder) -> None:
    """A build that is not quite right is built again."""
    folder.write("topic.md", ONE_QUESTION.replace("$1$", "$ 1 $"))
    age(folder)
    for _ in range(2):
        ran = folder.run("build")
        assert not is_answered(ran)
        assert "formula-spaces" in ran.err


def test_a_build_without_a_cache_is_not_remembered(folder: Folder) -> None:
    """Nor does it use what others remember."""
    shutil.rmtree(record(folder).parent)
    for _ in range(2):
        assert not is_answered(folder.run("build", "--no-cache"))
    assert not record(folder).parent.exists()


def test_a_quiet_build_is_quiet(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time, also when nothing has changed."""
    for answer in (None, ""):
        with monkeypatch.context() as patch:
            patch.chdir(folder.root)
            assert unchanged.told(["build", "-q"]) == answer
        ran = folder.run("build", "-q")
        assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_locked_build(folder: Folder) -> None:
    """Is answered while the lock is current, and fails when it is not."""
    assert not is_answered(folder.run("build", "--locked"))
    assert is_answered(folder.run("build", "--locked"))
    swap("topic.md", "first", "third")(folder)
    for _ in range(2):
        assert_told(folder.run("build", "--locked"), 1, "the lock is not current")


def test_json_is_never_answered_from_memory(folder: Folder) -> None:
    """Each run gives the whole object."""
    for _ in range(2):
        told = json.loads(folder.run("build", "--format", "json").out)
        assert told["summary"]["package"] == "build/small.apkg"


def test_an_answer_in_characters_that_the_terminal_lacks(folder: Folder) -> None:
    """It is written as the command would write it."""
    swap("deck.yaml", "Small", "Ωmega")(folder)
    age(folder)
    for _ in range(2):
        ran = folder.run("build", "-o", "x.apkg", PYTHONIOENCODING="latin-1")
        assert_told(ran, 0)
        assert ran.out.startswith("\\u03a9mega: ")


def test_nobody_hears_the_answer(folder: Folder) -> None:
    """Standard output on a full disk is an error of the environment, as of any command."""
    assert_told(folder.run_unheard("build"), 2, "No space left on device")


def test_a_current_folder_that_is_gone(tmp_path: Path) -> None:
    """It is an error of the environment."""
    gone = tmp_path / "gone"
    gone.mkdir()
    words = " ".join(map(shlex.quote, command("build")))
    done = subprocess.run(
        ["sh", "-c", f"rmdir {shlex.quote(str(gone))}; exec {words}"],
        cwd=gone,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert_told(Ran(done.returncode, "", done.stderr), 2, "deckgen: ")


def test_a_folder_that_is_another_deck_now(folder: Folder) -> None:
    """The same words mean a new deck, or none, when the folder that they name does."""
    named = folder.root / "named"
    named.mkdir()
    folder.run("build", "named")
    assert is_answered(folder.run("build", "named"))
    (named / "deck.yaml").write_text(DECK.replace("Small", "Other"))
    (named / "topic.md").write_text(ONE_QUESTION)
    ran = folder.run("build", "named")
    assert not is_answered(ran)
    assert ran.out.startswith("Other: ")
    shutil.rmtree(named)
    assert_told(folder.run("build", "named"), 2, "no such folder")


def test_links_that_lead_nowhere(folder: Folder) -> None:
    """They do not keep a deck from being built, nor from being current."""
    (folder.content / "draft.png").symlink_to("nowhere.png")
    (folder.content / "circle").symlink_to("circle")
    for link in ("draft.png", "circle"):
        os.utime(folder.content / link, (1, 1), follow_symlinks=False)
    assert not is_answered(folder.run("build"))
    assert is_answered(folder.run("build"))
    (folder.content / "nowhere.png").write_bytes(b"x")
    assert "media-unused" in folder.run("build").err
