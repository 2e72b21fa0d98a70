"""What builds remember: it never changes what they give, whatever became of it or of the files."""

from __future__ import annotations

import json
import os
import random
import shutil
import tempfile
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from every_kind import NOW, PICTURE, QUESTION_FILES, TEXTS, Content, bare
from shell import ONE_QUESTION, Folder, assert_told, without_privilege

from deckgen import cache, cache_folder, makers, mathjax_engine, source
from deckgen.config import Config
from deckgen.file_notes import FileReader, Given
from deckgen.made import Made
from deckgen.media import MediaFolder
from deckgen.source import Source

Reads = list[str]
"""The paths of the question files that were read and not remembered."""


class Kept:
    """An engine that all tests of this file use, for starting one takes longer than a build."""

    def __init__(self, engine: mathjax_engine.Engine) -> None:
        self.call, self.free = engine.call, engine.close

    def close(self) -> None:
        """It is used again."""


@pytest.fixture(scope="module")
def engine() -> Iterator[Kept]:
    kept = Kept(mathjax_engine.start(mathjax_engine.STARTERS))
    yield kept
    kept.free()


@pytest.fixture(autouse=True)
def one_engine(engine: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mathjax_engine, "start", lambda starters: engine)


@pytest.fixture
def content(tmp_path: Path) -> Content:
    return Content(tmp_path / "content")


@pytest.fixture
def small(tmp_path: Path) -> Content:
    """Three files of two notes, without macros and sources."""
    content = bare(tmp_path / "content")
    content.write("p.svg", PICTURE)
    for name in "abc":
        asked = f"## What is {name}?\n<!-- id: {name} -->\n\nIt is $ {name} $ and $x$.\n\n"
        cloze = f"## At {name}\n<!-- {{id: at-{name}, tags: [x]}} -->\n\n{{{{c1::![](p.svg)}}}}\n"
        draft = f"\n## Not {name}\n<!-- {{id: not-{name}, draft: true}} -->\n\nLater.\n"
        content.write(f"{name}.md", f"# Topic\n\n{asked}{cloze}{draft}")
    return content


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "build" / ".cache" / "content"


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Reads:
    read = FileReader.read
    paths: Reads = []

    def noted(self: FileReader, source: Source, before: Mapping[str, Made]) -> Given:
        paths.append(source.path)
        return read(self, source, before)

    monkeypatch.setattr(FileReader, "read", noted)
    return paths


def entries(store: Path) -> list[Path]:
    """What is remembered of files, of formulas, and the last collection."""
    return sorted(path for path in store.iterdir() if not path.name.startswith("."))


# -- what changed since ----------------------------------------------------------------------------


def test_remembered_files_give_the_same_build(content: Content, store: Path, reads: Reads) -> None:
    """Package, lock and diagnostics, warnings among them, and no file is read twice."""
    cold = content.build()
    codes = {diagnostic.code for diagnostic in cold.diagnostics}
    assert cold.package is not None
    assert codes == {"code-language", "formula-spaces", "image-alt", "media-unused"}
    assert sorted(reads) == QUESTION_FILES
    assert content.build(store) == cold
    reads.clear()
    assert content.build(store) == cold
    assert reads == []


Change = Callable[[Content], object]


def edit(path: str, old: str, new: str) -> Change:
    return lambda content: content.replace(path, old, new)


def write(path: str, text: str | bytes) -> Change:
    return lambda content: content.write(path, text)


def add(path: str, text: str) -> Change:
    return lambda content: content.write(path, (content.folder / path).read_text() + text)


def rename(old: str, new: str) -> Change:
    return lambda content: (content.folder / old).rename(content.folder / new)


def delete(path: str) -> Change:
    return lambda content: (content.folder / path).unlink()


def all_of(*changes: Change) -> Change:
    return lambda content: [change(content) for change in changes]


