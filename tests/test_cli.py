"""The command as people and machines use it: arguments, exit code, what it says, what it writes."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import zipfile
from importlib import import_module
from pathlib import Path

import pytest
from shell import ONE_QUESTION, Folder, assert_told, command, environment, masked

from deckgen.cli import COMMANDS
from deckgen.mapping import parse
from deckgen.passage import Passage

NO_ID = "# Topic\n\n## What is one?\n\nThe first number.\n"
STAGES = {"reading", "parsing", "rendering", "formulas", "checking", "packing"}
HEAVY = ("genanki", "markdown", "yaml", "pygments", "nh3", "rich", "quickjs", "sqlite3")
COLOR = re.compile(r"\x1b\[[0-9;]+m")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A deck of one question, never built."""
    folder = Folder(tmp_path)
    folder.write("topic.md", ONE_QUESTION)
    return folder


# -- build -------------------------------------------------------------------------------------


def test_a_first_build(folder: Folder) -> None:
    """It writes the package and the lock, and says what they hold."""
    ran = folder.run("build")
    assert (ran.code, ran.err) == (0, "")
    assert masked(ran.out) == (
        "Small: 1 note (1 basic, 0 cloze), 1 card in 1 deck, 1 formula\n"
        "since the lock: 1 new (one), 0 changed, 0 unchanged\n"
        "wrote build/small.apkg (0 kB) in 0.0 s\n"
    )
    assert set(folder.files()) == {
        "build/small.apkg",
        "content/deck.lock",
        "content/deck.yaml",
        "content/topic.md",
    }
    assert zipfile.is_zipfile(folder.package)


def test_a_build_of_what_has_not_changed(folder: Folder) -> None:
    """Whenever it is built, the bytes are the same."""
    folder.run("build")
    before = folder.files()
    ran = folder.run("build", SOURCE_DATE_EPOCH="2000000000")
    assert masked(ran.out).splitlines()[1] == "since the lock: 0 new, 0 changed, 1 unchanged"
    assert folder.files() == before


def test_a_build_after_an_edit(folder: Folder) -> None:
    """The note that changed is named, and its time is SOURCE_DATE_EPOCH."""
    folder.write("other.md", "# Other\n\n## What is two?\n<!-- id: two -->\n\nThe second.\n")
    folder.run("build", SOURCE_DATE_EPOCH="1700000000")
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    ran = folder.run("build", SOURCE_DATE_EPOCH="1700009999")
    assert masked(ran.out).splitlines()[1] == "since the lock: 0 new, 1 changed (one), 1 unchanged"
    times = {line.split()[1]: line for line in folder.lock.read_text().splitlines()}
    assert "modified=1700009999" in times["one"]
    assert "modified=1700000000" in times["two"]


def test_a_locked_build_of_what_is_committed(folder: Folder) -> None:
    """With a current lock it builds the package."""
    folder.run("build")
    folder.package.unlink()
    lock = folder.lock.read_bytes()
    assert folder.run("build", "--locked", "-q").code == 0
    assert folder.package.exists()
    assert folder.lock.read_bytes() == lock


def test_a_locked_build_of_what_is_not_committed(folder: Folder) -> None:
    """It writes nothing, fails, and names each note that is new or changed."""
    folder.write("other.md", "# Other\n\n## What is two?\n<!-- id: two -->\n\nThe second.\n")
    folder.run("build")
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    folder.write("third.md", "# Third\n\n## What is three?\n<!-- id: three -->\n\nA prime.\n")
    before = folder.files()
    ran = folder.run("build", "--locked")
    assert ran.code == 1
    assert ran.err == (
        "the lock is not current; run `deckgen build` and commit it:\n"
        "  new: three\n"
        "  changed: one\n"
    )
    assert folder.files() == before


def test_a_build_of_faulty_content(folder: Folder) -> None:
    """It says what is wrong at its place, fails, and leaves the last package alone."""
    folder.run("build")
    before = folder.files()
    folder.write("topic.md", ONE_QUESTION.replace("$1$", r"$\one$"))
    ran = folder.run("build")
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "content/topic.md:6:20: formula-undefined: Undefined control sequence \\one\n"
        "     6 | The first number, $\\one$.\n"
        "       |                    ^^^^\n"
        "1 error: no package can be built\n"
    )
    del before["content/topic.md"]
    assert {path: content for path, content in folder.files().items() if path in before} == before


