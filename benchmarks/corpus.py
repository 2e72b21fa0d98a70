"""Decks of any size for the benchmark, the same each time, as each tool writes them.

Question i is the same in a deck of any size. Two thirds are basic and a third cloze, with 40 to
120 words, a word in eight in bold, italics or code, one or two inline formulas; 30 % have a
displayed formula, 30 % a list, 10 % a table and 20 % a block of Python; 20 to 50 a file, and 10
files a deck.

    python -m benchmarks.corpus 1000 FOLDER
"""

from __future__ import annotations

import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path

SEED = 7
FILES_A_DECK = 10
HIDDEN = re.compile(r"\{\{c\d+::(.*?)\}\}")
FUNCTION_WORDS = """
the of and to in a is that for it as with on by this an be are from or at which not can when
each one its has if all but then two more where any such only some
""".split()
CONTENT_WORDS = """
acceleration activation adapter allele allocates always amplifier amplitude approximate
approximates assertion attribute base basis batch bias bond bound boundary bounds branch budget
buffer cache capacitor case catalyst cipher class classifier client closure column compiler
compiles composition computes concave conditional consequently conservation constraint
continuous convergence converges convex coroutine cortex cost current deadlock decodes decorator
defines definite demand dense density depends derivative describes digest dimension diode
directly discrete distribution drift dropout duality dynamic eager edge eigenvalue eigenvector
elasticity electron encodes energy enthalpy entropy enzyme epoch equilibrium error estimator
event evidence exact exactly exception expected factory fairness feasible feature field filters
finite flux force frequency function generator genotype global gradient grammar graph group hash
heap homomorphism however hypothesis image immutable implies independent index induction
inductor inference infinite inflation inheritance instruction integer integral interface
interior interrupt invariant isomorphism isotope iteration iterator joint kernel key label large
latency layer lazy learning lemma lexer likelihood limit linear local lock loop loss lower
manifold maps margin marginal market matrix maximal maximizes measure membrane merges method
metric minimal minimizes mitochondria modulus molecule momentum moreover mutable mutation neuron
neutron never nonlinear norm object objective observer often operator optimal optimizer optimum
orbital orthogonal packet page parallel parser particle path pattern phase phenotype photon
pipeline pointer polymorphism population positive postcondition posterior potential precondition
prediction preference preserves price prime prior priority probability process profit projection
proof protein protocol proton query queue random rank rate reaction receptor recursion reduces
register regression regularization releases requires resistance returns revenue ribosome ring
roughly router sample satisfies scheduler schedules schema selection semantics semaphore
sequence sequential series server signature simplex small socket solution sorts space sparse
speculation spin stable stack starvation static statistic step strong substrate supply support
symmetric symmetry synapse syntax table tensor theorem therefore thread throughput token
topology transaction transcription transistor translation transmitter tree type typically
unification unique upper usually utility variance vector velocity vertex voltage wave wavelength
weak
""".split()
INLINE = (
    *(r"x_{%d}", r"\alpha_{%d}", r"\mathcal{O}(n^{%d})", r"\frac{a_%d}{b}", r"\sigma^{%d}"),
    *(r"\sum_{i=1}^{%d} x_i", r"P(A \mid B_%d)", r"\lambda_%d > 0", r"f_{%d}(x) = x^2 + 1"),
    *(r"\sqrt{n + %d}", r"\hat{\theta}_{%d}", r"A^{-1}_{%d}"),
)
DISPLAY = (
    r"\int_{0}^{%d} f(x)\,dx = F(b) - F(a)",
    r"\hat{\beta} = (X^T X + %d I)^{-1} X^T y",
    r"\begin{aligned} a_%d &= b + c \\ d &= e - f \end{aligned}",
    r"\sum_{k=0}^{\infty} \frac{x^k}{k!} = e^x + %d",
    r"p(\theta \mid x) \propto p(x \mid \theta)\, p(\theta)^{%d}",
    r"\nabla \cdot E = \frac{\rho_%d}{\varepsilon_0}",
)
CODE = (
    "def {a}_{b}(items, key=None):\n    result = []\n    for i, item in enumerate(items):\n"
    "        if key is None or key(item) > {n}:\n            result.append(item * {n})\n"
    "    return result\n",
    "from collections import Counter\n\ncounts = Counter(word.lower() for word in text.split())\n"
    'for word, n in counts.most_common({n}):\n    print(f"{{word}}: {{n}}")\n',
    'class {A}:\n    """A {a} with a {b}."""\n\n    def __init__(self, {b}={n}):\n'
    "        self.{b} = {b}\n",
    "import numpy as np\n\nX = np.random.default_rng({n}).normal(size=({n}, 3))\n"
    "U, s, Vt = np.linalg.svd(X, full_matrices=False)\nassert s[0] >= s[-1]  # sorted\n",
)
QUESTIONS = (
    "What is the {} of a {} {}?",
    "Why does the {} {} require a {}?",
    "How do you compute the {} for every {} {}?",
    "State the condition under which a {} {} is a {}.",
    "Which {} bounds the {} of the {}?",
    "Explain the difference between a {} and a {} in a {} setting.",
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of the corpus; `answer` is Markdown, with deletions if it is a cloze note."""

    key: str
    question: str
    answer: str
    tags: tuple[str, ...]


class _Writer:
    """Writes entry number `number`; `new` gives it formulas that no other entry has."""

    def __init__(self, number: int, new: bool = False) -> None:
        self._dice = random.Random(f"{SEED}:{number}")
        self._number, self._new = number, new

    def entry(self) -> Entry:
        dice, number = self._dice, self._number
        question = dice.choice(QUESTIONS).format(*(dice.choice(CONTENT_WORDS) for _ in range(3)))
        if dice.random() < 0.2:
            question = f"{question[:-1]} with {self._inline()}{question[-1]}"
        has_list, has_table = dice.random() < 0.3, dice.random() < 0.1
        has_display, has_code = dice.random() < 0.3, dice.random() < 0.2
        paragraphs = self._paragraphs(dice.randint(40, 120) - 18 * has_list)
        for _ in range(dice.randint(1, 2)):
            self._insert(paragraphs, self._inline())
        if number % 3 == 2:
            self._hide(paragraphs, dice.randint(1, 3))
        blocks = [" ".join(words) for words in paragraphs]
        if has_list:
            blocks.insert(1, "\n".join(f"- {' '.join(self._sentence(6))}" for _ in range(3)))
        if has_display:
            blocks.append(f"$$\n{self._tex(DISPLAY)}\n$$")
        if has_table:
            blocks.append(self._table())
        if has_code:
            a, b = dice.choice(CONTENT_WORDS), dice.choice(CONTENT_WORDS)
            code = dice.choice(CODE).format(a=a, b=b, A=a.title(), n=dice.randint(2, 99))
            blocks.append(f"```python\n{code}```")
        tags = sorted({dice.choice(CONTENT_WORDS[:60]) for _ in range(dice.randint(1, 3))})
        return Entry(f"q{number:06d}", question, "\n\n".join(blocks), tuple(tags))

    def _tex(self, shapes: tuple[str, ...]) -> str:
        tex = self._dice.choice(shapes) % self._dice.randint(1, 9)
        return f"{tex} + {self._number}" if self._new else tex

    def _inline(self) -> str:
        return f"${self._tex(INLINE)}$"

    def _word(self) -> str:
        dice = self._dice
        if dice.random() < 0.42:
            return FUNCTION_WORDS[min(int(dice.expovariate(0.09)), len(FUNCTION_WORDS) - 1)]
        return dice.choice(CONTENT_WORDS)

    def _sentence(self, length: int) -> list[str]:
        words: list[str] = []
        for _ in range(length):
            word, chance = self._word(), self._dice.random()
            if chance < 0.05:
                word = f"**{word}**"
            elif chance < 0.09:
                word = f"*{word}*"
            elif chance < 0.125:
                word = f"`{word}()`"
            elif chance < 0.2:
                word += ","
            words.append(word)
        words[0] = words[0][:1].upper() + words[0][1:]
        words[-1] = words[-1].rstrip(",") + "."
        return words

    def _paragraphs(self, length: int) -> list[list[str]]:
        paragraphs: list[list[str]] = []
        while length > 0:
            words: list[str] = []
            wanted = min(length, self._dice.randint(25, 60))
            while len(words) < wanted:
                words += self._sentence(self._dice.randint(7, 18))
            paragraphs.append(words)
            length -= len(words)
        return paragraphs

    def _insert(self, paragraphs: list[list[str]], piece: str) -> None:
        words = self._dice.choice(paragraphs)
        words.insert(self._dice.randrange(1, len(words)), piece)

    def _hide(self, paragraphs: list[list[str]], numbers: int) -> None:
        """Make deletions c1 up to `numbers` of plain words."""
        plain = [
            (words, at) for words in paragraphs for at, word in enumerate(words) if word.isalpha()
        ]
        for number, (words, at) in enumerate(self._dice.sample(plain, numbers), 1):
            words[at] = f"{{{{c{number}::{words[at]}}}}}"

    def _table(self) -> str:
        dice = self._dice
        rows = [[dice.choice(CONTENT_WORDS) for _ in range(3)], ["---", "---:", "---"]]
        rows += (
            [dice.choice(CONTENT_WORDS), str(dice.randint(1, 999)), f"**{self._word()}**"]
            for _ in range(3)
        )
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write(
    folder: Path, notes: int, decks_of: int = FILES_A_DECK, new_formulas: bool = False
) -> None:
    """Write so many notes in a folder for each tool: `ours`, `yardstick`, `ankdown`, `ankc`.

    A deck is `decks_of` files; with `new_formulas` no two notes share a formula.
    """
    dice = random.Random(SEED)
    first = chapter = 0
    while first < notes:
        last = min(notes, first + dice.randint(20, 50))
        path = f"topic{chapter // decks_of:04d}/chapter{chapter:05d}.md"
        entries = [_Writer(number, new_formulas).entry() for number in range(first, last)]
        deck, tags = f"Topic {chapter // decks_of:04d}", f"course, chapter{chapter:05d}"
        _write(folder / "ours" / path, _ours(entries, deck, tags))
        _write(folder / "yardstick" / path, _yardstick(entries, deck, tags))
        _write(folder / "ankdown" / path, _ankdown(entries))
        _write(folder / "ankc" / path, _ankc(entries, tags))
        first, chapter = last, chapter + 1
    _write(folder / "ours" / "deck.yaml", "name: Course\nnamespace: benchmark.example\n")


def _ours(entries: list[Entry], deck: str, tags: str) -> str:
    head = f"---\ntitle: {deck}\ndeck: {deck}\ntags: [{tags}]\n---\n\n"
    return head + "".join(
        f"## {e.question}\n\n<!--\nid: {e.key}\ntags: [{', '.join(e.tags)}]\n-->\n\n{e.answer}\n\n"
        for e in entries
    )


def _yardstick(entries: list[Entry], deck: str, tags: str) -> str:
    head = f"---\ndeck: Course::{deck}\ntags: [{tags}]\n---\n\n"
    return head + "".join(
        f"## {e.question}\n<!-- id: {e.key}; tags: {' '.join(e.tags)} -->\n\n{e.answer}\n\n"
        for e in entries
    )


def _ankdown(entries: list[Entry]) -> str:
    """ankdown knows no cloze notes: the blanks stand in front, the whole text on the back."""
    cards = []
    for entry in entries:
        question, answer = _delimited(entry.question), _delimited(entry.answer)
        front = f"{question}\n\n{HIDDEN.sub('[...]', answer)}" if "{{c1::" in answer else question
        back = HIDDEN.sub(r"**\1**", answer)
        cards.append(f"{front}\n\n%\n\n{back}\n\n%\n\n{', '.join(entry.tags)}\n\n")
    return "---\n".join(cards)


def _delimited(text: str) -> str:
    """Formulas in the delimiters that ankdown leaves alone."""
    text = re.sub(r"\$\$\n(.*?)\n\$\$", r"\\[\1\\]", text, flags=re.DOTALL)
    return re.sub(r"\$([^$\n]+)\$", r"\\(\1\\)", text)


def _ankc(entries: list[Entry], tags: str) -> str:
    """ankcompiler's blocks, with an id and a tag a line as footnotes."""
    blocks = []
    for entry in entries:
        between = "\n\n" if "{{c1::" in entry.answer else " ::: "
        notes = "".join(f"[^tag]: {tag}\n" for tag in entry.tags)
        body = f"{entry.question}{between}{entry.answer}"
        uid = f"uid{entry.key}"
        blocks.append(f"---\n\n{body}\n\n---\n[^uid]: {uid}\n{notes}\n")
    return f"---\ndeck: Course\ntags: [{tags}]\n---\n\n{''.join(blocks)}"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[2]), int(sys.argv[1]))
