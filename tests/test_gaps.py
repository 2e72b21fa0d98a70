"""The class around a cloze deletion in a formula: it is there where it changes nothing else."""

from __future__ import annotations

import pytest
from properties.desk import Desk

from deckgen.build import Built

HEAD = "## Question?\n<!-- id: one -->\n\n"


def field(desk: Desk, formula: str) -> str:
    built: Built = desk.build(f"{HEAD}$${formula}$$\n")
    assert not built.diagnostics
    return built.notes[0].fields[1]


@pytest.mark.parametrize(
    ("formula", "gaps"),
    [
        (r"a = {{c1::b}} + c", 1),
        (r"a {{c1::+}} b", 1),
        (r"\frac{ {{c1::a + b}} }{ {{c2::c::below}} }", 2),
        (r"\sqrt[3]{ {{c1::x}} }", 1),
        (r"\begin{pmatrix} {{c1::a}} & b \\ c & {{c2::d}} \end{pmatrix}", 2),
        (r"{{c1::\left( X^\top X + \lambda I \right)^{-1} }} X^\top y", 1),
        (r"\sum_{ {{c1::i=1}} }^{ {{c2::n}} } x_i", 2),
        (r"{{c1::a + {{c2::b}} }} = c", 2),
        (r"c_t = {{c1::f_t \odot c_{t-1} }} + {{c2::i_t}}", 2),
    ],
)
def test_a_deletion_is_in_a_class_of_its_number(desk: Desk, formula: str, gaps: int) -> None:
    """So that the styling can show which blank is asked for."""
    assert field(desk, formula).count(r"\class{gap-") == gaps


@pytest.mark.parametrize(
    "formula",
    [
        r"\begin{matrix} a {{c1::& b}} \end{matrix}",
        r"x{{c1::^2}}",
        r"{{c1::a + b}}^2",
        r"{{c1::a \over b}} + c",
    ],
)
def test_no_class_where_it_would_change_the_formula(desk: Desk, formula: str) -> None:
    """The formula stays as it is written, without a word."""
    assert r"\class" not in field(desk, formula)