def test_a_warning_stops_nothing(folder: Folder) -> None:
    """It is told apart from an error, and the package is written."""
    folder.write("topic.md", ONE_QUESTION.replace("$1$", "$ x $"))
    ran = folder.run("build", "--quiet")
    assert (ran.code, ran.out) == (0, "")
    assert ran.err == (
        "content/topic.md:6:19: warning: formula-spaces: not a formula: spaces stand just inside "
        "the dollars\n"
        "     6 | The first number, $ x $.\n"
        "       |                   ^^^^^ remove them, or write \\$ for a dollar\n"
    )
    assert folder.package.exists()


def test_output_names_a_file(folder: Folder) -> None:
    """Its folder is made, and the usual package is not."""
    ran = folder.run("build", "-o", "out/deep/Deck 1.apkg")
    assert masked(ran.out).endswith("wrote out/deep/Deck 1.apkg (0 kB) in 0.0 s\n")
    assert "out/deep/Deck 1.apkg" in folder.files()
    assert not folder.package.exists()


def test_output_names_a_folder(folder: Folder) -> None:
    """The package goes into it under its usual name."""
    (folder.root / "out").mkdir()
    assert folder.run("build", "-o", "out").code == 0
    assert "out/small.apkg" in folder.files()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("collection.apkg", "Anki would replace the learner's whole collection"),
        ("out/COLLECTION.apkg", "Anki would replace the learner's whole collection"),
        ("backup-1.apkg", "Anki would replace the learner's whole collection"),
        ("deck.zip", "a package's name ends in .apkg"),
        ("deck", "a package's name ends in .apkg"),
        (".apkg", "a package's name ends in .apkg"),
        ("deck.APKG", "a package's name ends in .apkg"),
    ],
)
def test_names_that_no_package_may_have(folder: Folder, name: str, reason: str) -> None:
    """They are refused before any work, and nothing is written."""
    before = folder.files()
    assert_told(folder.run("build", "-o", name), 2, reason)
    assert folder.files() == before


def test_a_deck_whose_name_would_make_such_a_file(tmp_path: Path) -> None:
    """Its package gets another name, and so does one whose name has no Latin letter."""
    for name, file in {"Collection": "deck-collection.apkg", "漢字": "deck.apkg"}.items():
        folder = Folder(tmp_path / name, f"name: {name}\nnamespace: tests.example\n")
        folder.write("topic.md", ONE_QUESTION)
        assert folder.run("build").code == 0
        assert f"build/{file}" in folder.files()


# -- where, and how much is said -----------------------------------------------------------------


@pytest.mark.parametrize("below", ["", "content", "content/deep/er"])
def test_the_content_folder_is_found_from_any_folder_inside(folder: Folder, below: str) -> None:
    """The package lands beside the content folder from wherever it is built."""
    (folder.content / "deep" / "er").mkdir(parents=True)
    assert folder.run("build", below=below).code == 0
    assert folder.package.exists()


def test_places_are_told_as_seen_from_here(folder: Folder) -> None:
    """Relative to the current folder if that holds them, else in full."""
    folder.write("topic.md", ONE_QUESTION.replace("$1$", "$ x $"))
    (folder.content / "deep").mkdir()
    told = [folder.run("check", "-q", below=b).err.split(":")[0] for b in ("", "content")]
    assert told == ["content/topic.md", "topic.md"]
    elsewhere = folder.run("check", "-q", below="content/deep").err.split(":")[0]
    assert elsewhere == str(folder.content / "topic.md")


@pytest.mark.parametrize("name", ["nowhere", "x" * 300])
def test_a_folder_that_is_not_there(folder: Folder, name: str) -> None:
    """It is named, and the exit code is 2."""
    assert_told(folder.run("build", name), 2, "deckgen: ", name)


def test_no_content_folder(tmp_path: Path) -> None:
    """An empty folder is no deck, and the message says what was looked for."""
    folder = Folder(tmp_path)
    (folder.content / "deck.yaml").unlink()
    assert_told(folder.run("check"), 2, "no content folder here", "deck.yaml")


