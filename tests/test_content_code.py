"""Each line of code in the deck runs: every block in a small scene, and does what its card says."""

from __future__ import annotations

import sqlite3
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deckgen.build import read_content
from deckgen.highlight import language_of
from deckgen.segment import Code

CONTENT = Path(__file__).parent.parent / "content"

COMMON = """
import numpy as np
import pandas as pd
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier, StackingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, precision_recall_curve
from sklearn.model_selection import cross_val_score
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
rng = np.random.default_rng(0)
X, y = make_classification(200, 6, random_state=0)
"""


@dataclass(frozen=True)
class Scene:
    """What stands before a block of code, and what must hold after it."""

    before: str
    after: str


SCENES: dict[str, Scene] = {
    "impute-pipeline": Scene(
        "X = X.copy(); X[::7, 0] = np.nan",
        "assert len(cross_val_score(pipe, X, y, cv=5)) == 5\n"
        "assert pipe.fit(X, y)[0].transform(X).shape[1] == 7",
    ),
    "corrupted-coerce": Scene(
        "df = pd.DataFrame({'amount': ['1', 'x', '7,5']})",
        "assert x.isna().sum() == 2 and x[0] == 1",
    ),
    "pandas-count-missing": Scene(
        "df = pd.DataFrame({'a': [1, None], 'b': [1, 2]})",
        "assert list(df.isna().sum()) == [1, 0]",
    ),
    "pandas-dropna-subset": Scene(
        "df = pd.DataFrame({'age': [1, None, 3], 'b': [None, 1, None]})",
        "assert list(df['age']) == [1, 3]",
    ),
    "pandas-fillna-median": Scene(
        "train = pd.DataFrame({'age': [1, 3, None]}); test = pd.DataFrame({'age': [None, 9.0]})",
        "assert list(train['age']) == [1, 3, 2] and list(test['age']) == [2, 9]",
    ),
    "pandas-ffill-groups": Scene(
        "df = pd.DataFrame({'user': [2, 1, 2, 1], 'time': [1, 1, 2, 2], 'v': [5, 1, None, None]})",
        "assert list(df['v']) == [1, 1, 5, 5]",
    ),
    "outlier-cap-code": Scene(
        "train = pd.DataFrame({'x': np.arange(101.0)}); test = pd.DataFrame({'x': [-5.0, 500.0]})",
        "assert list(test['x']) == [1, 99] and train['x'].max() == 99",
    ),
    "confusion-axes": Scene(
        "y_true = [1, 1, 1, 0, 0, 0, 0]; y_pred = [1, 1, 0, 1, 0, 0, 0]",
        "assert (tn, fp, fn, tp) == (3, 1, 1, 2)",
    ),
    "threshold-code": Scene(
        "scores = y + rng.normal(0, 0.4, 200)",
        "flagged = scores >= best\n"
        "assert (y[flagged] == 1).mean() >= 0.95\n"
        "better = [s for s in scores if s < best and y[scores >= s].mean() >= 0.95]\n"
        "assert all(y[scores >= s].sum() <= y[flagged].sum() for s in better)",
    ),
    "mae-rmse-code": Scene(
        "y = [0, 0, 0, 0]; y_hat = [1, 1, 1, 3]",
        "assert m.mean_absolute_error(y, y_hat) == 1.5\n"
        "assert abs(m.root_mean_squared_error(y, y_hat) - 3 ** 0.5) < 1e-12",
    ),
    "compare-bootstrap": Scene(
        "i = np.arange(1000); right_a = i < 900; right_b = (i >= 20) & (i < 940)",
        "assert abs(lo - 0.005) < 0.002 and abs(hi - 0.035) < 0.002",
    ),
    "cv-leak": Scene("", "assert len(scores) == 5 and scores.mean() > 0.7"),
    "spam-code": Scene(
        "train_texts = ['win money now', 'meeting at noon', 'win a prize', 'lunch at noon']\n"
        "train_labels = [1, 0, 1, 0]; new_texts = ['win now', 'noon meeting']",
        "assert p[0] > 0.5 > p[1]",
    ),
    "rf-steps": Scene("", "assert 0.5 < rf.oob_score_ <= 1"),
    "stack-sklearn": Scene("", "assert stack.fit(X, y).score(X, y) > 0.8"),
    "pca-svd": Scene(
        "from sklearn.decomposition import PCA",
        "pca = PCA(2).fit(X)\n"
        "assert np.allclose(abs(scores), abs(pca.transform(X)))\n"
        "assert np.allclose(var[:2], pca.explained_variance_)",
    ),
    "text-clf-code": Scene(
        "texts = ['win money now', 'meeting at noon'] * 10; labels = [1, 0] * 10",
        "assert len(scores) == 5 and scores.min() == 1\n"
        "assert 'meeting at' in clf.fit(texts, labels)[0].vocabulary_",
    ),
    "code-linreg": Scene(
        "",
        "X = rng.normal(size=(400, 2)); w, b = linreg(X, X @ [2.0, -1.0] + 3)\n"
        "assert np.allclose([*w, b], [2, -1, 3], atol=1e-3)",
    ),
    "code-logreg": Scene("", "w, b = logreg(X, y)\nassert ((X @ w + b > 0) == y).mean() > 0.8"),
    "code-kmeans": Scene(
        "",
        "X = np.concatenate([rng.normal(c, 0.1, (50, 2)) for c in (0, 5)])\n"
        "C, z = kmeans(X, 2)\n"
        "assert np.allclose(sorted(C[:, 0]), [0, 5], atol=0.1) and len(set(z[:50])) == 1\n"
        "C, z = kmeans(X + 1e6, 2)  # far from 0, a relative tolerance would stop at once\n"
        "assert np.allclose(sorted(C[:, 0] - 1e6), [0, 5], atol=0.1) and len(set(z[:50])) == 1",
    ),
    "code-knn": Scene(
        "", "assert (knn(X, y, X, k=1) == y).all() and (knn(X, y, X) == y).mean() > 0.8"
    ),
    "code-softmax": Scene(
        "",
        "P, loss = softmax_xent(np.array([[1000.0, 0.0], [0.0, 0.0]]), np.array([0, 1]))\n"
        "assert np.allclose(P, [[1, 0], [0.5, 0.5]]) and abs(loss - np.log(2) / 2) < 1e-12",
    ),
    "code-auc": Scene(
        "from sklearn.metrics import roc_auc_score\ns = np.round(y + rng.normal(0, 1, 200), 1)",
        "assert abs(auc(y, s) - roc_auc_score(y, s)) < 1e-12",
    ),
    "reservoir-code": Scene(
        "",
        "draws = [reservoir(iter(range(20)), 5, rng) for _ in range(4000)]\n"
        "assert all(len(set(d)) == 5 for d in draws)\n"
        "share = np.bincount(np.ravel(draws), minlength=20) / 4000\n"
        "assert abs(share - 0.25).max() < 0.03\n"
        "assert reservoir(range(3), 5, rng) == [0, 1, 2]",
    ),
    "dec-code": Scene(
        "",
        "logits = np.log([0.05, 0.5, 0.2, 0.1, 0.15])\n"
        "drawn = [top_p(logits, 0.8, rng) for _ in range(4000)]\n"
        "shares = np.bincount(drawn, minlength=5) / 4000\n"
        "assert np.allclose(shares, np.array([0, 10, 4, 0, 3]) / 17, atol=0.03)\n"
        "assert set(drawn) == {1, 2, 4} and top_p(logits, 1e-9, rng) == 1\n"
        "assert 0 <= top_p(np.zeros(5), 1.0, rng) < 5",
    ),
    "point-in-time-code": Scene(
        "labels = pd.DataFrame({'user': [1, 2, 1], 't': [5, 4, 2], 'y': [1, 0, 0]})\n"
        "feats = pd.DataFrame({'user': [1, 1, 1, 2], 't': [1, 5, 9, 6],"
        " 'n': [3, 9, 12, 7]})",
        "assert list(rows['t']) == [2, 4, 5]\nassert list(rows['n'].fillna(-1)) == [3, -1, 3]",
    ),
}

