"""Bad input and bad luck: a clear error or a right build, in bounded time, and nothing is lost."""

from __future__ import annotations

import multiprocessing
import os
import random
import resource
import signal
import subprocess
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from shell import (
    DECK,
    ONE_QUESTION,
    Folder,
    Ran,
    assert_told,
    bounded_memory,
    command,
    environment,
    without_privilege,
)

from deckgen import build
from deckgen.diagnostic import errors, render

HEAD = "# Topic\n\n## What is one?\n<!-- id: one -->\n\n"
TEN_MEGABYTES = 10_000_000
LONG = 90_000  # characters: just what an answer may hold
WORK = 30  # seconds of the processor; a fast machine needs less than two
SECONDS = 60  # for one run of the command there
KILLS = 30
EPOCH = "1700000000"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A deck of one question, built, so that there is something to lose."""
    folder = Folder(tmp_path)
    folder.write("topic.md", ONE_QUESTION)
    assert folder.run("build", "-q", SOURCE_DATE_EPOCH=EPOCH).code == 0
    return folder


def outputs(folder: Folder) -> dict[str, bytes]:
    """The package, the lock, and whatever else lies beside them that no author wrote."""
    written = (".md", ".yaml")
    return {path: data for path, data in folder.files().items() if not path.endswith(written)}


def explains(folder: Folder) -> Ran:
    """One run of the command in bounded memory: right, or refused with nothing touched."""
    before = outputs(folder)
    ran = folder.run("build", seconds=SECONDS, limit=bounded_memory)
    assert "Traceback" not in ran.err, ran.err[-2000:]
    assert ran.code in (0, 1), ran.err[-2000:]
    if ran.code == 1:
        assert ": " in ran.err
        assert outputs(folder) == before
    return ran


def in_bounded_time(work: Callable[[], None]) -> None:
    """Do it in a process of its own, which is killed if it works too long."""

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (WORK, WORK))
        work()

    child = multiprocessing.get_context("fork").Process(target=limited)
    child.start()
    child.join()
    assert child.exitcode != -signal.SIGKILL, f"more than {WORK} seconds of work"
    assert child.exitcode == 0


def builds_or_explains(folder: Path, text: str) -> None:
    """A deck of one file with this text: built and packed, or refused with a reason."""
    (folder / "deck.yaml").write_text(DECK)
    (folder / "topic.md").write_text(text)

    def work() -> None:
        built = build.build(folder, "", now=0)
        if not errors(built.diagnostics):
            build.pack(built, folder)
        for diagnostic in built.diagnostics[:20]:
            assert render(diagnostic, built.texts)

    in_bounded_time(work)


# -- files that are no text ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (ONE_QUESTION.encode() + b"caf\xe9\n", "content/topic.md:7:4: not-utf8: "),
        (ONE_QUESTION.encode("utf-16"), "content/topic.md:1:1: not-utf8: "),
        (ONE_QUESTION.encode() + b"a\x00b\n", "content/topic.md:7:2: control-character: "),
        (ONE_QUESTION.encode() + b"a\x1bb\n", "content/topic.md:7:2: control-character: "),
        (ONE_QUESTION.encode() + "\x9b31m".encode(), "content/topic.md:7:1: control-character: "),
        (ONE_QUESTION.replace("\n", "\r").encode(), "content/topic.md:1:8: control-character: "),
        (b"\x00" * TEN_MEGABYTES, "content/topic.md:1:1: control-character: "),
        (random.Random(1).randbytes(1000) + b"\xff", ": not-utf8: "),
    ],
    ids=["latin-1", "utf-16", "nul", "escape", "c1", "old mac", "10 MB of nul", "random"],
)
def test_bytes_that_are_no_text(folder: Folder, content: bytes, place: str) -> None:
    """They are an error at their place, and none of them reaches the terminal."""
    folder.write("topic.md", content)
    ran = explains(folder)
    assert_told(ran, 1, place)
    assert all(character.isprintable() or character == "\n" for character in ran.err)


@pytest.mark.parametrize("name", ["topic.md", "deck.yaml", "sources.yaml"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_windows_line_ends_and_a_byte_order_mark(folder: Folder, name: str, mark: str) -> None:
    """They change not one byte of the package or the lock."""
    folder.write("sources.yaml", "isl: {title: An Introduction}\n")
    folder.run("build", "-q", SOURCE_DATE_EPOCH=EPOCH)
    before = outputs(folder)
    path = folder.content / name
    path.write_bytes((mark + path.read_text()).replace("\n", "\r\n").encode())
    assert_told(folder.run("build", "-q"), 0)
    assert outputs(folder) == before


# -- files that are much too long ----------------------------------------------------------------

REPEATED = {
    "words": "word ",
    "one word": "x",
    "blank lines": "\n",
    "dollars": "$$",
    "dollars with spaces": "$ ",
    "brackets of formulas": r"\[",
    "closing brackets": r"\) ",
    "environments": r"\begin{a}",
    "backticks": "`",
    "code openings": "` `` ",
    "clozes": "{{c1::",
    "braces": "{",
    "closing braces": "}} ",
    "colons": "::",
    "tags": "<b>",
    "closing tags": "</b>",
    "unfinished tags": "<a ",
    "comments": "<!-- ",
    "entities": "&#91;",
    "quotes on a line": "> ",
    "quotes": "> a\n",
    "emphasis": "*",
    "mixed emphasis": "***a** b_ ",
    "square brackets": "[",
    "links": "[a](",
    "pictures": "![",
    "footnotes": "[^1]",
    "definitions": "[a]: b\n",
    "bars": "|",
    "rows": "| a | b |\n",
    "items": "- a\n",
    "items on a line": "- ",
    "numbers": "1. a\n",
    "fences": "```\n",
    "rules": "---\n",
    "headings": "#### a\n",
    "backslashes": "\\",
}


@pytest.mark.parametrize("text", REPEATED.values(), ids=REPEATED)
def test_an_answer_of_one_thing(tmp_path: Path, text: str) -> None:
    """As long as an answer may be: built, or explained."""
    builds_or_explains(tmp_path, HEAD + text * (LONG // len(text)))


@pytest.mark.parametrize("text", ["[", "`", "<b>", "word ", r"\(", "{{c1::"])
def test_a_heading_of_one_thing(tmp_path: Path, text: str) -> None:
    """A question is read at a glance; one of a hundred pages is explained, or built."""
    heading = "## " + text * (LONG // len(text))
    builds_or_explains(tmp_path, f"# Topic\n\n{heading}\n<!-- id: one -->\n\nA.\n")


@pytest.mark.parametrize("text", ["word ", "\n", "$$", "> a\n", "- a\n", "```\n"])
def test_ten_megabytes_in_one_question(folder: Folder, text: str) -> None:
    """One error says that the answer is too long, whatever it holds."""
    folder.write("topic.md", HEAD + "Text.\n\n" + text * (TEN_MEGABYTES // len(text)) + "x")
    assert_told(explains(folder), 1, "answer-too-long", "make several questions of it")


def test_ten_megabytes_of_questions(folder: Folder) -> None:
    """Many faults in a large file are found in time in proportion to its size."""
    question = "## {0}?\n<!-- id: q-{0} -->\n\n" + "Words that explain. " * 470 + "\\)\n\n"
    text = "# Topic\n\n" + "".join(question.format(number) for number in range(1000))
    assert len(text) > 0.9 * TEN_MEGABYTES
    folder.write("topic.md", text)
    assert_told(explains(folder), 1, "1,001 errors", "formula-unopened")


def test_ten_megabytes_of_titles(folder: Folder) -> None:
    """A file in which every line is a fault: the first are shown, the rest are counted."""
    folder.write("topic.md", HEAD + "A.\n\n" + "# a\n" * 200_000)
    assert_told(explains(folder), 1, "heading-title", "… and ", "200,000 errors")


@pytest.mark.parametrize("name", ["topic.md", "deck.yaml", "sources.yaml"])
def test_a_file_beyond_all_limits(folder: Folder, name: str) -> None:
    """Refused by its size, before it is read."""
    path = folder.write(name, b"# a\n")
    os.truncate(path, 20 << 20)
    assert_told(explains(folder), 1, f"content/{name}:1:1: file-too-large: ")


# -- nesting -------------------------------------------------------------------------------------

DEEP = 1000
NESTED = {
    "quotes": "> " * DEEP + "a",
    "quotes line by line": "\n".join("> " * depth + "a" for depth in range(1, 300)),
    "lists": "\n".join("  " * depth + "- a" for depth in range(DEEP)),
    "numbered lists": "\n".join("   " * depth + "1. a" for depth in range(DEEP)),
    "emphasis": "".join("*_"[n % 2] for n in range(DEEP)) + "a" + "_*" * (DEEP // 2),
    "strong": "**a _b " * DEEP + "_ **" * DEEP,
    "brackets": "[" * DEEP + "a" + "](b)" * DEEP,
    "square brackets": "[" * DEEP + "a" + "]" * DEEP,
    "clozes": "{{c1::" * DEEP + "a" + "}}" * DEEP,
    "braces in a formula": "$" + "{" * DEEP + "x" + "}" * DEEP + "$",
    "fractions": "$" + r"\frac{1}{" * DEEP + "x" + "}" * DEEP + "$",
    "environments": r"\begin{matrix}" * DEEP + "x" + r"\end{matrix}" * DEEP,
    "tags": "<b>" * DEEP + "a" + "</b>" * DEEP,
    "block tags": "<div>\n" * DEEP + "a\n" + "</div>\n" * DEEP,
    "superscripts": "^a" * DEEP + "^" * DEEP,
    "definitions": "a\n" + "\n".join("    " * depth + ": b" for depth in range(100)),
    "code in lists": "\n".join("  " * d + "- ```\n" + "  " * d + "  x\n" for d in range(100)),
    "clozes in formulas": "$" + "x^{{c1::" * DEEP + "a" + "}}" * DEEP + "$",
}


@pytest.mark.parametrize("text", NESTED.values(), ids=NESTED)
def test_a_thousand_levels(tmp_path: Path, text: str) -> None:
    """Anything nested a thousand deep is built, or explained."""
    builds_or_explains(tmp_path, f"{HEAD}{text}\n")


def test_nesting_in_every_heading(tmp_path: Path) -> None:
    """The same holds for what stands in a heading."""
    lines = (text.replace("\n", " ") for text in NESTED.values())
    questions = (f"## {line}?\n<!-- id: q-{n} -->\n\nA.\n\n" for n, line in enumerate(lines))
    builds_or_explains(tmp_path, "# T\n\n" + "".join(questions))


# -- YAML ----------------------------------------------------------------------------------------

BOMB = "a: &a [x, x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [*{chr(97 + n)}, *{chr(97 + n)}]\n" for n in range(24)
)
YAML = {
    "aliases": (BOMB, "yaml-alias"),
    "flow lists": ("a: " + "[" * 100_000, "yaml-deep"),
    "flow mappings": ("a: " + "{a: " * 100_000, "yaml-deep"),
    "block lists": ("a:\n" + "".join(f"{' ' * n}-\n" for n in range(1, 2000)), "yaml-deep"),
    "question marks": ("? " * 50_000 + "a", "yaml-"),
    "a quotation that never ends": ('a: "' + "x\n" * 100_000, "yaml-invalid"),
    "many times one key": ("a: b\n" * 20_000, "key-duplicate"),
    "a long key": ("k" * 200_000 + ": v", "key-unknown"),
    "an escaped NUL": ('title: "a\\0b"', "control-character"),
    "an escaped separator": ('title: "a\\x1fb"', "control-character"),
    "half a character": ('title: "\\ud800"', "yaml-invalid"),
    "an object": ("title: !!python/object/apply:os.system [false]", "value-invalid"),
    "binary": ("title: !!binary [x]", "value-invalid"),
    "a merge key": ("<<: {a: {b: x}}", "key-unknown"),
    "two documents": ("title: x\n...\ntitle: y", "yaml-invalid"),
    "a directive": ("%YAML 9.9\n---\ntitle: x", "yaml-invalid"),
    "tabs": ("title:\n\t- x", "yaml-invalid"),
    "a number": ("12", "yaml-invalid"),
}
PLACES: dict[str, Callable[[str], dict[str, str]]] = {
    "deck.yaml": lambda text: {"deck.yaml": DECK + text},
    "sources.yaml": lambda text: {"sources.yaml": text},
    "front matter": lambda text: {"topic.md": f"---\n{text}\n---\n{HEAD}A.\n"},
    "comment": lambda text: {"topic.md": f"# T\n\n## One?\n<!--\n{text}\n-->\n\nA.\n"},
}


@pytest.mark.parametrize("form", YAML)
def test_yaml_that_means_harm(tmp_path: Path, form: str) -> None:
    """Wherever YAML stands, it is an error at its place, in bounded time, and runs nothing."""
    text, code = YAML[form]
    for number, (place, files) in enumerate(PLACES.items()):
        folder = Folder(tmp_path / str(number))
        folder.write("topic.md", ONE_QUESTION)
        for path, content in files(text).items():
            folder.write(path, content)
        in_bounded_time(partial(_finds, folder.content, code, place))


def _finds(content: Path, code: str, place: str) -> None:
    wanted = (code, "yaml-invalid", "key-unknown", "value-invalid")
    found = build.read_content(content).diagnostics
    assert any(diagnostic.code.startswith(wanted) for diagnostic in found), place


@pytest.mark.parametrize("limit", ["inf", "nan", "-1", "0", "1e400", "a", "[1]"])
def test_a_limit_that_is_none(folder: Folder, limit: str) -> None:
    """Not every number is a size."""
    folder.write("deck.yaml", DECK + f"media-limit: {limit}\n")
    assert_told(explains(folder), 1, "content/deck.yaml:3:14: value-invalid: ")


# -- what never ends -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (HEAD + "```python\nx = 1\n", "topic.md:6:1: fence-unclosed: "),
        (HEAD + "a <!-- b\n", "topic.md:6:3: comment-unclosed: "),
        (HEAD + "a $$x\n", "topic.md:6:3: formula-unclosed: "),
        (HEAD + "a \\(x\n", "topic.md:6:3: formula-unclosed: "),
        (HEAD + "a \\[x\n", "topic.md:6:3: formula-unclosed: "),
        (HEAD + "a {{c1::x\n", "topic.md:6:3: cloze-unclosed: "),
        ("---\ntitle: T\n\n" + HEAD, "topic.md:1:1: front-matter-unclosed: "),
        ("# T\n\n## One?\n<!-- id: one\n\nA.\n", "topic.md:4:1: comment-unclosed: "),
    ],
)
def test_what_is_opened_and_never_closed(folder: Folder, text: str, place: str) -> None:
    """It is an error where it was opened."""
    folder.write("topic.md", text)
    assert_told(explains(folder), 1, f"content/{place}")


# -- folders -------------------------------------------------------------------------------------


def test_a_folder_without_questions(folder: Folder) -> None:
    """Is a mistake; the package with all the notes stays."""
    (folder.content / "topic.md").unlink()
    assert_told(explains(folder), 1, "deck-empty", "note-vanished")


def test_no_settings(tmp_path: Path) -> None:
    """Without deck.yaml, or with a folder of that name, there is no deck."""
    folder = Folder(tmp_path)
    path = folder.content / "deck.yaml"
    path.unlink()
    assert_told(folder.run("build"), 2, "no content folder here")
    path.mkdir()
    assert_told(folder.run("build"), 2, "no content folder here")


@pytest.mark.parametrize("name", ["topic.md", "deck.yaml", "sources.yaml"])
def test_a_file_that_may_not_be_read(folder: Folder, name: str) -> None:
    """It is named, and the others are still checked."""
    folder.write("other.md", ONE_QUESTION.replace("one", "two").replace("$1$", r"\)"))
    path = folder.content / name
    path.touch()
    path.chmod(0)
    ran = folder.run("build", limit=without_privilege)
    assert_told(ran, 1, f"content/{name}:1:1: file-unreadable: cannot read it: Permission denied")
    assert "content/other.md:6:19: formula-unopened: " in ran.err


def test_files_that_are_none(folder: Folder) -> None:
    """A pipe is not waited for; a link to nowhere, in a circle or out of the folder is told."""
    os.mkfifo(folder.content / "pipe.md")
    outside = folder.root / "outside.md"
    outside.write_text(ONE_QUESTION)
    (folder.content / "outside.md").symlink_to(outside)
    (folder.content / "nowhere.md").symlink_to("nothing.md")
    (folder.content / "circle.md").symlink_to("circle.md")
    (folder.content / "zero.md").symlink_to("/dev/zero")
    assert_told(
        explains(folder),
        1,
        "content/pipe.md:1:1: file-unreadable: ",
        "content/outside.md:1:1: file-outside: ",
        "content/nowhere.md:1:1: file-unreadable: ",
        "content/circle.md:1:1: file-unreadable: ",
        "content/zero.md:1:1: file-outside: ",
    )


def test_folders_that_link_in_a_circle(folder: Folder) -> None:
    """They are not walked through, and change nothing."""
    before = outputs(folder)
    (folder.content / "again").symlink_to(folder.content)
    (folder.content / "up").symlink_to("..")
    assert_told(folder.run("build", "-q", seconds=SECONDS), 0)
    assert outputs(folder) == before


@pytest.mark.parametrize("name", ["a\nb.md", "\"'`$x$.md", "\x1b[31m.md", "-q.md", "ü ∂.md"])
def test_file_names_that_nobody_expects(folder: Folder, name: str) -> None:
    """They build, and are told without moving the cursor."""
    folder.write(name, ONE_QUESTION.replace("one", "two").replace("$1$", "$ x $"))
    ran = folder.run("build")
    assert_told(ran, 0, ":6:19: warning: formula-spaces: ")
    assert all(character.isprintable() or character == "\n" for character in ran.err)


def test_a_file_name_that_is_no_text(folder: Folder) -> None:
    """Bytes that are no UTF-8 in a name neither crash the build nor its report."""
    path = os.fsencode(folder.content) + b"/b\xff.md"
    Path(os.fsdecode(path)).write_text(ONE_QUESTION.replace("one", "two").replace("$1$", "$ x $"))
    assert_told(folder.run("build"), 0, "formula-spaces")
    assert folder.run("check", "--format", "json").code == 0


# -- writing -------------------------------------------------------------------------------------


@pytest.mark.parametrize("closed", ["build", "content"])
def test_no_permission_to_write(folder: Folder, closed: str) -> None:
    """The place is named, and neither package nor lock is changed without the other."""
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    before = folder.files()
    (folder.root / closed).chmod(0o555)
    ran = folder.run("build", limit=without_privilege)
    (folder.root / closed).chmod(0o755)
    assert_told(ran, 2, "deckgen: cannot write ", "Permission denied", "untouched")
    assert folder.files() == before


def test_a_file_where_a_folder_should_be(folder: Folder) -> None:
    """`build` may be anything but a folder; that is no reason to lose the lock."""
    before = outputs(folder)
    (folder.root / "file").write_text("")
    assert_told(folder.run("build", "-o", "file/small.apkg"), 2, "deckgen: cannot write ")
    del (after := outputs(folder))["file"]
    assert after == before


@pytest.mark.parametrize("size", [1000, 50_000, 120_000])
def test_a_full_disk(folder: Folder, size: int) -> None:
    """Wherever the room ends, in the temporary collection or the package: exit code 2."""
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    before = folder.files()

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    ran = folder.run("build", limit=limit)
    if ran.code != 0:
        assert_told(ran, 2, "deckgen: cannot write ")
        assert folder.files() == before
    assert size > 1000 or ran.code == 2


def test_no_room_for_the_package(folder: Folder) -> None:
    """The error comes while the new files are written, and leaves none of them."""
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    before = folder.files()
    script = (
        "import errno, os\n"
        "def full(descriptor):\n"
        "    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))\n"
        "os.fsync = full"
    )
    ran = folder.run("build", script=script)
    assert_told(ran, 2, "cannot write content/deck.lock: No space left on device; the last package")
    assert folder.files() == before


def test_nobody_hears_the_report(folder: Folder) -> None:
    """Standard output on a full disk is an error of the environment, not a traceback."""
    assert_told(folder.run_unheard("check"), 2, "No space left on device")


# -- interruption --------------------------------------------------------------------------------


def after_edit(elsewhere: Path, edit: str) -> dict[str, bytes]:
    """What an undisturbed build leaves after the edit."""
    folder = Folder(elsewhere)
    folder.write("topic.md", ONE_QUESTION)
    folder.run("build", "-q", SOURCE_DATE_EPOCH=EPOCH)
    folder.write("topic.md", edit)
    assert folder.run("build", "-q", SOURCE_DATE_EPOCH=EPOCH).code == 0
    return outputs(folder)


def start(folder: Folder) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command("build"),
        cwd=folder.root,
        env=environment(SOURCE_DATE_EPOCH=EPOCH),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def whole(folder: Folder) -> dict[str, bytes]:
    """The package and the lock, without what a killed process may have left beside them."""
    return {path: data for path, data in outputs(folder).items() if not path.endswith(".tmp")}


def test_an_interrupt(folder: Folder) -> None:
    """Ctrl-C in the middle of a build: a word, exit code 2, and no file touched or left behind."""
    before = folder.files()
    script = (
        "import os, signal\n"
        "from deckgen import apkg\n"
        "apkg.write = lambda *a: os.kill(os.getpid(), signal.SIGINT) or __import__('time').sleep(9)"
    )
    ran = folder.run("build", script=script)
    assert_told(ran, 2, "\ndeckgen: interrupted: ")
    assert ran.err.count("\n") == 2
    assert folder.files() == before


def test_interrupts_from_outside(folder: Folder) -> None:
    """At whatever moment the signal comes once the program is up, there is no traceback."""
    edit = ONE_QUESTION.replace("first", "smallest")
    folder.write("topic.md", edit)
    moments = random.Random(2)
    for _ in range(8):
        process = start(folder)
        time.sleep(0.15 + 0.5 * moments.random())
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=SECONDS)
        assert process.returncode in (0, 2, -signal.SIGINT), told
    assert not [path for path in outputs(folder) if path.endswith(".tmp")]


def test_kills(tmp_path_factory: pytest.TempPathFactory, folder: Folder) -> None:
    """Killed at any moment: each file is the old one or the new one, never a package before its
    lock, and the next build makes what an undisturbed one would have made."""
    old = outputs(folder)
    edit = ONE_QUESTION.replace("first", "smallest")
    new = after_edit(tmp_path_factory.mktemp("undisturbed"), edit)
    folder.write("topic.md", edit)
    moments = random.Random(1)
    for _ in range(KILLS):
        for path, content in old.items():
            (folder.root / path).write_bytes(content)
        process = start(folder)
        time.sleep(moments.random())
        process.kill()
        process.communicate(timeout=SECONDS)
        left = whole(folder)
        for path in old:
            assert left[path] in (old[path], new[path])
        if left["build/small.apkg"] != old["build/small.apkg"]:
            assert left["content/deck.lock"] == new["content/deck.lock"]
    assert folder.run("build", SOURCE_DATE_EPOCH=EPOCH).code == 0
    assert whole(folder) == new


@pytest.mark.parametrize("call", [1, 2])
def test_a_kill_between_the_two_files(
    tmp_path_factory: pytest.TempPathFactory, folder: Folder, call: int
) -> None:
    """Killed before the lock or between lock and package, the next build completes the work."""
    edit = ONE_QUESTION.replace("first", "smallest")
    folder.write("topic.md", edit)
    script = (
        "import os, pathlib\n"
        "calls, replace = [], pathlib.Path.replace\n"
        "def die(self, target):\n"
        "    calls.extend([target] if '.cache' not in self.parts else [])\n"
        f"    return os._exit(9) if len(calls) == {call} else replace(self, target)\n"
        "pathlib.Path.replace = die"
    )
    assert folder.run("build", script=script, SOURCE_DATE_EPOCH=EPOCH).code == 9
    assert folder.run("build", SOURCE_DATE_EPOCH="1800000000" if call == 2 else EPOCH).code == 0
    assert whole(folder) == after_edit(tmp_path_factory.mktemp("undisturbed"), edit)


def test_two_builds_at_once(folder: Folder) -> None:
    """Each succeeds or says why not, and what is left is whole."""
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    processes = [start(folder) for _ in range(4)]
    for process in processes:
        _, told = process.communicate(timeout=SECONDS)
        assert process.returncode in (0, 2), told
        assert process.returncode == 0 or b"changed while the deck was built" in told
    assert any(process.returncode == 0 for process in processes)
    left = folder.files()
    assert_told(folder.run("build", "--locked"), 0)
    assert folder.files() == left


def test_an_edit_while_the_deck_is_built(folder: Folder) -> None:
    """Another build's lock is never overwritten by one that has not seen it."""
    folder.write("topic.md", ONE_QUESTION.replace("first", "smallest"))
    newer = folder.lock.read_text().replace("one", "other")
    script = (
        "from deckgen import apkg\n"
        "from pathlib import Path\n"
        "write = apkg.write\n"
        "def slow(*given):\n"
        f"    Path('content/deck.lock').write_text({newer!r})\n"
        "    return write(*given)\n"
        "apkg.write = slow"
    )
    before = outputs(folder)
    ran = folder.run("build", script=script)
    assert_told(ran, 2, "content/deck.lock changed while the deck was built: build again")
    assert outputs(folder) == {**before, "content/deck.lock": newer.encode()}