def test_check_writes_nothing(folder: Folder) -> None:
    """It reports as a build would, and touches no file."""
    before = folder.files()
    ran = folder.run("check")
    assert (ran.code, ran.err) == (0, "")
    assert masked(ran.out) == (
        "Small: 1 note (1 basic, 0 cloze), 1 card in 1 deck, 1 formula\n"
        "since the lock: 1 new (one), 0 changed, 0 unchanged\n"
    )
    assert folder.files() == before


def test_quiet_says_nothing_where_nothing_is_wrong(folder: Folder) -> None:
    """Neither on standard output nor on standard error."""
    ran = folder.run("build", "-q")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_many_faults_do_not_flood_the_terminal(folder: Folder) -> None:
    """The first are shown, the others are counted, and JSON has them all."""
    folder.write("topic.md", ONE_QUESTION + r"\) " * 500)
    ran = folder.run("check")
    assert ran.err.count(": formula-unopened: ") == 200
    assert "… and 300 more, which `deckgen check --format json` lists" in ran.err
    assert ran.err.endswith("500 errors: no package can be built\n")
    listed = json.loads(folder.run("check", "--format", "json").out)["diagnostics"]
    assert len(listed) == 500


def in_a_terminal(folder: Folder, *arguments: str, **more: str) -> str:
    """What a terminal is sent when the command runs in it."""
    leader, follower = pty.openpty()
    with subprocess.Popen(
        command(*arguments),
        cwd=folder.root,
        env=environment(TERM="xterm", **more),
        stdin=follower,
        stdout=follower,
        stderr=follower,
    ):
        os.close(follower)
        shown = b""
        while True:
            try:
                shown += os.read(leader, 4096)
            except OSError:  # the other side is closed
                break
        os.close(leader)
    return shown.decode().replace("\r\n", "\n")


def test_a_terminal_is_colored(folder: Folder) -> None:
    """Errors are red and warnings yellow in a terminal; NO_COLOR turns that off."""
    folder.write("topic.md", ONE_QUESTION.replace("$1$", r"$\one$ $ x $"))
    shown = in_a_terminal(folder, "check")
    assert "\x1b[1;31mformula-undefined:\x1b[0m" in shown
    assert "\x1b[1;33mwarning: formula-spaces:\x1b[0m" in shown
    assert COLOR.search(in_a_terminal(folder, "check", NO_COLOR="1")) is None
    assert "\x1b" not in folder.run("check").err


def test_a_terminal_is_not_overrun(folder: Folder) -> None:
    """Quoted lines are cut to its width, around the place that is meant."""
    folder.write("topic.md", ONE_QUESTION.replace("$1$", "漢字 " * 60 + r"$\one$" + " word" * 60))
    shown = in_a_terminal(folder, "check", NO_COLOR="1", COLUMNS="60").splitlines()
    quoted = next(line for line in shown if line.startswith("     6 | "))
    assert quoted == "     6 | …漢字 漢字 漢字 $\\one$ word word word word word wo…"
    assert shown[shown.index(quoted) + 1] == "       |" + " " * 18 + "^^^^"


# -- machines ------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_is_one_object(folder: Folder, encoding: str) -> None:
    """Diagnostics and summary as documented, nothing beside them, whatever the encoding."""
    folder.write("sub/tö.md", "# T\n\n## é $\\one$?\n<!-- id: two -->\n\nTwo $ x $.\n")
    ran = folder.run("build", "--format", "json", PYTHONIOENCODING=encoding)
    assert (ran.code, ran.err) == (1, "")
    told = json.loads(ran.out)
    assert set(told) == {"diagnostics", "summary"}
    assert told["diagnostics"] == [
        {
            "path": "content/sub/tö.md",
            "line": 3,
            "column": 7,
            "end_line": 3,
            "end_column": 11,
            "code": "formula-undefined",
            "severity": "error",
            "message": "Undefined control sequence \\one",
            "hint": "",
        },
        {
            "path": "content/sub/tö.md",
            "line": 6,
            "column": 5,
            "end_line": 6,
            "end_column": 10,
            "code": "formula-spaces",
            "severity": "warning",
            "message": "not a formula: spaces stand just inside the dollars",
            "hint": "remove them, or write \\$ for a dollar",
        },
    ]
    summary = told["summary"]
    assert (summary["errors"], summary["warnings"], summary["notes"]) == (1, 1, 2)
    assert summary["package"] == ""


