"""All rules on one deck: what it adopts, changes and allows."""

from __future__ import annotations

import inspect

import pytest
from desk_of_cards import ADOPTED, DECK, WORKS, book, card, codes, follow_up

from deckgen.config import read_config
from deckgen.diagnostic import Diagnostic, Severity, Span
from deckgen.question import parse_file
from deckgen.source import Source
from deckgen.standard import across, answers, claims, clozes, prompts
from deckgen.standard.digest import digest
from deckgen.standard.explanation import explain
from deckgen.standard.judge import judge
from deckgen.standard.rule import code, needs_words, reason, settings
from deckgen.standard.rules import CHECKS, STANDARD
from deckgen.standard.thresholds import read_changes

YES_NO = follow_up("Is the loss of trees convex?", more="sources: [isl §1]")


def severities(deck: str) -> dict[str, str]:
    return {d.code: d.severity.value for d in judge(book(YES_NO, deck=deck))}


def test_the_list_is_the_documentation() -> None:
    """Each rule of the modules stands in the list once, says why, and has twenty articles."""
    written = [
        value
        for module in (prompts, answers, clozes, claims, across)
        for name, value in vars(module).items()
        if inspect.isfunction(value) and value.__module__ == module.__name__
        if not name.startswith("_") and "Finding" in str(value.__annotations__.get("return"))
    ]
    listed = [check for article in STANDARD for check in article.checks]
    assert sorted(map(code, written)) == sorted(map(code, listed))
    assert len(STANDARD) == 20
    assert all(article.checks or article.review for article in STANDARD)
    for check in listed:
        assert reason(check)
        assert len(reason(check).split("\n\n")) >= 1
        assert all(isinstance(value, (int, tuple)) for value in settings(check).values())


def test_errors_are_only_errors_of_a_deck_that_adopts_the_rules() -> None:
    """Else they are advice, and `none` is silence."""
    assert severities(ADOPTED)["prompt-yes-no"] == "error"
    assert severities(DECK)["prompt-yes-no"] == "warning"
    assert severities(DECK + "rules: none\n") == {}
    assert severities(DECK + "rules:\n  prompt-length: {most: 9}\n")["prompt-yes-no"] == "error"


@pytest.mark.parametrize("written", ["yes", "[a]", "true", '""'])
def test_what_rules_cannot_say(written: str) -> None:
    """Is a fault of deck.yaml."""
    _, faults = read_config(Source("deck.yaml", f"{DECK}rules: {written}\n"))
    assert [fault.code for fault in faults] == ["value-invalid"]


def changes(text: str) -> list[tuple[str, str]]:
    config, faults = read_config(Source("deck.yaml", f"{DECK}rules:\n  {text}\n"))
    assert faults == ()
    return [(d.code, d.hint) for d in read_changes(config.rules).diagnostics]


def test_faulty_settings_are_told() -> None:
    """With what to write."""
    assert changes("filer: {off: no}") == [("rule-unknown", "did you mean `filler`?")]
    assert changes("prompt-length: {moost: 9}") == [("key-unknown", "did you mean `most`?")]
    assert changes("prompt-length: {most: nine}") == [("value-invalid", "the default is 20")]
    assert changes("prompt-length: 9") == [("value-invalid", "write `prompt-length: {fewest: 3}`")]
    for empty in ("''", "true", "false"):
        ((told, hint),) = changes(f"filler: {{off: {empty}}}")
        assert told == "value-invalid"
        assert "why" in hint


def test_a_rule_that_is_switched_off() -> None:
    """With a reason, for the whole deck."""
    deck = DECK + "rules:\n  prompt-yes-no: {off: this deck is a quiz}\n"
    assert "prompt-yes-no" not in severities(deck)


def test_a_threshold_that_is_changed() -> None:
    """By its name in deck.yaml."""
    deck = DECK + "rules:\n  answer-length: {warn: 1, spoken-warn: 1}\n"
    found = judge(book(YES_NO, deck=deck))
    assert [d.code for d in found].count("answer-length") == 2


def test_tags_that_are_changed() -> None:
    """A setting may be a list."""
    deck = DECK + "rules:\n  why-or-when: {of: [core], tags: [why]}\n"
    text = card("What is it?", more="tags: [core]") + card("How?", key="b", level=3)
    why = card("Why is it?", key="c", more="tags: [why]")
    assert "why-or-when" in codes(book(text, why, deck=deck))
    assert "why-or-when" not in codes(book(text, why))


def test_a_note_that_is_allowed_to_break_a_rule() -> None:
    """With a reason."""
    allow = 'allow: {prompt-yes-no: "the answer is the point"}'
    allowed = YES_NO.replace("sources:", f"{allow}\nsources:")
    assert "prompt-yes-no" in codes(book(YES_NO))
    assert "prompt-yes-no" not in codes(book(allowed))
    assert "allow-idle" not in codes(book(allowed))


def test_a_permission_that_nobody_needs() -> None:
    """Is told, also if the rule is off; an unknown code as well."""
    allowed = card("What is one?", more="sources: [isl §1]\nallow: {filler: because}")
    assert codes(book(allowed)) == ["allow-idle"]
    unknown = allowed.replace("filler", "fillet")
    (found,) = judge(book(unknown))
    assert (found.code, found.hint) == ("rule-unknown", "did you mean `filler`?")


@pytest.mark.parametrize("reason", ["''", "true", "", "[a]"])
def test_a_permission_without_a_reason(reason: str) -> None:
    """Is a fault of the note."""
    config, _ = read_config(Source("deck.yaml", ADOPTED))
    source = Source("a.md", card("What is one?", more=f"allow: {{filler: {reason}}}"))
    parsed = parse_file(source, config, WORKS)
    assert [d.code for d in parsed.diagnostics] == ["value-invalid"]
    assert parsed.questions[0].allowances == ()


def test_every_rule_can_be_explained() -> None:
    """What it asks for, its settings, and both switches."""
    for name, check in CHECKS.items():
        told = explain(name)
        assert told.startswith(f"{name} · rule ")
        assert f'allow: {{{name}: "' in told
        assert all(f"{key}: " in told for key in settings(check))
        assert ("English" in told) is needs_words(check)


def finding(name: str, place: int) -> Diagnostic:
    return Diagnostic(Span("a.md", place, place), name, "m", "h", Severity.WARNING)


def test_advice_is_short() -> None:
    """Two examples of a rule, one of a rule that every second note breaks, and the counts."""
    findings = [finding("one", n) for n in range(60)] + [finding("two", n) for n in range(10)]
    told = digest(findings, notes=100, adopted=False)
    assert [d.code for d in told.shown] == ["one", "two", "two"]
    assert told.verdict.startswith("advice on cards: one 60, two 10; 67 of them not shown\n")
    assert "`rules: none` ends advice" in told.verdict


def test_the_rules_of_a_deck_are_told_in_full() -> None:
    """All findings, and how many are errors."""
    findings = [finding("one", n) for n in range(60)]
    told = digest(findings, notes=100, adopted=True)
    assert len(told.shown) == 60
    assert told.verdict.startswith("rules for cards: 60 warnings (one 60)\n")
    assert digest([], 0, True).verdict == ""