# -- the lock, the clock -------------------------------------------------------------------------

BROKEN_LOCKS: dict[str, Callable[[str], str | bytes]] = {
    "nothing": lambda lock: "",
    "merge markers": lambda lock: "<<<<<<< ours\n" + lock + "=======\n" + lock + ">>>>>>> theirs\n",
    "cut off": lambda lock: lock[:-20],
    "a newer format": lambda lock: lock.replace("format 1", "format 2"),
    "no format at all": lambda lock: lock.replace("format 1", "format x"),
    "two namespaces": lambda lock: lock + 'namespace "other"\n',
    "no namespace": lambda lock: lock.replace("namespace", "# namespace"),
    "an unknown line": lambda lock: lock + "card one\n",
    "a huge time": lambda lock: lock.replace(f"modified={EPOCH}", "modified=" + "9" * 30),
    "a huge row": lambda lock: lock.replace(" row=", " row=" + "9" * 30),
    "no UTF-8": lambda lock: lock.encode() + b"\xff\n",
    "NUL bytes": lambda lock: "\0" * 100,
    "ten megabytes": lambda lock: "x" * TEN_MEGABYTES,
}


@pytest.mark.parametrize("form", BROKEN_LOCKS)
def test_a_broken_lock(folder: Folder, form: str) -> None:
    """It is an error that says what to do, and it is never overwritten."""
    broken = BROKEN_LOCKS[form](folder.lock.read_text())
    folder.write("deck.lock", broken)
    before = folder.files()
    for arguments in (["build"], ["ids"]):
        assert_told(folder.run(*arguments), 2, "deck.lock")
    assert folder.files() == before


def test_a_lock_that_is_a_folder(folder: Folder) -> None:
    """Neither read nor replaced."""
    folder.lock.unlink()
    folder.lock.mkdir()
    assert_told(folder.run("build"), 2, "cannot read content/deck.lock")


@pytest.mark.parametrize("value", ["x", "-1", "1e9", " 12", "²", "9" * 30, "12345678901", "1.5"])
def test_a_date_that_is_none(folder: Folder, value: str) -> None:
    """SOURCE_DATE_EPOCH is seconds since 1970, in plain digits."""
    before = folder.files()
    ran = folder.run("build", SOURCE_DATE_EPOCH=value)
    assert_told(ran, 2, "SOURCE_DATE_EPOCH is no number of seconds")
    assert folder.files() == before