def test_json_of_a_build_without_a_fault(folder: Folder) -> None:
    """The summary counts what was written, and where."""
    ran = folder.run("build", "--format", "json")
    told = json.loads(ran.out)
    assert (ran.code, ran.err, told["diagnostics"]) == (0, "", [])
    summary = told["summary"]
    assert set(summary.pop("stages")) == STAGES
    assert {k: v for k, v in summary.items() if k != "seconds"} == {
        **dict.fromkeys(("decks", "notes", "basic", "cards", "formulas", "new"), 1),
        **dict.fromkeys(("cloze", "media", "media_bytes", "drafts", "retired"), 0),
        **dict.fromkeys(("changed", "unchanged", "changed_note_types", "errors", "warnings"), 0),
        "remembered_files": 0,
        "package": "build/small.apkg",
        "package_bytes": folder.package.stat().st_size,
    }


def test_a_reader_that_stops_reading(folder: Folder) -> None:
    """`deckgen check | head` ends without a traceback."""
    with subprocess.Popen(
        command("check", "--format", "json"),
        cwd=folder.root,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


# -- ids -----------------------------------------------------------------------------------------

WITHOUT_ID = {
    "no comment": ("## What is it?\n\nA.\n", "## What is it?\n<!-- id: KEY -->\n\nA.\n"),
    "no line after it": ("## What is it?", "## What is it?\n<!-- id: KEY -->\n"),
    "one line": (
        "## What is it?\n<!-- tags: [a] -->\n\nA.\n",
        "## What is it?\n<!-- id: KEY\n     tags: [a] -->\n\nA.\n",
    ),
    "several lines": (
        "## What is it?\n\n<!--\ntags: [a]\nreverse: true\n-->\n\nA.\n",
        "## What is it?\n\n<!--\nid: KEY\ntags: [a]\nreverse: true\n-->\n\nA.\n",
    ),
    "indented lines": (
        "## What is it?\n<!--\n  tags:\n    - a\n-->\nA.\n",
        "## What is it?\n<!--\n  id: KEY\n  tags:\n    - a\n-->\nA.\n",
    ),
    "flow": (
        "## What is it?\n<!-- {tags: [a]} -->\n\nA.\n",
        "## What is it?\n<!-- {id: KEY, tags: [a]} -->\n\nA.\n",
    ),
    "empty": ("## What is it?\n<!-- -->\nA.\n", "## What is it?\n<!-- id: KEY -->\nA.\n"),
    "empty and tight": ("## What is it?\n<!---->\nA.\n", "## What is it?\n<!-- id: KEY -->\nA.\n"),
    "blank value": (
        "## What is it?\n<!-- id: -->\n\nA.\n",
        "## What is it?\n<!-- id: KEY -->\n\nA.\n",
    ),
    "blank value above others": (
        "## What is it?\n<!--\nid:\ntags: [a]\n-->\n\nA.\n",
        "## What is it?\n<!--\nid: KEY\ntags: [a]\n-->\n\nA.\n",
    ),
    "blank value with a remark": (
        "## What is it?\n<!--\nid: # to come\n-->\n\nA.\n",
        "## What is it?\n<!--\nid: KEY # to come\n-->\n\nA.\n",
    ),
}


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_ids_are_written_and_nothing_else(tmp_path: Path, line_end: str, mark: str) -> None:
    """In every form that a comment has, with the file's own line ends and byte order mark."""
    folder = Folder(tmp_path)
    for form, (before, _) in WITHOUT_ID.items():
        folder.write(f"{form}.md", f"{mark}# Töpic\n{before}".replace("\n", line_end))
    ran = folder.run("ids")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.endswith(f"{len(WITHOUT_ID)} ids written\n")
    keys = dict(line.rsplit(": ", 1) for line in ran.out.splitlines()[:-1])
    assert len(set(keys.values())) == len(WITHOUT_ID)
    for form, (_, after) in WITHOUT_ID.items():
        expected = f"{mark}# Töpic\n{after}".replace("\n", line_end)
        key = keys[f"content/{form}.md"]
        assert (folder.content / f"{form}.md").read_bytes().decode() == expected.replace("KEY", key)
    written = folder.files()
    again = folder.run("ids")
    assert (again.code, again.out) == (0, "every question has an id\n")
    assert folder.files() == written
    told = json.loads(folder.run("check", "--format", "json").out)["diagnostics"]
    assert {d["code"] for d in told} <= {"answer-missing", "question-twice", "tag-unknown"}


def test_ids_keep_mixed_line_ends(folder: Folder) -> None:
    """Each line keeps its own; a new line ends as the heading above it does."""
    folder.write(
        "topic.md",
        b"# T\r\n## One?\n\nA.\r\n\r\n## Two?\r\n\nB.\n## Three?\n<!-- -->\r\nC.",
    )
    folder.run("ids")
    assert (folder.content / "topic.md").read_bytes() == (
        b"# T\r\n## One?\n<!-- id: one -->\n\nA.\r\n\r\n## Two?\r\n<!-- id: two -->\r\n\nB.\n"
        b"## Three?\n<!-- id: three -->\r\nC."
    )


def test_ids_avoid_those_in_use(folder: Folder) -> None:
    """Those of other questions, of drafts, and of notes that only the lock remembers."""
    folder.write("topic.md", "# T\n\n## Alpha?\n<!-- id: alpha -->\n\nA.\n")
    folder.run("build", "-q")
    folder.write("topic.md", "# T\n\n## Beta?\n<!-- id: beta\ndraft: true -->\n\nA.\n")
    folder.write("new.md", "# N\n\n## Alpha?\n\nA.\n\n## Beta?\n\nB.\n\n## Beta?\n\nB.\n")
    told = folder.run("ids").out.splitlines()
    assert [line.split(": ")[1] for line in told[:-1]] == ["alpha-2", "beta-2", "beta-3"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"# T\n\n## Caf\xe9?\n\nA.\n", "not-utf8"),
        (b"# T\n\n## One?\n<!-- tags: [a -->\n\nA.\n", "yaml-invalid"),
    ],
)
def test_ids_leave_alone_what_they_cannot_read(folder: Folder, content: bytes, code: str) -> None:
    """The file stays as it is, other files get their ids, and the exit code is 1."""
    folder.write("bad.md", content)
    folder.write("good.md", NO_ID)
    ran = folder.run("ids")
    assert_told(ran, 1, f"content/bad.md:3:7: {code}" if code == "not-utf8" else code)
    assert ran.out == "content/good.md: what-is-one\n1 id written\n"
    assert (folder.content / "bad.md").read_bytes() == content


