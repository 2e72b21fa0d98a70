"""The settings of one deck: `deck.yaml`."""

from __future__ import annotations

import re
from enum import Enum
from typing import NamedTuple
from urllib.parse import quote

from deckgen.diagnostic import Diagnostic, Span
from deckgen.mapping import Mapping, Node, Reader, Scalar, parse
from deckgen.passage import Passage
from deckgen.source import Source

KEYS = (
    "name",
    "namespace",
    "description",
    "language",
    "license",
    "author",
    "version",
    "report",
    "styling",
    "defaults",
    "macros",
    "media-limit",
    "rules",
)
DEFAULT_KEYS = ("tags", "sources")
REMOTE = re.compile(r"@import\b[^;]*|url\(\s*['\"]?(?:https?:)?//[^)]*\)", re.IGNORECASE)
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")
ANKIS_OWN_TAGS = frozenset({"leech", "marked"})  # Anki: import_export/gather.rs
STYLE_SHEET = re.compile(r"[^\s{}]+\.css")
LONGEST_STEM = 80  # characters
FILE_NAME = re.compile(r"[^a-z0-9]+")
# Anki: qt/aqt/import_export/importing.py and AnkiDroid: ImportUtils.kt isCollectionPackage; a
# package of such a name replaces the learner's whole collection.
REPLACES_COLLECTION = re.compile(r"(?:collection|backup-.*)\.(?:apkg|colpkg)\Z", re.IGNORECASE)


START = Span("deck.yaml", 0, 0)


class MacroDefinition(NamedTuple):
    """One entry of `macros`: a command's name without backslash, and its TeX."""

    name: Scalar
    tex: Scalar


class Adoption(str, Enum):
    """What the card-writing standard is to a deck: how it is checked, advice, or nothing."""

    STANDARD = "standard"
    ADVICE = "advice"
    NONE = "none"


class Rules(NamedTuple):
    """What `rules` says: the deck's adoption of the standard, and by rule what it changes."""

    adoption: Adoption = Adoption.ADVICE
    changes: tuple[tuple[Scalar, Node], ...] = ()


class Config(NamedTuple):
    """What `deck.yaml` says; `media_limit` is in bytes, `report` has a place for `{id}`.

    `styling` is CSS, or the path of a `.css` file in the content folder. `tags` and `sources` are
    the defaults: tags of every note, and what a note cites whose file and comment name nothing.
    """

    name: str
    namespace: str
    description: str = ""
    language: str = "en"
    license: str = ""
    author: str = ""
    version: str = ""
    report: str = ""
    styling: str = ""
    styling_place: Span = START
    tags: tuple[str, ...] = ()
    sources: tuple[Scalar, ...] = ()
    macros: tuple[MacroDefinition, ...] = ()
    media_limit: int = 5_000_000
    rules: Rules = Rules()

    @property
    def styling_path(self) -> str:
        """The path of the style sheet, if `styling` names one."""
        return self.styling.strip() if STYLE_SHEET.fullmatch(self.styling.strip()) else ""

    @property
    def file_name(self) -> str:
        """The name of the package's file."""
        stem = FILE_NAME.sub("-", self.name.casefold())[:LONGEST_STEM].strip("-") or "deck"
        name = f"{stem}.apkg"
        return f"deck-{name}" if REPLACES_COLLECTION.match(name) else name

    def report_link(self, key: str) -> str:
        """Where a learner reports a mistake in the note `key`; empty if the deck names no place."""
        return self.report.replace("{id}", quote(key))


