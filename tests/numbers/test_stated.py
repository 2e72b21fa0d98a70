"""The evidence: each test belongs to a note, and reads the number from it."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from stated import Stated, listed, plain, questions, stated

SECTIONS = sorted(path.stem for path in Path(__file__).parent.glob("test_[0-9]*.py"))


@pytest.mark.parametrize("section", SECTIONS)
def test_each_note_named_exists_and_has_its_test(section: str) -> None:
    """`NOTES` are ids of the section's file, each with the test of its name, and no test more."""
    module = import_module(section)
    number = section.split("_")[1]
    for key in module.NOTES:
        assert questions()[key].span.path.startswith(number), key
    tests = {name for name in vars(module) if name.startswith("test_")}
    assert tests == {"test_" + key.replace("-", "_") for key in module.NOTES}
    assert len(tests) == len(module.NOTES)


def test_a_number_stands_for_what_rounds_to_it() -> None:
    """To as many digits as the note gives, and no further."""
    assert Stated("0.82").rounds(0.8181)
    assert not Stated("0.82").rounds(0.8149)
    assert Stated("16").rounds(0.1624, 100)
    assert Stated("30,400") == 30400
    assert Stated("20").is_about(20.9)
    assert not Stated("20").is_about(21.1)


def test_marks_of_the_format_do_not_count() -> None:
    """Clozes, callouts, emphasis, dollar signs and the width of spaces may change."""
    quoted = "> [!NOTE]\n> **About** $-3{,}000$ by\n> {{c1::$\\tfrac{1}{n}$}}"
    assert plain(quoted).strip() == "About -3,000 by \\frac{1}{n}"
    assert plain("{{c2::D_{\\mathrm{KL}}(p)}} }}") == "D_{\\mathrm{KL}}(p)}}"


def test_a_note_that_changes_fails_its_test() -> None:
    """Other words are no match, and a number is read whole, with its sign."""
    (whole,) = stated("accuracy", "With #% positives")
    assert whole == 1
    with pytest.raises(AssertionError, match="accuracy no longer says"):
        stated("accuracy", "With #% negatives")
    assert stated("logreg-loss", "$z=#$")[0] == -6
    assert listed("mean-vs-median", "Data #…#: mean") == (1, 2, 2, 3, 12)
