"""Section 16, coding: gradients, shapes and identities behind the code."""

from __future__ import annotations

import re
from itertools import product
from math import isclose

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from stated import card, stated

NOTES = """
code-linreg code-logreg code-knn code-softmax code-auc pandas-transform pandas-merge-fanout
numpy-broadcast numpy-broadcast-trap complexity story-result
""".split()

STEP = 1e-6


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(30, 3)), rng.integers(0, 2, 30), rng.normal(size=3)


def test_code_linreg() -> None:
    """The gradient that the code steps along, by central differences."""
    stated("code-linreg", r"The gradient of $\tfrac{1}{2n}\sum e_i^2$ is $X^\top e/n$.")
    x, y, w = data()

    def loss(w: np.ndarray) -> float:
        return ((x @ w - y) ** 2).sum() / (2 * len(y))

    differences = [(loss(w + m) - loss(w - m)) / (2 * STEP) for m in STEP * np.eye(3)]
    assert np.allclose(differences, x.T @ (x @ w - y) / len(y))


def test_code_logreg() -> None:
    """For log loss the gradient has the same form: prediction minus label."""
    stated("code-logreg", "the gradient has the same form as in linear regression")
    stated("code-logreg", "X.T @ (q - y) / n")
    x, y, w = data()

    def loss(w: np.ndarray) -> float:
        z = x @ w
        return (np.log1p(np.exp(z)) - y * z).mean()

    differences = [(loss(w + m) - loss(w - m)) / (2 * STEP) for m in STEP * np.eye(3)]
    q = 1 / (1 + np.exp(-x @ w))
    assert np.allclose(differences, x.T @ (q - y) / len(y))


def test_code_knn() -> None:
    """The expansion of the squared distance."""
    stated("code-knn", r"$\lVert q-x\rVert^2=\lVert q\rVert^2-2\,q^\top x+\lVert x\rVert^2$")
    x, _, q = data()
    expanded = q @ q - 2 * x @ q + (x**2).sum(axis=1)
    assert np.allclose(expanded, ((x - q) ** 2).sum(axis=1))


def test_code_softmax() -> None:
    """A constant added to a row of logits changes nothing."""
    stated("code-softmax", "Subtracting a constant from all logits of a row leaves the softmax")
    z = np.array([0.3, -1, 2])
    one, other = (np.exp(v) / np.exp(v).sum() for v in (z, z - 5))
    assert np.allclose(one, other)


def test_code_auc() -> None:
    """The share of pairs, ties counting half, is the area under the ROC curve."""
    stated("code-auc", "a random positive outranks a random negative, ties counting half")
    y, s = np.array([1, 1, 1, 0, 0, 0, 0]), np.array([3, 2, 1, 2, 0, 1, -1])
    pairs = [(p > n) + (p == n) / 2 for p, n in product(s[y == 1], s[y == 0])]
    assert isclose(np.mean(pairs), roc_auc_score(y, s))


def test_pandas_transform() -> None:
    """One value per row against one per group."""
    stated("pandas-transform", "One value per original row, aligned with the index")
    table = pd.DataFrame({"k": ["a", "b", "a"], "v": [1.0, 5, 3]}, index=[7, 8, 9])
    groups = table.groupby("k")["v"]
    assert groups.transform("mean").to_dict() == {7: 2, 8: 5, 9: 2}
    assert len(groups.mean()) == 2


def test_pandas_merge_fanout() -> None:
    """A repeated key on the right repeats the row; the check of the note raises."""
    stated("pandas-merge-fanout", '`validate="many_to_one"` raises an error')
    left, right = pd.DataFrame({"k": [1, 2]}), pd.DataFrame({"k": [1, 1], "v": [5, 6]})
    assert len(left.merge(right, how="left")) == 3
    with pytest.raises(pd.errors.MergeError):
        left.merge(right, how="left", validate="many_to_one")


def test_numpy_broadcast() -> None:
    """The shapes of the note, and its error."""
    shapes = [
        tuple(map(int, re.findall(r"\d+", shape)))
        for shape in re.findall(r"\(([\d, ]+)\)", card("numpy-broadcast"))
    ]
    one, other, result, left, right = shapes
    assert np.broadcast_shapes(one, other) == result
    with pytest.raises(ValueError, match="mismatch"):
        np.broadcast_shapes(left, right)


def test_numpy_broadcast_trap() -> None:
    """The difference is a matrix, and its mean square is not the error."""
    stated("numpy-broadcast-trap", "The difference silently broadcasts to an `(n, n)` matrix")
    y = np.array([1.0, 2, 3])
    wrong = y - y[:, None]
    assert wrong.shape == (3, 3)
    assert (wrong**2).mean() > 0 == ((y - y[:, None].ravel()) ** 2).mean()


def test_complexity() -> None:
    """Multiplications of the normal equations and of a brute-force query, counted in shapes."""
    for cost in ("$O(np^2+p^3)$", "$O(np)$", "$O(nkp)$"):
        stated("complexity", cost)

    def product_cost(left: tuple[int, int], right: tuple[int, int]) -> int:
        assert left[1] == right[0]
        return left[0] * left[1] * right[1]

    n, p, k = 1000, 20, 5
    assert product_cost((p, n), (n, p)) == n * p**2
    assert product_cost((n, p), (p, 1)) == n * p
    assert product_cost((n, p), (p, k)) == n * k * p


def test_story_result() -> None:
    """The drop lies in the middle of its interval."""
    before, after, low, high = stated(
        "story-result",
        "fell from # % to # % in a four-week A/B test (95 % interval of the drop: # to # points)",
    )
    assert isclose(before - after, (low + high) / 2)