def read_config(source: Source) -> tuple[Config, tuple[Diagnostic, ...]]:
    """The settings that `deck.yaml` holds, and what is wrong with them."""
    mapping, found = parse(Passage(source.text, source.path, ((0, 0),)))
    reader = Reader(mapping, KEYS, "deck.yaml")
    reader.diagnostics += found
    if not found:
        _require(reader, "name", "the deck's name, as Anki's deck list will show it")
        _require(reader, "namespace", "any text that no other deck has; it can never change")
    language = reader.text("language", "en")
    if not LANGUAGE.match(language):
        reader.fault(reader.place("language"), f"no language `{language}`", "write `en`, `pt-BR`")
    report = reader.text("report")
    if report and ("{id}" not in report or not report.startswith(("https://", "mailto:"))):
        hint = "such as https://example.org/issues/new?title={id}"
        reader.fault(reader.place("report"), "`report` must be a link that holds {id}", hint)
    defaults = Reader(
        reader.mapping("defaults") or Mapping((), reader.span), DEFAULT_KEYS, "`defaults`"
    )
    config = Config(
        name=_deck_name(reader),
        namespace=reader.text("namespace"),
        description=reader.prose("description").strip(),
        language=language,
        license=reader.text("license"),
        author=reader.text("author"),
        version=reader.text("version"),
        report=report,
        styling=reader.prose("styling"),
        styling_place=reader.place("styling") if reader.has("styling") else START,
        tags=read_tags(defaults),
        sources=defaults.texts("sources"),
        macros=_macros(reader),
        media_limit=int(reader.number("media-limit", 5.0) * 1_000_000),
        rules=_rules(reader),
    )
    return config, (*reader.diagnostics, *defaults.diagnostics)


def check_styling(styling: str, span: Span) -> tuple[Diagnostic, ...]:
    """What in an author's CSS would need a network; a card must work without one."""
    hint = "use system fonts, and pictures packed with the deck"
    return tuple(
        Diagnostic(span, "styling-remote", f"`{match[0]}` in the styling needs a network", hint)
        for match in REMOTE.finditer(styling)
    )


def read_tags(reader: Reader) -> tuple[str, ...]:
    """The tags under `tags`: a list, or one text with spaces between them."""
    tags: list[str] = []
    for scalar in reader.texts("tags"):
        for tag in scalar.text.split():
            if tag.casefold() in ANKIS_OWN_TAGS:
                hint = "Anki sets it for a learner, and drops it from packages; choose another"
                reader.fault(scalar.span, f"`{tag}` cannot be a tag", hint)
            elif '"' in tag or not all(tag.split("::")):
                hint = "write `tag` or `parent::tag`, without quotation marks"
                reader.fault(scalar.span, f"`{tag}` cannot be a tag", hint)
            else:
                tags.append(tag)
    return tuple(dict.fromkeys(tags))


def _require(reader: Reader, key: str, meaning: str) -> None:
    if not reader.text(key).strip():
        reader.fault(reader.place(key), f"deck.yaml must give `{key}`", f"`{key}:` {meaning}")


def _deck_name(reader: Reader) -> str:
    """The deck's name as Anki will hold it. Anki: rslib/src/decks/name.rs."""
    name = "::".join(part.strip() for part in reader.text("name", "Deck").split("::"))
    if not all(name.split("::")) or '"' in name:
        hint = "write `Deck` or `Parent::Deck`, without quotation marks inside"
        reader.fault(reader.place("name"), "a deck's name has a part that is empty or odd", hint)
    if name.casefold() == "default":
        message = "Anki keeps the name Default to itself"
        reader.fault(reader.place("name"), message, "choose another")
    return name


def _rules(reader: Reader) -> Rules:
    node = reader.node("rules")
    if node is None:
        return Rules()
    if isinstance(node, Mapping):
        return Rules(Adoption.STANDARD, node.entries)
    if isinstance(node, Scalar) and node.text in ("standard", "none"):
        return Rules(Adoption(node.text))
    hint = "write `rules: standard`, `rules: none`, or a line below it for each rule to change"
    reader.fault(node.span, "`rules` does not say which rules the cards follow", hint)
    return Rules()


def _macros(reader: Reader) -> tuple[MacroDefinition, ...]:
    mapping = reader.mapping("macros") or Mapping((), reader.span)
    macros: list[MacroDefinition] = []
    for name, tex in mapping.entries:
        if isinstance(tex, Scalar):
            macros.append(MacroDefinition(name, tex))
        else:
            hint = r"write `R: '\mathbb{R}'`"
            reader.fault(name.span, f"the macro `{name.text}` must be TeX", hint)
    return tuple(macros)
