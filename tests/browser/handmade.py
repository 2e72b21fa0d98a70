"""Cards written by hand in the HTML that the renderer makes: one of each sort, and hard ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from anki.collection import Collection
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name

from deckgen.notetype import USER_STYLING, Kind, note_types, user_styling

from .real_anki import add_note, add_note_type, new_collection


@dataclass(frozen=True, slots=True)
class HandmadeNote:
    kind: Kind
    fields: Mapping[str, str]
    deck: str = "Machine learning interview::07 Linear, kernel and instance methods"


def code(language: str, text: str) -> str:
    """A fenced code block as the renderer writes it."""
    lexer = get_lexer_by_name(language)
    inner = highlight(text, lexer, HtmlFormatter(nowrap=True)).rstrip("\n")
    return f'<pre class="highlight"><code class="language-{language}">{inner}\n</code></pre>'


def table(*rows: tuple[str, ...]) -> str:
    head, *body = (
        "".join(f"<{tag}>{cell}</{tag}>" for cell in row)
        for tag, row in zip(["th"] + ["td"] * len(rows), rows, strict=False)
    )
    lines = "".join(f"<tr>{row}</tr>" for row in body)
    return (
        f'<div class="table-scroll"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{lines}</tbody></table></div>"
    )


_SOURCE = (
    '<a href="https://www.statlearning.com/">James et al., <em>An Introduction to Statistical '
    "Learning</em>, 2nd edition</a>, §6.2.1"
)
_REPORT = "https://github.com/example/deck/issues/new?title=ridge-why&amp;labels=card"
_RIDGE_CODE = '''\
from sklearn.linear_model import Ridge

class Shrink:
    """Fits a ridge regression."""
    def __init__(self, alpha=1.0):
        self.model = Ridge(alpha=alpha)

    @property
    def size(self):  # Euclidean norm of w
        return sum(self.model.coef_ ** 2) ** 0.5

print(f"norm: {Shrink(0.5)!r}")
'''

HANDMADE = (
    HandmadeNote(
        Kind.BASIC,
        {
            "Key": "ridge-why",
            "Question": "Why does ridge regression shrink coefficients but set none to zero?",
            "Answer": "<p>The penalty's gradient <strong>vanishes with the coefficient</strong>, "
            r"so the pull toward zero fades before it arrives: \(\partial_{w_j}\lambda w_j^2 = "
            r"2\lambda w_j\). The solution in closed form is</p><p>\[\hat w = "
            r"\left(X^\top X + \lambda I\right)^{-1} X^\top y\]</p>"
            f"{code('python', _RIDGE_CODE)}<p>Set <code>alpha</code> by cross-validation.</p>",
            "Note": r"<p>With an orthonormal design every coefficient is divided by "
            r"\(1 + \lambda\).</p>",
            "Trap": "<p>Scale the features first: the penalty sees their <em>units</em>.</p>",
            "Tip": "<p>Ridge: <strong>r</strong>ubber band, lasso: <strong>l</strong>edge.</p>",
            "Source": _SOURCE,
            "Report": _REPORT,
        },
    ),
    HandmadeNote(
        Kind.CLOZE,
        {
            "Key": "lstm-gates",
            "Question": "LSTM gates: what each one controls",
            "Text": "<ul><li><strong>Forget gate</strong>: {{c1::how much of the old cell state is "
            r"kept}}</li><li><strong>Input gate</strong>: {{c2::how much of the candidate \(\tilde "
            r"c_t\) is written::an amount}}</li><li><strong>Output gate</strong>: {{c3::how much "
            r"of the cell is exposed}} as \(h_t\)</li></ul><p>\[c_t = "
            r"\class{gap-1}{{{c1::f_t \odot c_{t-1} }}} + "
            r"\class{gap-2}{{{c2::i_t \odot \tilde c_t}}}\]</p>"
            + code("python", "c = f * c + i * g\nh = o * tanh(c)").replace(
                '<span class="n">tanh</span>', '{{c3::<span class="n">tanh</span>}}'
            ),
            "Context": "How does an LSTM mitigate the vanishing-gradient problem?",
            "Note": "<p>All three are sigmoids of the same inputs.</p>",
            "Source": _SOURCE,
            "Report": _REPORT,
        },
        "Machine learning interview::11 Vision and sequences",
    ),
    HandmadeNote(
        Kind.BASIC,
        {
            "Key": "pandas-dropna",
            "Question": "Which pandas call removes the rows whose <code>age</code> is missing?",
            "Answer": code("python", 'df = df.dropna(subset=["age"])'),
            "Typed": 'df.dropna(subset=["age"])',
            "Source": _SOURCE,
        },
    ),
    HandmadeNote(
        Kind.CLOZE,
        {
            "Key": "mar-typed",
            "Question": "Missingness that depends only on observed values",
            "Text": "<p>It is called {{c1::missing at random::three words}} (MAR).</p>",
            "Typed": "1",
        },
    ),
    HandmadeNote(
        Kind.BASIC,
        {
            "Key": "recall",
            "Question": r"What is recall?",
            "Answer": r"<p>The share of actual positives found: \(\frac{TP}{TP + FN}\).</p>",
            "Context": "How do you read a confusion matrix?",
            "Reverse": "1",
            "Trap": "<p>Its denominator does <strong>not</strong> hold the false positives.</p>",
            "Report": _REPORT,
        },
    ),
    HandmadeNote(
        Kind.BASIC,
        {
            "Key": "retired",
            "Question": "Which activation function should hidden layers use?",
            "Answer": "<p>ReLU, mostly.</p>",
            "Status": "Retired: this card is no longer part of the deck. You may delete it.",
        },
    ),
    HandmadeNote(
        Kind.BASIC,
        {
            "Key": "wide",
            "Question": r"How wide may things be, such as \(\prod_{i=1}^{n} p(x_i \mid \theta) = "
            r"\exp\left(\sum_{i=1}^{n} \log p(x_i \mid \theta)\right) = a + b + c + d + e\)?",
            "Answer": r"<p>\[\mathcal{L}(\theta) = -\frac{1}{n}\sum_{i=1}^{n}\sum_{k=1}^{K} y_{ik}"
            r"\log\frac{\exp(w_k^\top x_i + b_k)}{\sum_{j=1}^{K}\exp(w_j^\top x_i + b_j)} + "
            r"\frac{\lambda}{2}\sum_{k=1}^{K}\lVert w_k\rVert_2^2 \tag{1}\]</p>"
            + table(
                tuple(f"Column {n}" for n in range(1, 13)),
                *(tuple(f"{n * m}.25" for n in range(1, 13)) for m in range(1, 4)),
            )
            + code("python", "print(" + " + ".join(f"x[{n}]" for n in range(30)) + ")")
            + "<p>Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
            "sbibliothek, <code>sklearn.model_selection.StratifiedGroupKFold.get_n_splits</code>, "
            "https://example.org/a/very/long/address/without/any/place/to/break/it/at/all</p>",
            "Trap": r"<p>\[\begin{pmatrix} a_{11} & a_{12} & a_{13} & a_{14} & a_{15} & a_{16} & "
            r"a_{17} & a_{18} & a_{19} \\ b_{1} & b_2 & b_3 & b_4 & b_5 & b_6 & b_7 & b_8 & b_9 "
            r"\end{pmatrix}\]</p>".replace("&", "&amp;"),
        },
    ),
    HandmadeNote(
        Kind.BASIC,
        {
            "Key": "text",
            "Question": "What can an answer hold?",
            "Answer": "<h4>A heading</h4><p>Text with <em>stress</em>, <del>a slip</del>, "
            "H<sub>2</sub>O, x<sup>2</sup>, <kbd>Ctrl</kbd>+<kbd>C</kbd> and a note"
            '<sup class="footnote-ref">1</sup>.</p>'
            "<ol><li>First<ul><li>nested</li><li>list</li></ul></li><li>Second</li></ol>"
            '<ul class="task-list">'
            '<li class="task-list-item"><input type="checkbox" disabled checked> done</li>'
            '<li class="task-list-item"><input type="checkbox" disabled> to do, with a text long '
            "enough to need a second line</li></ul>"
            "<dl><dt>Bias</dt><dd>Error of the average fit.</dd><dt>Variance</dt><dd>Spread around "
            "it.</dd></dl><blockquote><p>All models are wrong, but some are useful.</p>"
            "</blockquote>"
            "<details><summary>A proof</summary><p>By induction.</p></details>"
            + table(("Loss", "Optimum"), ("squared", "mean"), ("absolute", "median"))
            + '<p class="picture tappable" tabindex="0">'
            '<img src="figure.svg" alt="A blue square"></p>'
            "<p>שלום עולם</p><p>机器学习面试问题：偏差与方差的权衡是什么</p>"
            '<ol class="footnotes"><li><p>As in any book.</p></li></ol>',
        },
    ),
)

FIGURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="3000" height="900">'
    '<rect width="3000" height="900" fill="#4a90d9"/></svg>'
)


def handmade_collection(folder: Path) -> Collection:
    """A collection with these notes and the media they name; close it when done."""
    col = new_collection(folder)
    real = {
        note_type.kind: add_note_type(col, note_type)
        for note_type in note_types("Machine learning interview", "handmade")
    }
    for note in HANDMADE:
        add_note(col, real[note.kind], note.fields, note.deck)
    media = Path(col.media.dir())
    media.joinpath("figure.svg").write_text(FIGURE)
    media.joinpath(USER_STYLING).write_bytes(user_styling())
    return col
