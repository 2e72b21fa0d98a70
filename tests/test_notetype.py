"""The note types, frozen: what they are, and that real Anki makes of them the cards we say."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path

import pytest
from anki.collection import Collection
from anki.models import NotetypeId
from browser.real_anki import add_note, add_note_type, new_collection, ordinals
from hypothesis import given, settings
from hypothesis import strategies as st
from pygments.token import STANDARD_TYPES

from deckgen.notetype import (
    USER_STYLING,
    Kind,
    NoteType,
    basic_ordinals,
    note_types,
    user_styling,
)

BASIC, CLOZE = note_types("Machine learning::Interview", "example")
BOTH = (BASIC, CLOZE)

FROZEN = """
The schema of a note type is frozen from the first release on. Do not change this test.
With any other fields or card templates (count, order, ids), Anki's importer finds that the
learner's note type differs from the package's, and skips every note the learner already has
("conflicting"): no correction ever reaches them again, and new notes go to a second note type
named with a "+". A changed id that belongs to no field of theirs looks like a removed field.
To store something new, take a reserved field and rename it, keeping its id and place.
Anki: rslib/src/notetype/merge.rs, rslib/src/import_export/package/apkg/import/notes.rs
"""

BASIC_SCHEMA = (
    ("Question", 2541539908712391779),
    ("Answer", 5705503017114248439),
    ("Note", 2747899960699633317),
    ("Trap", 3805441109522182867),
    ("Tip", 1640748123457278845),
    ("Source", 7822547575426218885),
    ("Context", 1507603794312006135),
    ("Typed", 6545690361188667635),
    ("Reverse", 6608487138660324841),
    ("Status", 2493876253678537019),
    ("Report", 3800108726600520953),
    ("Key", 5142637891641106345),
    ("Reserved 1", 2887260410932231165),
    ("Reserved 2", 4799562728816757451),
    ("Reserved 3", 2686560402424907537),
    ("Reserved 4", 5005744977892899033),
    ("Question", 1458815389217404197),
    ("Reversed", 648431588296214833),
)
CLOZE_SCHEMA = (
    ("Question", 7946961753359358617),
    ("Text", 873991841885459587),
    ("Note", 8757925927578871431),
    ("Trap", 2981351375548100467),
    ("Tip", 4438035106683120403),
    ("Source", 6749374396928597699),
    ("Context", 6665142814248532767),
    ("Typed", 5630909954543031423),
    ("Reverse", 1861312384055763137),
    ("Status", 2089549144965906535),
    ("Report", 6411415349488201987),
    ("Key", 2166355562516601305),
    ("Reserved 1", 4928790161491019247),
    ("Reserved 2", 2112617299547659255),
    ("Reserved 3", 8165626254706790643),
    ("Reserved 4", 7472302361181499245),
    ("Cloze", 9102059926573061255),
)


def _schema(note_type: NoteType) -> tuple[tuple[str, int], ...]:
    fields = tuple((field.name, field.id) for field in note_type.fields)
    return fields + tuple((template.name, template.id) for template in note_type.templates)


# ---- the schema ----


@pytest.mark.parametrize(
    ("note_type", "schema"), [(BASIC, BASIC_SCHEMA), (CLOZE, CLOZE_SCHEMA)], ids=["basic", "cloze"]
)
def test_the_schema_never_changes(note_type: NoteType, schema: tuple[tuple[str, int], ...]) -> None:
    """Names, order and ids of fields and card templates, for ever."""
    assert _schema(note_type) == schema, FROZEN


def test_field_and_template_ids_are_distinct_and_fit_anki() -> None:
    """Anki keeps them in signed 64 bits."""
    ids = [number for note_type in BOTH for _, number in _schema(note_type)]
    assert len(set(ids)) == len(ids)
    assert all(0 < number < 2**63 for number in ids)


_IDS = [1518571919448, 1587742818639]


def test_note_type_ids_come_from_the_namespace_and_the_kind_alone() -> None:
    """Renaming the deck, or styling it, keeps them; they are pinned, for a change is a new type."""
    renamed = note_types("Other", "example", ".card { color: red }")
    assert [n.id for n in renamed] == [n.id for n in BOTH] == _IDS, FROZEN
    assert not {n.id for n in note_types("Other", "example 2")} & {n.id for n in BOTH}


@given(st.text())
def test_note_type_ids_are_milliseconds_of_the_past(namespace: str) -> None:
    """Anki renumbers an id of the future; distinct kinds have distinct ids."""
    basic, cloze = note_types("Deck", namespace)
    assert basic.id != cloze.id
    assert all(2**40 <= note_type.id < 2**40 + 2**39 for note_type in (basic, cloze))


def test_names_say_the_deck_and_the_kind() -> None:
    """Two decks of one author have note types that a learner can tell apart."""
    assert [n.name for n in BOTH] == [
        "Machine learning / Interview Basic",
        "Machine learning / Interview Cloze",
    ]


def test_styling_starts_with_the_learners_and_ends_with_the_authors() -> None:
    """CSS heeds an import only at the start; the author's rules override ours."""
    author = ".card { color: red }"
    for note_type in note_types("Deck", "example", author):
        assert note_type.styling.startswith(f'@import url("{USER_STYLING}");')
        assert note_type.styling.endswith(f"\n{author}\n")
    assert BASIC.styling == CLOZE.styling == note_types("Deck", "x", " \n")[0].styling


