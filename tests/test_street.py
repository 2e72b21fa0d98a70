"""The street: each module imports only from those before it, and only its own guarded things."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "deckgen"
TREES = {
    ".".join(path.relative_to(PACKAGE).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}

# In import order. To add a module, put it where what it uses is above it.
STREET = (
    "__init__",
    "stopwatch",
    "makers",
    "unchanged",  # the last answer, if nothing has changed
    "cache_folder",  # what the last build remembered of its package
    "held",
    "pieces",
    "last_collection",
    "diagnostic",  # what is wrong, where, and how it looks
    "passage",
    "source",  # files to texts
    "mapping",  # YAML to mappings
    "config",
    "citation",
    "metadata",
    "segment",  # texts to segments
    "delimiter",
    "cloze",
    "cloze_inside",
    "inline",
    "containers",
    "code_blocks",
    "markup",
    "notetype",
    "question",  # texts to questions
    "media",
    "tex",
    "mathjax_engine",
    "mathjax",
    "macros",
    "highlight",
    "html_rules",
    "fieldtree",
    "shown_formula",
    "field_html",
    "addresses",
    "paragraphs",
    "markdown_dialect",
    "render",  # questions to notes
    "card",
    "formulas",
    "lock_entry",
    "lock_text",
    "imprint",  # notes to imprints and records
    "records",
    "made",
    "ids",
    "file_notes",
    "workers",
    "cache",
    "lock",  # imprints to stamped notes
    "check",
    "deck",
    "genanki_settings",
    "collection",  # a deck to bytes
    "apkg",
    "reading",
    "build",  # the order of it all
    "standard.__init__",  # what makes a card worth studying: questions to findings
    "standard.prose",
    "standard.language",
    "standard.data",
    "standard.book",
    "standard.rule",
    "standard.answers",
    "standard.prompts",
    "standard.clozes",
    "standard.claims",
    "standard.across",
    "standard.rules",
    "standard.thresholds",
    "standard.judge",
    "standard.digest",
    "standard.explanation",
    "standard.measures",
    "standard.chart",
    "standard.coverage",
    "standard.index",
    "standard.shelf",
    "preview.__init__",  # a deck in the browser
    "preview.card_template",
    "preview.cards",
    "preview.snapshot",
    "preview.draft",
    "preview.studio",
    "preview.pages",
    "preview.guard",
    "preview.server",
    "preview.export",
    "released",  # what learners were given: packages and revisions read back
    "field_diff",
    "generation",
    "outcome",
    "impact",
    "lock_impact",
    "impact_sections",
    "impact_report",
    "report",
    "terminal",  # where people are spoken to
    "lock_file",
    "whole_files",
    "commands.__init__",
    "commands.run",
    "commands.build",
    "commands.check",
    "commands.preview",
    "commands.diff",
    "commands.ids",
    "commands.new",
    "commands.stats",
    "commands.coverage",
    "commands.index",
    "cli",
    "start",
    "__main__",
)
ORDER = (
    "A question never turns back: {module} takes finished values from the modules before it, so "
    "it cannot need {imported}, which comes later. Move what both need up the street, or, if "
    "{module} is new here, find its place in STREET."
)

# What only some modules may import, so that a reader knows where to look, and a change of a
# library is a change in one place.
GUARDED: dict[str, set[str]] = {
    "yaml": {"mapping"},
    "markdown": {"paragraphs", "markdown_dialect"},
    "pygments": {"highlight"},
    "nh3": {"html_rules"},
    "genanki": {"genanki_settings"},
    "sqlite3": {"apkg", "collection", "genanki_settings", "released"},
    "zipfile": {"apkg", "released"},
    "tarfile": {"released"},
    "subprocess": {"released"},
    "tempfile": {
        *("apkg", "cache", "collection", "last_collection", "records"),
        *("whole_files", "released", "preview.export", "commands.build"),
    },
    "shutil": {"apkg", "cache", "terminal", "whole_files", "preview.export"},
    "sys": {"cli", "commands.run", "makers", "start"},
    "click": {"cli", "terminal", "commands"},
    "rich": {"terminal", "commands.stats"},
    "quickjs": {"mathjax_engine"},
    "py_mini_racer": {"mathjax_engine"},
    "importlib": {"cli", "mathjax_engine", "notetype", "preview.pages"},
    "jinja2": {"preview.pages"},
    "starlette": {"preview.guard", "preview.server"},
    "uvicorn": {"preview.server"},
    "watchfiles": {"preview.studio"},
    "asyncio": {"preview.server", "preview.studio"},
    "webbrowser": {"commands.preview"},
    "threading": {"last_collection", "mathjax_engine", "workers"},
    "concurrent": {"mathjax_engine", "workers"},
    "multiprocessing": {"workers"},
    "time": {"cache", "stopwatch", "terminal", "commands.run", "unchanged"},
    "datetime": set(),
    "random": set(),
    "socket": {"preview.server"},
    "urllib.request": set(),
    "http": set(),
    "logging": set(),
    "pickle": set(),
    "anki": set(),
    "aqt": set(),
}
OPENERS = {
    *("source", "media", "notetype", "mathjax_engine", "cache", "apkg", "released"),
    *("lock_file", "whole_files", "makers", "unchanged"),
    *("cache_folder", "collection", "pieces", "last_collection"),
    *("commands.ids", "commands.new", "preview.pages", "preview.export"),
}
SPEAKERS = {"cli", "terminal", *(module for module in STREET if module.startswith("commands."))}

OPENING = {
    *("open", "read_text", "read_bytes", "write_text", "write_bytes", "iterdir", "glob", "rglob"),
    *("listdir", "scandir", "mkdir", "unlink", "rename", "touch", "chmod", "fdopen", "mkstemp"),
}
ENVIRONMENT = {"environ", "getenv"}


def imports(tree: ast.AST) -> Iterator[str]:
    """The full name of everything that a module imports, also where only a type checker sees it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the whole path"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def own(tree: ast.AST) -> set[str]:
    """The modules of this package that a module imports."""
    names = (name.removeprefix("deckgen.") for name in imports(tree) if _is_ours(name))
    return {module for name in names if (module := _module(name))}


