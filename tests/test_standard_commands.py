"""The commands about cards as people use them: check and its rules, stats, coverage, index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from shell import DECK, Folder, assert_told

TOPIC = """# Topic

## What is ridge regression?
<!-- {id: ridge, sources: [isl §6]} -->

Least squares with a penalty.

### Is it biased?
<!-- {id: biased} -->

Yes.
"""
SOURCES = "isl: An Introduction to Statistical Learning\n"


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """A deck that breaks some rules for cards and says nothing about them."""
    folder = Folder(tmp_path)
    folder.write("topic.md", TOPIC)
    folder.write("sources.yaml", SOURCES)
    return folder


def adopted(folder: Folder, rules: str = "standard") -> Folder:
    folder.write("deck.yaml", f"{DECK}rules: {rules}\n")
    return folder


def test_the_rules_are_advice(folder: Folder) -> None:
    """With examples, numbers and a way out; the exit code is 0."""
    ran = folder.run("check")
    assert ran.code == 0
    assert "content/topic.md:8:1: warning: prompt-yes-no: `Is …?` can be answered" in ran.err
    assert "     8 | ### Is it biased?\n" in ran.err
    assert "advice on cards: prompt-yes-no 1, prompt-pronoun 1\n" in ran.err
    assert "`rules: none` ends advice" in ran.err
    assert ran.out.startswith("Small: 2 notes")


def test_quiet_leaves_advice_out(folder: Folder) -> None:
    """It is neither an error nor a warning of this deck."""
    ran = folder.run("check", "-q")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_advice_waits_until_the_deck_can_be_built(folder: Folder) -> None:
    """First what is wrong."""
    folder.write("topic.md", TOPIC.replace("penalty", r"$\penalty$"))
    ran = folder.run("check")
    assert_told(ran, 1, "formula-undefined", "1 error: no package can be built")
    assert "advice" not in ran.err


def test_the_rules_of_a_deck(folder: Folder) -> None:
    """Their errors fail the check, also in quiet, and the package can be built all the same."""
    ran = adopted(folder).run("check", "-q")
    assert_told(ran, 1, "topic.md:8:1: prompt-yes-no: ", "rules for cards: 2 errors")
    assert "no package can be built" not in ran.err
    assert folder.run("build").code == 0


def test_warnings_of_the_rules_fail_nothing(folder: Folder) -> None:
    """As everywhere."""
    folder.write("topic.md", TOPIC.replace("Is it biased", "How biased").replace("Yes", "Much"))
    ran = adopted(folder).run("check")
    assert_told(ran, 0, "warning: prompt-length: ", "rules for cards: 1 warning (prompt-length 1)")


def test_a_deck_that_wants_no_rules(folder: Folder) -> None:
    """Hears nothing of them."""
    ran = adopted(folder, "none").run("check")
    assert (ran.code, ran.err) == (0, "")


def test_faults_of_the_settings_stand_at_their_place(folder: Folder) -> None:
    """In deck.yaml and standard.yaml, with the line."""
    adopted(folder, "\n  prompt-lenth: {most: 9}")
    folder.write("standard.yaml", "term: [a]\n")
    ran = folder.run("check")
    assert_told(ran, 1, "content/deck.yaml:4:3: rule-unknown", "     4 |   prompt-lenth: {most: 9}")
    assert_told(ran, 1, "content/standard.yaml:1:1: key-unknown: unknown key `term`")


def test_json_tells_rules_from_advice(folder: Folder) -> None:
    """What a deck adopted counts among its diagnostics."""
    advised = json.loads(folder.run("check", "--format", "json").out)
    assert advised["diagnostics"] == []
    assert {entry["code"] for entry in advised["advice"]} == {"prompt-yes-no", "prompt-pronoun"}
    assert advised["summary"]["warnings"] == 0
    ran = adopted(folder).run("check", "--format", "json")
    told = json.loads(ran.out)
    assert ran.code == 1
    assert "advice" not in told
    assert [entry["line"] for entry in told["diagnostics"]] == [8, 8]
    assert told["summary"]["errors"] == 2


def test_a_rule_explained(tmp_path: Path) -> None:
    """Anywhere, without a deck; an unknown one lists those that there are."""
    nowhere = Folder(tmp_path)
    (nowhere.content / "deck.yaml").unlink()
    ran = nowhere.run("check", "--explain", "prompt-yes-no")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("prompt-yes-no · rule 2: No yes/no questions\n\nA prompt is no")
    assert_told(nowhere.run("check", "--explain", "prompt"), 2, "no rule `prompt`", "prompt-topic")


def test_many_small_cards_do_not_drown_their_author(tmp_path: Path) -> None:
    """Vocabulary breaks a rule or two on every card: one example of each, and the number."""
    folder = Folder(tmp_path)
    words = (f"## Wort {n}\n<!-- id: w{n} -->\nword {n}\n\n" for n in range(5_000))
    folder.write("words.md", "# Words\n\n" + "".join(words))
    ran = folder.run("check", "--no-cache", seconds=120)
    assert_told(ran, 0, "prompt-mark 5,000", "4,999 of them not shown")
    assert len(ran.err.splitlines()) < 12


def test_stats_of_any_deck(folder: Folder) -> None:
    """Numbers, without targets if the deck has none."""
    ran = folder.run("stats")
    assert (ran.code, ran.err) == (0, "")
    assert "2 notes (2 basic, 0 cloze), 2 cards" in ran.out
    assert "with the place in a source" in ran.out
    assert "✓" not in ran.out
    assert "✓ at least 95%" in adopted(folder).run("stats").out


def test_stats_are_plotted(folder: Folder) -> None:
    """Within the terminal's width, however narrow."""
    for width in ("40", "100"):
        ran = folder.run("stats", "--plot", COLUMNS=width)
        assert "Words in an answer" in ran.out
        assert "Notes by deck" in ran.out
        assert "█" in ran.out
        assert max(map(len, ran.out.splitlines())) <= int(width)