def test_nothing_in_the_styling_is_fetched_but_the_learners_file() -> None:
    for note_type in BOTH:
        addresses = re.findall(r"url\(([^)]*)\)|https?:", note_type.styling)
        fetched = [address for address in addresses if not address.startswith('"data:font/woff;')]
        assert fetched == [f'"{USER_STYLING}"']
        assert len(addresses) == 2


def test_the_font_in_the_styling_has_no_glyph_and_no_height() -> None:
    """It stands for MathJax_Zero: what a formula is as high as before MathJax's fonts are there.

    WOFF 1.0: each entry of the directory is tag, offset, two lengths and a checksum.
    """
    (encoded,) = re.findall(r"data:font/woff;base64,([A-Za-z0-9+/=]+)", BASIC.styling)
    font = base64.b64decode(encoded)
    assert font[:4] == b"wOFF"
    tables: dict[str, bytes] = {}
    for number in range(int.from_bytes(font[12:14], "big")):
        tag, offset, packed, length, _ = struct.unpack_from(">4sIIII", font, 44 + 20 * number)
        body = font[offset : offset + packed]
        tables[tag.decode()] = body if packed == length else zlib.decompress(body)
    ascent, descent, gap = struct.unpack_from(">hhh", tables["hhea"], 4)
    assert (ascent, descent, gap) == (0, 0, 0)
    assert struct.unpack_from(">H", tables["maxp"], 4) == (1,)
    assert struct.unpack_from(">HH", tables["OS/2"], 74) == (0, 0)  # usWinAscent, usWinDescent
    assert struct.unpack_from(">H", tables["hmtx"], 0) == (0,)


def test_a_deletion_in_a_formula_is_colored_on_its_own_card_alone() -> None:
    """Each selector names one number twice: the card's, and the deletion's."""
    pairs = re.findall(r"\.card(\d+) \.gap-(\d+)", BASIC.styling)
    assert pairs == [(str(number), str(number)) for number in range(1, 21)]


def test_the_starter_file_is_one_comment() -> None:
    """It changes nothing until the learner writes below it."""
    assert re.fullmatch(r"/\*(?:[^*]|\*(?!/))*\*/\n", user_styling().decode())


# ---- the card templates ----

_SPECIAL = {"Subdeck"}  # Anki: rslib/src/notetype/mod.rs SPECIAL_FIELDS
_TAG = re.compile(r"\{\{([#^/]?)((?:[a-z]+:)*)([^{}]+)\}\}")


def _fronts_and_backs() -> Iterator[tuple[NoteType, str]]:
    for note_type in BOTH:
        for template in note_type.templates:
            yield note_type, template.front
            yield note_type, template.back