SQL_TABLES = """
create table customers (id integer);
create table orders (customer_id integer, day integer);
insert into customers values (1), (2), (3);
insert into orders values (1, 10), (1, 11), (3, 5);
"""
SQL_ROWS = {"sql-anti-join": [(2,)], "sql-latest-row": [(1, 11, 1), (3, 5, 1)]}


def blocks(language: str) -> dict[str, str]:
    """The code of each note that shows a block in this language, by the note's key."""
    found: dict[str, str] = {}
    for parsed in read_content(CONTENT).parsed:
        for question in parsed.questions:
            inside = (*question.answer, *(s for c in question.callouts for s in c.segments))
            code = [
                segment.passage.text
                for segment in inside
                if isinstance(segment, Code) and segment.block and language_of(segment) == language
            ]
            if code:
                found[question.key] = "\n".join(code)
    return found


PYTHON = blocks("python")
SQL = blocks("sql")


def test_every_block_has_a_scene() -> None:
    """A new block of code in the deck needs a scene here, and a scene needs its block."""
    assert len(PYTHON) >= 15
    assert set(PYTHON) == set(SCENES)
    assert set(SQL) == set(SQL_ROWS)


@pytest.mark.parametrize("key", sorted(PYTHON))
def test_python_runs_and_does_what_its_card_says(key: str) -> None:
    """The block runs as it stands, given obvious imports and data."""
    scene = SCENES[key]
    names: dict[str, Any] = {}
    exec(COMMON + scene.before, names)
    exec(compile(PYTHON[key], f"{key}.py", "exec"), names)
    exec(scene.after, names)


@pytest.mark.parametrize("key", sorted(SQL))
def test_sql_runs_and_gives_the_rows_its_card_says(key: str) -> None:
    """The statement runs on two small tables."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(SQL_TABLES)
    assert connection.execute(SQL[key]).fetchall() == SQL_ROWS[key]


@pytest.mark.parametrize("key", sorted({**PYTHON, **SQL}))
def test_code_fits_a_phone(key: str) -> None:
    """At most 44 characters wide and 15 lines long, so that it is read without scrolling."""
    lines = textwrap.dedent({**PYTHON, **SQL}[key]).splitlines()
    assert max(map(len, lines)) <= 44
    assert len(lines) <= 15
