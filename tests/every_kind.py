"""A content folder with something of every kind that a note can hold, and builds of it."""

from __future__ import annotations

import shutil
from contextlib import closing
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from deckgen import build
from deckgen.diagnostic import Diagnostic, errors
from deckgen.last_collection import LastCollection
from deckgen.reading import Means

NOW = 1_700_000_000  # seconds since 1970
PICTURE = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
TEXTS = {
    "deck.yaml": r"""
name: Every kind
namespace: tests.every-kind
report: https://example.org/issues/new?title={id}
defaults:
  tags: [all]
  sources: [isl]
macros:
  R: '\mathbb{R}'
  norm: '\lVert #1 \rVert'
""",
    "sources.yaml": "isl: {title: An Introduction, author: James, year: 2021}\nd2l: Dive in\n",
    "cloze.md": r"""---
title: Deletions
tags: [hidden]
---

## Deletions in everything

<!-- id: deletions -->

It {{c1::shines::how $y$?}} at {{c2::$x_{\norm{a}}$ and `b\(c`}}.

- {{c3::one
- two}}

| a | b |
|---|---|
| {{c4::$\frac{1}{2}$}} | c |

$$
{{c5::\mathbb{E}}} + x^{y^{2}}
$$

## A title

<!-- {id: title, typed: true} -->

Nothing else {{c1::here}}.
""",
    "code.md": r"""# Code

## What does it print?

<!-- {id: prints, reverse: true} -->

```python
print("\\(x\\)", {"a": [1]})
```

## What is unknown?

<!-- id: unknown -->

```pyton
x
```

In `\alpha`, *stress*, ~~gone~~ and a footnote[^1].

[^1]: Small.
""",
    "formulas/one.md": r"""# Formulas

## What is $\R^n$?

<!-- {id: space, sources: ["isl §2", d2l], as-of: 2026-11} -->

All of $\norm{x} < \infty$, $$\sum_i x_i$$ and $a$, $b$: a backslash \\ too.

### And $n$?

<!-- id: dimension -->

Its dimension $ n $.

> [!NOTE]
> Never $0$.
""",
    "formulas/two.md": r"""---
title: More
deck: Formulas::More
---

## Which are there?

<!-- {id: more, tags: [b, a]} -->

$\R$, $a$ and \[\begin{aligned} a &= b \\ &= c \end{aligned}\]

## Which left?

<!-- {id: left, retired: true} -->

That one.

## Which will come?

<!-- {id: coming, draft: true} -->

$z$
""",
    "media.md": r"""# Media

## What is to be seen?

<!-- id: seen -->

![](img/dot.svg) ![A line](img/a%20line.svg) and <img src="img/a&amp;b.svg" alt="both">

## What is to be heard?

<!-- {id: heard, typed: a tone} -->

![A tone](tone.mp3) or ![The same dot](img/copy\_1.svg), ![An accent](img/é.svg).
""",
    "plain.md": "# Plain\n\n## What is plain?\n<!-- id: plain -->\n\nThis.\n",
}
MEDIA = {
    "img/dot.svg": PICTURE,
    "img/copy_1.svg": PICTURE,
    "img/a line.svg": PICTURE + b"<!-- line -->",
    "img/a&b.svg": PICTURE + b"<!-- both -->",
    "img/é.svg": PICTURE + b"<!-- accent -->",
    "img/nowhere.svg": PICTURE + b"<!-- not shown -->",
    "tone.mp3": b"ID3",
}
QUESTION_FILES = sorted(path for path in TEXTS if path.endswith(".md"))


@dataclass(frozen=True)
class Made:
    """All that a build gives: no package if there are errors."""

    package: bytes | None
    lock: str
    diagnostics: tuple[Diagnostic, ...]


class Content:
    """The folder, which tests change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path, text in TEXTS.items():
            self.write(path, text)
        for path, content in MEDIA.items():
            self.write(path, content)

    def write(self, path: str, content: str | bytes) -> None:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)

    def replace(self, path: str, old: str, new: str) -> None:
        text = (self.folder / path).read_text()
        assert old in text
        self.write(path, text.replace(old, new))

    def build(self, cache: Path | None = None, jobs: int = 1) -> Made:
        """Build and pack, as the command does; or without a cache, as everything else does."""
        if cache is None:
            built = build.build(self.folder, "", NOW, means=Means(jobs=jobs))
            package = None if errors(built.diagnostics) else build.pack(built, self.folder)
            return Made(package, built.lock_text, built.diagnostics)
        with closing(LastCollection(cache)) as last:
            means = Means(cache, jobs, frugal=True, last=last)
            built = build.build(self.folder, "", NOW, means=means)
            written = BytesIO()
            if not errors(built.diagnostics):
                build.write_package(built, self.folder, written, last)
        return Made(written.getvalue() or None, built.lock_text, built.diagnostics)


def bare(folder: Path) -> Content:
    """A folder with nothing but settings, and those without macros and sources."""
    content = Content(folder)
    shutil.rmtree(folder)
    content.write("deck.yaml", "name: Small\nnamespace: tests.small\n")
    return content