def test_templates_use_only_fields_that_exist_and_close_what_they_open() -> None:
    for note_type, text in _fronts_and_backs():
        names = {field.name for field in note_type.fields}
        opened: list[str] = []
        for mark, _filters, name in _TAG.findall(text):
            if mark in ("#", "^"):
                opened.append(name)
            elif mark == "/":
                assert opened.pop() == name
            assert name in names | (set() if mark else _SPECIAL), name
        assert not opened
        assert "{{" not in _TAG.sub("", text)
        assert "<!--" not in text, "an include is left"


def test_every_field_but_the_reserved_ones_is_used() -> None:
    """A learner sees all that an author writes."""
    for note_type in BOTH:
        text = "".join(part for t in note_type.templates for part in (t.front, t.back))
        used = {name for _, _, name in _TAG.findall(text)}
        unused = {field.name for field in note_type.fields} - used
        expected = {f"Reserved {n}" for n in range(1, 5)}
        if note_type.kind is Kind.CLOZE:
            expected.add("Reverse")
        assert unused == expected


def test_templates_run_no_script() -> None:
    for _, text in _fronts_and_backs():
        assert not re.search(r"<script|\bon\w+=|javascript:", text, re.IGNORECASE)


# ---- real Anki ----


@pytest.fixture(scope="module")
def collection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Collection]:
    col = new_collection(tmp_path_factory.mktemp("notetype"))
    yield col
    col.close()


@pytest.fixture(scope="module")
def basic(collection: Collection) -> NotetypeId:
    return add_note_type(collection, BASIC)


@pytest.fixture(scope="module")
def cloze(collection: Collection) -> NotetypeId:
    return add_note_type(collection, CLOZE)


def _assert_cards_are_ours(
    col: Collection, note_type: NotetypeId, fields: Mapping[str, str]
) -> None:
    """Anki makes the cards that `basic_ordinals` says, and each of their sides shows something."""
    note = add_note(col, note_type, fields)
    try:
        expected = basic_ordinals(fields)
        assert ordinals(note) == expected
        for card in note.cards():
            if card.ord in expected:
                assert 'class="deckgen' in card.question()
                assert 'class="deckgen' in card.answer()
            else:
                assert "The front of this card is blank" in card.question()
    finally:
        col.remove_notes([note.id])


CONTENTS = ("", " ", "<br>", "<DIV> <br /></div>\n", "&nbsp;", "\u00a0", "0", "<p></p>", r"\(x\)")


@pytest.mark.parametrize("filled", list(product(CONTENTS, repeat=2)), ids=str)
def test_basic_cards_are_anki_s(
    collection: Collection, basic: NotetypeId, filled: tuple[str, str]
) -> None:
    """Every pair of contents that might count as empty, as question and as reversed answer."""
    question, answer = filled
    others = {"Context": "c", "Typed": "t", "Status": "s", "Note": "n", "Report": "r", "Key": "k"}
    _assert_cards_are_ours(collection, basic, {"Question": question, "Reverse": answer})
    _assert_cards_are_ours(
        collection, basic, {"Question": question, "Answer": answer, "Reverse": "1", **others}
    )
    _assert_cards_are_ours(collection, basic, {"Answer": question, "Reverse": answer, **others})


_PIECES = st.lists(
    st.sampled_from(
        (
            *("", " ", "\t", "\n", "\f", "\v", "\u2003", "\u0085", "x", "<", "0", "<p>"),
            *("<br>", "</br>", "<br/>", "<br />", "<br  >", "<BR>"),
            *("<div>", "</div>", "<Div/>", "<div class=a>"),
        )
    ),
    max_size=4,
).map("".join)


@given(st.dictionaries(st.sampled_from([f.name for f in BASIC.fields[:12]]), _PIECES))
@settings(max_examples=300, deadline=None)
def test_basic_cards_are_anki_s_for_any_fields(
    collection: Collection, basic: NotetypeId, fields: dict[str, str]
) -> None:
    _assert_cards_are_ours(collection, basic, fields)


def test_without_content_no_card() -> None:
    assert basic_ordinals({}) == ()
    assert basic_ordinals({"Reverse": "1"}) == ()
    assert basic_ordinals({"Question": "Why?", "Answer": "So.", "Reverse": "1"}) == (0, 1)


