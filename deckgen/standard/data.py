"""What a deck says about its subject, `standard.yaml`: its terms, confusable pairs and symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass

from deckgen.diagnostic import Diagnostic, Span
from deckgen.mapping import Listing, Mapping, Node, Reader, Scalar, parse
from deckgen.passage import Passage

NAME = "standard.yaml"
KEYS = ("terms", "pairs", "symbols")
PAIR_KEYS = ("one", "other", "note")
HINT = "write `- {one: precision, other: recall}`"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two things that learners confuse: names of each, and the id of the note that sets them
    apart, empty if any note that is tagged as a contrast and names both may do it."""

    one: tuple[str, ...]
    other: tuple[str, ...]
    note: str
    span: Span


@dataclass(frozen=True, slots=True)
class Symbol:
    """A letter of formulas, as TeX, and the words for what it may stand for."""

    tex: str
    meanings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Data:
    """What `standard.yaml` holds; all of it is empty if there is no such file."""

    terms: tuple[str, ...] = ()
    pairs: tuple[Pair, ...] = ()
    symbols: tuple[Symbol, ...] = ()


def read_data(text: str) -> tuple[Data, tuple[Diagnostic, ...]]:
    """What the text of `standard.yaml` says, and what is wrong with it."""
    mapping, found = parse(Passage(text, NAME, ((0, 0),)))
    reader = Reader(mapping, KEYS, NAME)
    terms = tuple(scalar.text for scalar in reader.texts("terms"))
    pairs: list[Pair] = []
    listed = reader.node("pairs")
    for node in listed.nodes if isinstance(listed, Listing) else ():
        pairs += _pair(node, reader)
    if listed is not None and not isinstance(listed, Listing):
        reader.fault(listed.span, "`pairs` must be a list", HINT)
    symbols = [
        Symbol(tex.text, _texts(node, reader))
        for tex, node in (reader.mapping("symbols") or Mapping((), reader.span)).entries
    ]
    data = Data(terms, tuple(pairs), tuple(symbols))
    return data, (*found, *reader.diagnostics)


def _pair(node: Node, outer: Reader) -> list[Pair]:
    if not isinstance(node, Mapping):
        outer.fault(node.span, "a pair must be a mapping", HINT)
        return []
    reader = Reader(node, PAIR_KEYS, "a pair")
    one, other = (tuple(s.text for s in reader.texts(key)) for key in ("one", "other"))
    if not (one and other):
        reader.fault(node.span, "a pair names `one` and the `other`", HINT)
    outer.diagnostics += reader.diagnostics
    return [Pair(one, other, reader.text("note"), node.span)] if one and other else []


def _texts(node: Node, reader: Reader) -> tuple[str, ...]:
    if isinstance(node, Scalar):
        return (node.text,)
    if isinstance(node, Listing):
        return tuple(entry.text for entry in node.nodes if isinstance(entry, Scalar))
    reader.fault(node.span, "a symbol's meanings must be a list", "write `n: [samples]`")
    return ()


def names(terms: tuple[str, ...]) -> re.Pattern[str] | None:
    """A pattern that finds any of the terms as whole words, also in the plural; None for none.

    It is for texts with the TeX of formulas in place, without dollars.
    """
    if not terms:
        return None
    longest_first = sorted((term.replace("$", "") for term in terms), key=len, reverse=True)
    spaced = (re.escape(term).replace(r"\ ", r"[\s-]+") for term in longest_first)
    return re.compile(rf"(?<!\w)(?:{'|'.join(spaced)})(?:s|es|['’]s?)?(?!\w)", re.IGNORECASE)