def test_stats_for_machines(folder: Folder) -> None:
    """One object: all of it, each deck, tags, targets."""
    told = json.loads(folder.run("stats", "--format", "json").out)
    assert set(told) == {"total", "sections", "tags", "pairs", "contrasted", "targets"}
    assert told["total"]["follow_up_words"]["median"] == 1
    assert [section["name"] for section in told["sections"]] == ["Topic"]
    assert {"name", "at_most", "bound", "value", "met"} == set(told["targets"][0])


TOPICS = "sections:\n  - title: T\n    questions:\n      - {id: ridge, question: Ridge?, prio: 1}\n"


def test_coverage_is_printed_or_written(folder: Folder) -> None:
    """With links as seen from the page."""
    folder.write("topics.yaml", TOPICS)
    link = "topic.md#what-is-ridge-regression"
    assert f"| 1 | Ridge? | [ridge]({link}) + 1 |" in folder.run("coverage").out
    ran = folder.run("coverage", "-o", "docs/coverage.md")
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    page = (folder.root / "docs" / "coverage.md").read_text("utf-8")
    assert f"[ridge](../content/{link})" in page


def test_a_map_that_is_missing_or_faulty(folder: Folder) -> None:
    """Is told, and nothing is written."""
    assert_told(folder.run("coverage"), 2, "cannot read content/topics.yaml")
    folder.write("topics.yaml", TOPICS.replace("prio", "priority"))
    before = folder.files()
    assert_told(folder.run("coverage", "-o", "page.md"), 1, "topics.yaml:4:39: key-unknown")
    assert folder.files() == before


def test_the_index_is_written(folder: Folder) -> None:
    """Into a new README.md, and then only between its marks."""
    assert folder.run("index").code == 0
    readme = folder.content / "README.md"
    written = readme.read_text("utf-8")
    assert "| [Topic](topic.md) | 1 | 1 | 2 |" in written
    readme.write_text("Before.\n\n" + written.replace("| 2 |", "| 9 |") + "\nAfter.\n", "utf-8")
    assert folder.run("index").code == 0
    assert readme.read_text("utf-8") == f"Before.\n\n{written}\nAfter.\n"
    readme.write_text("Mine.\n", "utf-8")
    assert_told(folder.run("index"), 2, "no place for the index in content/README.md")
    assert readme.read_text("utf-8") == "Mine.\n"