def test_anki_keeps_our_ids_and_names(
    collection: Collection, basic: NotetypeId, cloze: NotetypeId
) -> None:
    """What a package brings is what the learner's collection holds."""
    for note_type, real_id in ((BASIC, basic), (CLOZE, cloze)):
        real = collection.models.get(real_id)
        assert real is not None
        parts = [*real["flds"], *real["tmpls"]]
        assert tuple((part["name"], part["id"]) for part in parts) == _schema(note_type)
        assert real["css"] == note_type.styling
        assert real["sortf"] == 0


def test_a_filled_basic_note_shows_each_field_once_and_only_on_its_side(
    collection: Collection, basic: NotetypeId
) -> None:
    """Front: status, context, question, input. Back: these and all the rest."""
    fields = {f.name: f"«{f.name}»" for f in BASIC.fields}
    forward, reversed_ = add_note(collection, basic, fields).cards()
    front = {"Status", "Context", "Question"}
    back = front | {"Answer", "Note", "Trap", "Tip", "Source", "Report", "Key"}
    assert _shown(forward.question()) == front
    assert _shown(forward.answer()) == back
    assert forward.question().count("[[type:Typed]]") == 1
    assert forward.answer().count("[[type:Typed]]") == 1
    assert _shown(reversed_.question()) == {"Status", "Context", "Answer"}
    assert _shown(reversed_.answer()) == back
    assert "[[type:" not in reversed_.question() + reversed_.answer()


def test_a_filled_cloze_note_shows_each_field_once_and_only_on_its_side(
    collection: Collection, cloze: NotetypeId
) -> None:
    fields = {f.name: f"«{f.name}»" for f in CLOZE.fields}
    fields["Text"] = "{{c1::one::a hint}} and {{c2::«Text»}}"
    first, second = add_note(collection, cloze, fields).cards()
    assert (first.ord, second.ord) == (0, 1)
    assert _shown(first.question()) == {"Status", "Context", "Question", "Text"}
    assert _shown(second.question()) == {"Status", "Context", "Question"}
    back = {f.name for f in CLOZE.fields[:12]} - {"Typed", "Reverse"}
    assert _shown(first.answer()) == _shown(second.answer()) == back
    assert "[a hint]" in first.question()
    for card in (first, second):
        assert card.question().count("[[type:cloze:Text]]") == 1
        assert card.answer().count("[[type:cloze:Text]]") == 1


@pytest.mark.parametrize("name", [field.name for field in CLOZE.fields])
def test_a_cloze_deletion_in_any_field_makes_a_card(
    collection: Collection, cloze: NotetypeId, name: str
) -> None:
    """Also in fields that no template shows through `cloze:`, so nothing but Text may hold one.

    Anki: rslib/src/notetype/cardgen.rs new_cards_required_cloze
    """
    fields = dict.fromkeys(("Text", name), "")
    fields["Text"] = "{{c1::one}}"
    fields[name] += "{{c2::two}}"
    note = add_note(collection, cloze, fields)
    assert [card.ord for card in note.cards()] == [0, 1]


def test_empty_fields_leave_no_trace(
    collection: Collection, basic: NotetypeId, cloze: NotetypeId
) -> None:
    """No empty block, banner, input or link."""
    notes = (
        add_note(collection, basic, {"Question": "Why?", "Answer": "So.", "Reverse": "1"}),
        add_note(collection, cloze, {"Text": "{{c1::so}}"}),
    )
    for card in (card for note in notes for card in note.cards()):
        for html in (card.question(), card.answer()):
            page = html.split("</style>")[1]
            blocks = r'class="(status|context|typed|callout \w+|source|report|key)"'
            assert not re.findall(blocks, page)
            assert "[[type:" not in html


def test_the_report_link_is_the_fields_text(collection: Collection, basic: NotetypeId) -> None:
    """The field comes escaped, and is not escaped twice."""
    url = "https://example.org/new?title=a&amp;body=b"
    note = add_note(collection, basic, {"Question": "Why?", "Report": url})
    assert f'<a href="{url}">Report a mistake</a>' in note.cards()[0].answer()


def test_reverse_filled_later_adds_the_card(collection: Collection, basic: NotetypeId) -> None:
    """So an author can decide after the first release."""
    note = add_note(collection, basic, {"Question": "Why?", "Answer": "So."})
    assert ordinals(note) == (0,)
    note["Reverse"] = "1"
    collection.update_note(note)
    assert ordinals(note) == (0, 1)