ONE, MEDIA = "formulas/one.md", "media.md"
DECOMPOSED = unicodedata.normalize("NFD", "img/é.svg")
SWAP = (rename("plain.md", "x"), rename("code.md", "plain.md"), rename("x", "code.md"))
# What an author does, and the question files that must be read again for it.
CHANGES: dict[str, tuple[Change, Sequence[str]]] = {
    "nothing": (all_of(), []),
    "a word": (edit("plain.md", "This", "That"), ["plain.md"]),
    "a formula": (edit(ONE, "< \\infty", "< 1"), [ONE]),
    "a warning": (edit(ONE, "$ n $", "$n$"), [ONE]),
    "an error": (edit(ONE, "$ n $", "$$n"), [ONE]),
    "a file more": (write("more.md", TEXTS["plain.md"].replace("plain", "other")), ["more.md"]),
    "a file less": (delete("plain.md"), []),
    "a file twice": (write("twice.md", TEXTS["plain.md"]), ["twice.md"]),
    "a file of another name": (rename("plain.md", "a plain.md"), ["a plain.md"]),
    "a file in a folder": (rename(MEDIA, f"img/{MEDIA}"), [f"img/{MEDIA}"]),
    "two files swapped": (all_of(*SWAP), ["code.md", "plain.md"]),
    "the deck's name": (edit("deck.yaml", "Every kind", "All kinds"), QUESTION_FILES),
    "the deck's tags": (edit("deck.yaml", "[all]", "[any]"), QUESTION_FILES),
    "what is cited": (edit("deck.yaml", "[isl]", "[d2l]"), QUESTION_FILES),
    "a macro": (edit("deck.yaml", r"\mathbb{R}", r"\mathbb{Q}"), QUESTION_FILES),
    "a macro less": (edit("deck.yaml", r"  R: '\mathbb{R}'", ""), QUESTION_FILES),
    "the report": (edit("deck.yaml", "example.org", "example.com"), QUESTION_FILES),
    "no large media": (add("deck.yaml", "media-limit: 0.00005\n"), QUESTION_FILES),
    "the styling": (add("deck.yaml", "styling: '.x {top: 0}'\n"), []),
    "the description": (add("deck.yaml", "description: New\n"), []),
    "a work": (edit("sources.yaml", "James", "Hastie"), QUESTION_FILES),
    "no works": (delete("sources.yaml"), QUESTION_FILES),
    "a picture": (write("img/dot.svg", PICTURE + b" "), [MEDIA]),
    "a picture less": (delete("img/dot.svg"), [MEDIA]),
    "a picture less of two that are the same": (delete("img/copy_1.svg"), [MEDIA]),
    "a picture of another name": (rename("img/dot.svg", "img/Dot.svg"), [MEDIA]),
    "a picture whose name has other bytes": (rename("img/é.svg", DECOMPOSED), [MEDIA]),
    "a sound": (write("tone.mp3", b"ID4"), [MEDIA]),
    "a picture more": (edit("plain.md", "This", "![N](img/nowhere.svg)"), ["plain.md"]),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a build of the content remembers."""
    folder = tmp_path_factory.mktemp("filled")
    Content(folder / "content").build(folder / "store")
    return folder / "store"


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_gives_what_a_cold_build_gives(
    content: Content, filled: Path, store: Path, reads: Reads, change: str
) -> None:
    """And only those files are read again whose notes depend on what was changed."""
    shutil.copytree(filled, store)
    apply, expected = CHANGES[change]
    apply(content)
    warm = content.build(store)
    assert sorted(reads) == sorted(expected)
    assert warm == content.build()


def test_changes_one_after_another(content: Content, store: Path, reads: Reads) -> None:
    """Each is built and remembered; what is put back is remembered from before, but for media."""
    first = content.build(store)
    steps = ["an error", "a picture", "the deck's tags", "a file less", "a macro", "a work"]
    for step in steps:
        CHANGES[step][0](content)
        assert content.build(store) == content.build()
    again = Content(content.folder)
    reads.clear()
    assert again.build(store) == first
    assert reads == [MEDIA]


@pytest.mark.parametrize("made_by", ["another version", ""])
def test_what_another_version_made_is_not_used(
    content: Content,
    filled: Path,
    store: Path,
    reads: Reads,
    monkeypatch: pytest.MonkeyPatch,
    made_by: str,
) -> None:
    """Nor anything if the version cannot be told."""
    shutil.copytree(filled, store)
    monkeypatch.setattr(cache, "versions", lambda: made_by)
    warm = content.build(store)
    assert sorted(reads) == QUESTION_FILES
    assert warm == content.build()
    assert (len(entries(store)) > len(entries(filled))) is bool(made_by)


def test_versions_of_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another version of a package is another text; without a needed package there is none."""
    before = makers.versions()
    assert before
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "unheard_of-1.0.dist-info").mkdir()
    assert makers.versions() == before
    (tmp_path / "Pygments-99.dist-info").mkdir()
    assert makers.versions() != before
    monkeypatch.setattr(makers, "NEEDED", (*makers.NEEDED, "no_such_package"))
    assert makers.versions() == ""