def _is_ours(name: str) -> bool:
    return name.startswith("deckgen.")


def _module(name: str) -> str:
    """The longest beginning of a dotted name that is a module; empty if there is none."""
    while name and name not in TREES:
        name = name.rpartition(".")[0]
    return name


def within(module: str, homes: set[str]) -> bool:
    """Whether a module is one of those named, or in a folder that is."""
    return module in homes or module.partition(".")[0] in homes


def test_the_test_sees_imports() -> None:
    """The reader of imports finds every form that they are written in."""
    written = "import a.b\nfrom c import d\ndef f():\n  from e.f import g\n  import_module('h')"
    assert set(imports(ast.parse(written))) == {"a.b", "c.d", "e.f.g", "h"}
    assert own(TREES["commands.run"]) >= {"build", "report", "source", "diagnostic", "terminal"}
    assert own(ast.parse("from deckgen.commands.run import Run")) == {"commands.run"}


def test_every_module_stands_on_the_street() -> None:
    """Each module has its place."""
    assert set(TREES) <= set(STREET), "say in STREET where the new module stands"


@pytest.mark.parametrize("module", TREES)
def test_imports_come_from_above(module: str) -> None:
    """Each module imports only from those before it."""
    for imported in sorted(own(TREES[module])):
        later = STREET.index(imported) >= STREET.index(module)
        assert not later, ORDER.format(module=module, imported=imported)


@pytest.mark.parametrize("name", GUARDED)
def test_guarded_imports_stay_home(name: str) -> None:
    """A library, and what touches the world, is imported only where it belongs."""
    users = {
        module
        for module, tree in TREES.items()
        if any(f"{imported}.".startswith(f"{name}.") for imported in imports(tree))
    }
    strangers = {module for module in users if not within(module, GUARDED[name])}
    assert not strangers, f"{name} belongs to {sorted(GUARDED[name]) or 'no module'}"


def test_guarded_libraries_are_in_use() -> None:
    """A guard over a name that nobody imports would guard nothing: it was misspelt, or is old."""
    used = {name for tree in TREES.values() for name in imports(tree)}
    for name, homes in GUARDED.items():
        assert not homes or any(f"{n}.".startswith(f"{name}.") for n in used), name


@pytest.mark.parametrize("module", sorted(set(TREES) - OPENERS))
def test_files_are_opened_in_few_places(module: str) -> None:
    """Every other module's tests need a string and no disk."""
    calls = [node for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)]
    found = [call.lineno for call in calls if _called(call) in OPENING and not _is_our_own(call)]
    assert not found, f"opens files in lines {found}; only {sorted(OPENERS)} may"


def _is_our_own(call: ast.Call) -> bool:
    """Whether a function or method of this package is called, not one of a path or of `os`."""
    function = call.func
    if not isinstance(function, ast.Attribute):
        return False
    return ast.unparse(function) in ("source.read_text", "self.deletions.open")


@pytest.mark.parametrize("module", sorted(set(TREES) - SPEAKERS))
def test_only_the_command_looks_at_the_environment(module: str) -> None:
    """No module decides by the machine it runs on; what it is given decides."""
    names = {n.attr for n in ast.walk(TREES[module]) if isinstance(n, ast.Attribute)}
    assert not names & ENVIRONMENT


@pytest.mark.parametrize("module", sorted(set(TREES) - SPEAKERS))
def test_only_the_command_speaks(module: str) -> None:
    """A stage returns what it found and neither prints nor asks."""
    calls = {_called(node) for node in ast.walk(TREES[module]) if isinstance(node, ast.Call)}
    assert not calls & {"print", "input", "echo", "secho"}