def test_a_collection_with_our_notes_is_sound(tmp_path: Path) -> None:
    col = new_collection(tmp_path)
    add_note(col, add_note_type(col, BASIC), {"Question": "Why?", "Answer": "So.", "Reverse": "1"})
    add_note(col, add_note_type(col, CLOZE), {"Question": "What", "Text": "{{c1::so}}"})
    problems, sound = col.fix_integrity()
    col.close()
    assert sound, problems


def _shown(html: str) -> set[str]:
    """Names of the fields whose text «name» stands in the page, each just once."""
    found = re.findall("«(.+?)»", html.split("</style>")[1])
    assert len(found) == len(set(found)), found
    return set(found)


# ---- colors ----

_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_VARIABLE = re.compile(r"--([\w-]+):\s*(?:var\(--[\w-]+,\s*)?(#[0-9a-f]{6})\)?;")


def _colors(night: bool) -> dict[str, str]:
    """Our color variables as the theme defines them."""
    sheet = re.sub(r"/\*.*?\*/", "", BASIC.styling, flags=re.DOTALL)
    sheet = re.sub(r"@import[^;]*;", "", sheet)
    colors: dict[str, str] = {}
    for selector, body in _RULE.findall(sheet):
        names = {name.strip() for name in selector.split(",")}
        if names == {".card"} or (night and names == {".card.nightMode", ".card.night_mode"}):
            colors.update(_VARIABLE.findall(body))
    assert len(colors) > 25
    return colors


def _contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two #rrggbb colors, 1 to 21."""

    def luminance(color: str) -> float:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


# Pages behind the card: ours, then what clients put there (desktop, AnkiDroid dark and black).
_PAPERS = {False: ("#ffffff",), True: ("#26282b", "#2c2c2c", "#303030", "#000000")}
_TEXT_ON = {
    "note": ("ink", "quiet", "accent", "note-label"),
    "trap": ("ink", "quiet", "accent", "trap-label"),
    "tip": ("ink", "quiet", "accent", "tip-label"),
    "gap": ("accent",),
    "status": ("status-ink",),
    "good": ("code-ink",),
    "bad": ("code-ink",),
    "missed": ("code-ink",),
    "code": (
        *("code-ink", "code-comment", "code-keyword", "code-name", "code-type"),
        *("code-text", "code-number", "code-wrong", "accent"),
    ),
}


@pytest.mark.parametrize("night", [False, True], ids=["light", "night"])
def test_text_has_contrast(night: bool) -> None:
    """At least 4.5:1 (WCAG 2.2 AA) for all text on every ground that it can stand on."""
    colors = _colors(night)
    assert colors["paper"] in _PAPERS[night]
    pairs = [
        (name, colors[name], paper)
        for name in ("ink", "quiet", "accent")
        for paper in _PAPERS[night]
    ]
    pairs += [(name, colors[name], colors[on]) for on, names in _TEXT_ON.items() for name in names]
    faint = [
        (name, on, round(_contrast(color, on), 2))
        for name, color, on in pairs
        if _contrast(color, on) < 4.5
    ]
    assert not faint


def test_the_themes_define_the_same_colors() -> None:
    assert _colors(night=False).keys() == _colors(night=True).keys()
    assert all(
        _colors(night=False)[name] != _colors(night=True)[name] for name in _colors(night=True)
    )


# Left in the code's own color on purpose: plain names, operators, punctuation, blanks.
_PLAIN = {
    *("", "w", "esc", "x", "n", "nn", "nv", "vc", "vg", "vi", "vm"),
    *("l", "o", "p", "pm", "g", "ges"),
}


def test_every_sort_of_code_has_a_color_or_is_plain_on_purpose() -> None:
    """All of Pygments' short class names; a new one in a later Pygments shows up here."""
    colored = set(re.findall(r"\.highlight \.(\w+)", BASIC.styling))
    assert set(STANDARD_TYPES.values()) - colored == _PLAIN
    assert colored <= set(STANDARD_TYPES.values())