@pytest.mark.parametrize("path", ["render.py", "mathjax_engine.js", "templates/styling.css"])
def test_versions_of_our_own_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """An edit of one of deckgen's files is another version, also of the same length."""
    place = Path(makers.__file__).parent
    copy = tmp_path / "deckgen"
    shutil.copytree(place, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(makers, "__file__", str(copy / "makers.py"))
    before = makers.versions()
    assert before
    (copy / path).write_bytes((copy / path).read_bytes())
    assert makers.versions() != before


# -- what became of the entries ------------------------------------------------------------------

Damage = Callable[[bytes, random.Random], bytes]
DAMAGES: dict[str, Damage] = {
    "cut off": lambda entry, moments: entry[: moments.randrange(len(entry))],
    "a bit less": lambda entry, moments: entry[:-1],
    "a bit more": lambda entry, moments: entry + b"\n",
    "a bit flipped": lambda entry, moments: _flipped(entry, moments.randrange(8 * len(entry))),
    "empty": lambda entry, moments: b"",
    "random": lambda entry, moments: moments.randbytes(len(entry)),
    "zeros": lambda entry, moments: bytes(len(entry)),
    "text that is none": lambda entry, moments: entry[:-1] + b"\xff",
}


def _flipped(entry: bytes, bit: int) -> bytes:
    flipped = bytearray(entry)
    flipped[bit // 8] ^= 1 << bit % 8
    return bytes(flipped)


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_entry_is_not_read(
    small: Content, store: Path, reads: Reads, damage: str
) -> None:
    """Wherever the damage is: the build is as without, and makes good what was damaged."""
    cold = small.build(store)
    whole = {path: path.read_bytes() for path in entries(store)}
    assert len(whole) == 5 + len(cache_folder.COLLECTION)
    moments = random.Random(damage)
    for _ in range(2):
        for path, entry in whole.items():
            path.write_bytes(DAMAGES[damage](entry, moments))
        reads.clear()
        assert small.build(store) == cold
        (store / "collection").unlink()  # without it, all of each entry is needed
        assert small.build(store) == cold
        assert sorted(reads) == ["a.md", "b.md", "c.md"]
        assert {path: path.read_bytes() for path in entries(store)} == whole


def test_an_entry_under_the_name_of_another_is_not_read(
    small: Content, store: Path, reads: Reads
) -> None:
    """Each is whole, and yet of another file."""
    cold = small.build(store)
    paths = entries(store)
    contents = [path.read_bytes() for path in paths]
    for path, other in zip(paths, contents[1:] + contents[:1], strict=True):
        path.write_bytes(other)
    reads.clear()
    assert small.build(store) == cold
    assert len(reads) == 3


def test_a_folder_in_the_place_of_an_entry(small: Content, store: Path) -> None:
    """It is left alone."""
    cold = small.build(store)
    for path in entries(store):
        path.unlink()
        (path / "inside").mkdir(parents=True)
    assert small.build(store) == cold
    assert all((path / "inside").is_dir() for path in entries(store))


Remember = Callable[[bytes, bytes], None]
"""Takes what is known of a file's notes, and their records."""


@pytest.fixture
def remember(small: Content, store: Path) -> Remember:
    """Remembers an entry of each file as if a build had made that of it."""
    places: list[tuple[cache.Cache, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache.Cache, "write", lambda self, name, *_: places.append((self, name)))
        small.build(store)
    (store / "collection").unlink()

    def write(first: bytes, second: bytes) -> None:
        for remembered, name in places:
            remembered._write(name, first, second)

    return write


SHAPES = (
    *(b"", b"null", b"7", b"[]", b"{}", b"\xff"),
    *(b"[0,[],[],[]]", b"[0,[],[],[],[[]]]", b"[0,[],[],[],[],[]]"),
    b"[0,[],[],[],[[],[],[],[],[],[],[],[],[],[]]]",
    *(b"[" * 100_000, b'{"a":' * 100_000),
)


@pytest.mark.parametrize("entry", SHAPES, ids=lambda entry: repr(entry[:20]))
def test_an_entry_of_another_shape_is_not_read(
    small: Content, store: Path, remember: Remember, entry: bytes
) -> None:
    """Though its digest is right."""
    remember(entry, b"")
    assert small.build(store) == small.build()


@pytest.fixture
def entry(small: Content) -> bytes:
    """A whole entry: what is remembered of the first file."""
    encode = cache._encoded
    encoded: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cache, "_encoded", lambda known: encoded.append(encode(known)) or b"")
        small.build(small.folder / ".unused")
    return encoded[0]


@pytest.mark.parametrize("fields", ["", "a", "a\x1eb", "a\x1fb\x1ea\x1fb", "a\x1eb\x1ec"])
def test_an_entry_with_other_fields_is_not_read(
    small: Content, store: Path, remember: Remember, entry: bytes, fields: str
) -> None:
    """Too few, too many, or those of more notes than there are."""
    for name in "bc":
        (small.folder / f"{name}.md").unlink()
    remember(entry, b"[]\n" + fields.encode())
    assert small.build(store) == small.build()


STRANGE = (None, True, 7, 1.5, "x", [], [[]], {}, {"x": 7})


def strange(whole: object) -> Iterator[object]:
    """The JSON with one of its values replaced by one of another type, for each of them."""
    yield from (other for other in STRANGE if type(other) is not type(whole))
    if isinstance(whole, list):
        for place, value in enumerate(whole):
            for other in strange(value):
                yield [*whole[:place], other, *whole[place + 1 :]]


def test_an_entry_with_a_value_of_another_type_is_not_read(
    small: Content, store: Path, remember: Remember, entry: bytes
) -> None:
    """Wherever in it the value stands."""
    for name in "bc":
        (small.folder / f"{name}.md").unlink()
    rows = json.loads(entry)
    assert all(rows), "an empty list holds no value to replace"
    cold = small.build()
    others = list(strange(rows))
    assert len(others) > 300
    for other in random.Random(1).sample(others, 50):
        remember(json.dumps(other).encode(), b"")
        assert small.build(store) == cold, other


@pytest.mark.parametrize(
    "listed", [None, 7, "x", {"x": 7}, [["a", "a"]], [[1, 2, 3]], [[["a"], "a", False]], [{}], "["]
)
def test_proofs_of_another_shape_are_not_read(
    small: Content, store: Path, monkeypatch: pytest.MonkeyPatch, listed: object
) -> None:
    """Nor do they hinder new ones."""
    cold = small.build()

    def write(self: cache.Cache, proofs: object) -> None:
        whole = [self._shaped_by, *listed] if isinstance(listed, list) else listed
        entry = "[" * 100_000 if listed == "[" else json.dumps(whole)
        self._write(cache_folder.PROOFS, b"", entry.encode())

    with monkeypatch.context() as patch:
        patch.setattr(cache.Cache, "write_proofs", write)
        patch.setattr(cache.Cache, "write", lambda self, *_: None)
        small.build(store)
    assert small.build(store) == cold


# -- where nothing can be remembered -------------------------------------------------------------


def test_no_folder_to_write_in(small: Content, store: Path) -> None:
    """A file stands in its place: the build is as without, and the file stays."""
    cold = small.build()
    for place in (store, store.parent):
        if place.exists():
            shutil.rmtree(place)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("mine")
        assert small.build(store) == cold
        assert place.read_text() == "mine"
        place.unlink()


def test_a_folder_that_may_not_be_written(tmp_path: Path) -> None:
    """By the command as by the tests: exit code 0, and nothing is said of it."""
    folder = Folder(tmp_path)
    folder.write("topic.md", ONE_QUESTION)
    closed = tmp_path / "build" / ".cache"
    closed.mkdir(parents=True)
    closed.chmod(0o555)
    ran = folder.run("build", limit=without_privilege)
    assert_told(ran, 0)
    assert ran.err == ""
    assert not list(closed.iterdir())


def test_a_full_disk(small: Content, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing half written is left, and what was remembered before holds."""
    first = small.build(store)
    files = [path for path in entries(store) if path.name not in cache_folder.COLLECTION]
    before = {path: path.read_bytes() for path in files}
    small.replace("a.md", "It is", "It was")
    edited = small.build()
    make = tempfile.mkstemp

    def full(*, prefix: str = "", suffix: str = "", dir: Path | None = None) -> tuple[int, str]:
        descriptor, path = make(prefix=prefix, suffix=suffix, dir=dir)
        os.close(descriptor)
        return os.open("/dev/full", os.O_WRONLY), path

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", full)
        assert small.build(store) == edited != first
    assert {path: path.read_bytes() for path in files} == before
    assert len(entries(store)) == len(files) + len(cache_folder.COLLECTION)
    assert [path.name for path in store.iterdir() if path.name.startswith(".")] == [".gitignore"]


def test_the_folder_says_that_it_is_not_for_git(small: Content, store: Path) -> None:
    """So that nobody commits what only costs time to make again."""
    small.build(store)
    assert (store / ".gitignore").read_text().splitlines()[-1] == "*"


# -- what is remembered, and how much ------------------------------------------------------------


def test_a_file_with_errors_is_read_again(small: Content, store: Path, reads: Reads) -> None:
    """And one without an id, until it is mended; the others are not."""
    small.replace("a.md", "$x$", "$$x")
    small.replace("b.md", "<!-- id: b -->", "")
    small.build(store)
    reads.clear()
    assert small.build(store).package is None
    assert reads == ["a.md", "b.md"]


def test_old_entries_are_deleted_but_for_a_few(
    small: Content, store: Path, reads: Reads, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The oldest first; those in use stay however old they are."""
    monkeypatch.setattr(cache, "SPARE", 2)
    texts = [f"{TEXTS['plain.md']}Version {number}.\n" for number in range(5)]
    small.write("version.md", texts[0])
    for text in texts:
        small.write("version.md", text)
        small.build(store)
    in_use = ["a", "b", "c", "version", "formulas", "latest", *cache_folder.COLLECTION]
    assert len(entries(store)) == len(in_use) + 2
    for text, expected in ((texts[3], []), (texts[2], []), (texts[0], ["version.md"])):
        reads.clear()
        small.write("version.md", text)
        small.build(store)
        assert reads == expected


def test_proven_formulas_need_no_engine(
    small: Content, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not in files that are read again, nor in new ones; a new formula needs it."""

    def fails(starters: object) -> mathjax_engine.Engine:
        raise AssertionError("the engine is started")

    small.build(store)
    monkeypatch.setattr(mathjax_engine, "start", fails)
    small.replace("a.md", "It is", "It was")
    small.write("new.md", TEXTS["plain.md"].replace("This", "As in $x$, so"))
    assert small.build(store).package is not None
    small.replace("new.md", "$x$", "$z$")
    with pytest.raises(AssertionError, match="the engine is started"):
        small.build(store)


def test_known_macros_need_no_engine(
    content: Content, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A macro may hide a command of MathJax; which there are is remembered."""

    def fails(starters: object) -> mathjax_engine.Engine:
        raise AssertionError("the engine is started")

    content.build(store)
    monkeypatch.setattr(mathjax_engine, "start", fails)
    content.replace("plain.md", "This.", "That.")
    assert content.build(store).package is not None
    for strange in (b"", b"{}", b'["x"]', b"[7]"):
        remembered = cache.Cache(store, Config("", ""), {}, (), MediaFolder(content.folder, 1))
        remembered._write(cache_folder.COMMANDS, b"", strange)
        with pytest.raises(AssertionError, match="the engine is started"):
            content.build(store)


def test_another_process_finds_what_was_remembered(tmp_path: Path) -> None:
    """Whatever order its sets come in."""
    folder = Folder(tmp_path)
    for path, text in TEXTS.items():
        folder.write(path, text)
    (folder.content / MEDIA).unlink()
    assert_told(folder.run("build", PYTHONHASHSEED="1"), 0)
    package = next((tmp_path / "build").glob("*.apkg"))
    cold = package.read_bytes()
    script = "from deckgen import file_notes\nfile_notes.FileReader.read = None"
    assert_told(folder.run("build", script=script, PYTHONHASHSEED="2"), 0)
    assert package.read_bytes() == cold


def test_a_fault_at_a_remembered_file_shows_its_line(tmp_path: Path) -> None:
    """Though its text was needed for nothing else."""
    folder = Folder(tmp_path)
    folder.write("b.md", ONE_QUESTION)
    assert_told(folder.run("build"), 0)
    folder.write("a.md", ONE_QUESTION.replace("number", "letter"))
    ran = folder.run("build")
    assert_told(ran, 1, "content/b.md:3:", "id-duplicate", "## What is one?")
    told = json.loads(folder.run("build", "--format", "json").out)["diagnostics"]
    assert [(each["path"], each["line"]) for each in told if each["code"] == "id-duplicate"] == [
        ("content/b.md", 3)
    ]


# -- files that look as they did -----------------------------------------------------------------

LONG_AGO = (NOW * 10**9, NOW * 10**9)  # nanoseconds: accessed, modified


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Reads:
    """The paths of the question files that were looked into."""
    fingerprint = source.fingerprint
    paths: Reads = []

    def noted(folder: Path, path: str) -> str:
        paths.append(path)
        return fingerprint(folder, path)

    monkeypatch.setattr(source, "fingerprint", noted)
    return paths


@pytest.fixture
def settled(small: Content, store: Path, monkeypatch: pytest.MonkeyPatch) -> Content:
    """A folder that was built when its files had not changed for a while."""
    monkeypatch.setattr(cache, "TICK", 0)
    for path in small.folder.glob("*.md"):
        os.utime(path, ns=LONG_AGO)
    small.build(store)
    return small


def test_a_file_that_looks_as_it_did_is_not_opened(
    settled: Content, store: Path, opened: Reads
) -> None:
    cold = settled.build()
    opened.clear()
    assert settled.build(store) == cold
    assert opened == []
    settled.write("b.md", (settled.folder / "b.md").read_bytes())
    assert settled.build(store) == cold
    assert opened == ["b.md"]


def test_a_file_with_the_old_size_and_time_is_opened(
    settled: Content, store: Path, opened: Reads
) -> None:
    """Its entry in the folder tells when it was changed last, whatever it says of itself."""
    settled.replace("b.md", "It is", "As is")
    os.utime(settled.folder / "b.md", ns=LONG_AGO)
    edited = settled.build(store)
    assert opened == ["b.md"]
    assert edited == settled.build()


def test_a_file_that_was_just_changed_is_opened(small: Content, store: Path, opened: Reads) -> None:
    """It may change again within a tick of the clock."""
    for _ in range(2):
        opened.clear()
        small.build(store)
        assert opened == ["a.md", "b.md", "c.md"]


def test_a_link_is_followed_each_time(settled: Content, store: Path, opened: Reads) -> None:
    """What it leads to may change while it does not."""
    (settled.folder / "b.md").rename(settled.folder / "_b.txt")
    (settled.folder / "b.md").symlink_to("_b.txt")
    settled.build(store)
    settled.replace("_b.txt", "It is", "It was")
    assert settled.build(store) == settled.build()