# -- new -----------------------------------------------------------------------------------------


def test_new_prints_a_question_to_paste(folder: Folder) -> None:
    """With an id that is free; pasted, only its answer is missing."""
    ran = folder.run("new", "What  is\ntwo?")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "## What is two?\n\n<!--\nid: what-is-two\nsources: []\n-->\n\n"
    folder.write("topic.md", ONE_QUESTION + "\n" + ran.out)
    told = json.loads(folder.run("check", "--format", "json").out)["diagnostics"]
    assert [d["code"] for d in told] == ["answer-missing"]


@pytest.mark.parametrize(
    ("below", "written"),
    [
        ("", "content/topic.md"),
        ("", "topic.md"),
        ("content", "topic.md"),
        ("content/sub", "topic.md"),
    ],
)
def test_new_adds_to_a_file(folder: Folder, below: str, written: str) -> None:
    """The file is named as seen from here or from the content folder; the rest of it stays."""
    (folder.content / "sub").mkdir()
    folder.write("topic.md", ONE_QUESTION.rstrip("\n").replace("\n", "\r\n"))
    ran = folder.run("new", "What is two?", "--to", written, below=below)
    assert ran.code == 0
    assert (folder.content / "topic.md").read_bytes().decode() == (
        ONE_QUESTION + "\n## What is two?\n\n<!--\nid: what-is-two\nsources: []\n-->\n\n"
    ).replace("\n", "\r\n")


@pytest.mark.parametrize(
    ("written", "path", "title"),
    [
        ("kernel-methods.md", "kernel-methods.md", "Kernel methods"),
        ("content/sub/new.md", "sub/new.md", "New"),
        ("c#: 'x'.md", "c#: 'x'.md", "C x"),
        ("-.md", "-.md", "Questions"),
    ],
)
def test_new_starts_a_file(folder: Folder, written: str, path: str, title: str) -> None:
    """With front matter made from its name, which reads back as meant."""
    assert folder.run("new", "What is two?", "--to", written).code == 0
    text = (folder.content / path).read_text()
    front_matter, _ = parse(Passage(text.split("---\n")[1], path, ((0, 0),)))
    assert [(key.text, getattr(node, "text", "")) for key, node in front_matter.entries] == [
        ("title", title)
    ]
    told = json.loads(folder.run("check", "--format", "json").out)["diagnostics"]
    assert [d["code"] for d in told] == ["answer-missing"]


@pytest.mark.parametrize("path", ["../outside.md", "README.md", "_draft.md", ".x/a.md", "a.txt"])
def test_new_writes_only_question_files(folder: Folder, path: str) -> None:
    """A file that no build reads is refused."""
    before = folder.files()
    assert_told(folder.run("new", "What is two?", "--to", path), 2, "is no question file")
    assert folder.files() == before


def test_new_wants_a_question(folder: Folder) -> None:
    """An empty one is a usage error."""
    assert_told(folder.run("new", "  "), 2, "the question is empty")


# -- the program ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["bild"], ["build", "--loked"], ["build", "a", "b"], ["check", "--format", "xml"]]
)
def test_usage_errors(folder: Folder, arguments: list[str]) -> None:
    """They explain themselves on standard error, with exit code 2."""
    ran = folder.run(*arguments)
    assert_told(ran, 2, "Usage: ", "Error: ")
    assert ran.out == ""


def test_a_bug_is_told_as_one(folder: Folder) -> None:
    """With a traceback, versions and exit code 3, and nothing is written."""
    before = folder.files()
    script = "from deckgen import build\nbuild.build = None"
    ran = folder.run("build", script=script)
    assert (ran.code, ran.out) == (3, "")
    assert "TypeError: 'NoneType' object is not callable" in ran.err
    assert "This is a bug of deckgen, not of your content; nothing was written." in ran.err
    assert "deckgen 0" in ran.err and "genanki 0" in ran.err
    assert folder.files() == before


def test_help_loads_nothing_heavy(tmp_path: Path) -> None:
    """Neither the commands' help nor deckgen's own waits for the stages of a build."""
    script = "import atexit\natexit.register(lambda: print(*sorted(sys.modules)))"
    for asked in (("--help",), ("build", "--help")):
        loaded = Folder(tmp_path).run(*asked, script=script).out.splitlines()[-1].split()
        assert "click" in loaded
        assert set(HEAVY) & set(loaded) == set()


def test_help_is_not_cut_short() -> None:
    """Each command's line fits a terminal of 80 columns."""
    done = subprocess.run(
        command("--help"), env=environment(COLUMNS="80"), capture_output=True, text=True, check=True
    )
    lines = done.stdout.partition("Commands:")[2].strip().splitlines()
    assert len(lines) == len(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_says_of_a_command_what_it_says_itself(name: str) -> None:
    """The line in the list is the first of its own help."""
    own = import_module(f"deckgen.commands.{name}").command.help
    assert " ".join(own.split("\n\n")[0].split()) == COMMANDS[name]


def test_diff_tells_what_an_import_does(folder: Folder, tmp_path: Path) -> None:
    """Two packages compared in words; exit code 0, for learners lose nothing."""
    folder.write("topic.md", ONE_QUESTION)
    assert folder.run("build", "content", "-o", tmp_path / "old.apkg").code == 0
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    assert folder.run("build", "content", "-o", tmp_path / "new.apkg").code == 0
    ran = folder.run("diff", tmp_path / "old.apkg", tmp_path / "new.apkg")
    assert (ran.code, ran.err) == (0, "")
    assert "Notes: 1 updated. Cards: none." in ran.out
    assert "* What is one? [one]" in ran.out


def test_diff_of_what_is_no_release(folder: Folder) -> None:
    """One line for the user, and exit code 2."""
    ran = folder.run("diff", "nothing.apkg", "content")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("deckgen: ")
