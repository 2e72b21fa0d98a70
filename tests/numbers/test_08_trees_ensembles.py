"""Section 8, trees and ensembles: impurities, averages of correlated trees, boosting weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import comb, e, exp, isclose, log, sqrt

import numpy as np
import pytest
from scipy import stats
from sklearn.ensemble import (
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
)
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from stated import listed, number, stated

NOTES = """
tree-split tree-reg tree-stop tree-cat tree-scale bagging bootstrap-sample boosting adaboost gbm
rf-steps rf rf-corr rf-overfit rf-vote oob feat-imp ensemble-why stack-sklearn
""".split()


def gini(counts: Sequence[float]) -> float:
    p = np.array(counts) / sum(counts)
    return float((p * (1 - p)).sum())


def bits(counts: Sequence[float]) -> float:
    p = np.array([count for count in counts if count]) / sum(counts)
    return float(-(p * np.log2(p)).sum())


def mistakes(counts: Sequence[float]) -> float:
    return 1 - max(counts) / sum(counts)


def after(impurity: Callable[[Sequence[float]], float], *children: Sequence[float]) -> float:
    """The children's impurity, weighted by their sizes."""
    total = sum(map(sum, children))
    return sum(sum(child) / total * impurity(child) for child in children)


def noisy_labels(samples: int, features: int = 5) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(samples, features)), rng.integers(0, 2, samples)


def pair_of_trees(rng: np.random.Generator, new: np.ndarray, share: float | None) -> list:
    """What two trees of one forest, on a fresh training set, predict for `new`."""
    x = rng.normal(size=(60, 6))
    y = 3 * x[:, 0] + x[:, 1] + rng.normal(size=60)
    draws = rng.integers(0, 60, (2, 60))
    tree = DecisionTreeRegressor(max_features=share, random_state=0)
    return [tree.fit(x[draw], y[draw]).predict(new) for draw in draws]


def test_tree_split() -> None:
    """The worked split, and the one that misclassification error cannot see."""
    stated("tree-split", r"I(\text{parent}) - \sum_{c} \tfrac{n_c}{n}\, I(c)")
    stated("tree-split", r"I_{\text{Gini}} &= \sum_k p_k(1-p_k)")
    stated("tree-split", r"I_{\text{entropy}} &= -\sum_k p_k \log_2 p_k")
    a, b, c, d, f, g, gini_before, gini_after, bits_before, bits_after = stated(
        "tree-split",
        "Classes #/# split into #/# and #/#: Gini falls from # to #, entropy from # to # bits",
    )
    assert (c + f, d + g) == (a, b)
    assert (gini([a, b]), bits([a, b])) == (gini_before, bits_before)
    assert gini_after.rounds(after(gini, [c, d], [f, g]))
    assert bits_after.rounds(after(bits, [c, d], [f, g]))
    p, q, one, none, rest, other, error, drop = stated(
        "tree-split", "#/# split into #/# and #/# leaves it at #, while Gini drops by #"
    )
    assert (one + rest, none + other) == (p, q)
    assert mistakes([p, q]) == after(mistakes, [one, none], [rest, other]) == error
    assert isclose(gini([p, q]) - after(gini, [one, none], [rest, other]), drop)


def test_tree_reg() -> None:
    """The squared errors of the best cut, of the next best, and of no cut."""
    y = np.array(listed("tree-reg", "and $y=#…#$, cutting"))
    best, whole, left, second, left_second = stated(
        "tree-reg",
        "cutting at # takes the squared error from # to #; the next best cut, at #, leaves #",
    )
    x = np.arange(1, 7)
    cuts = {
        cut: sum(((y[side] - y[side].mean()) ** 2).sum() for side in (x < cut, x > cut))
        for cut in x[:-1] + 0.5
    }
    order = sorted(cuts, key=cuts.__getitem__)
    assert order[:2] == [best, second]
    assert whole.rounds(((y - y.mean()) ** 2).sum())
    assert left.rounds(cuts[order[0]])
    assert left_second.rounds(cuts[order[1]])
    assert DecisionTreeRegressor(max_depth=1).fit(x[:, None], y).tree_.threshold[0] == best


def test_tree_stop() -> None:
    """Both first splits of an XOR look useless, and pruning lowers the penalized error."""
    stated("tree-stop", "Stopping early can miss a weak split that enables a strong one")
    stated("tree-stop", r"$R_\alpha(T)=R(T)+\alpha\lvert T\rvert$")
    x = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 5)
    y = x[:, 0] ^ x[:, 1]
    patient = DecisionTreeClassifier().fit(x, y)
    hasty = DecisionTreeClassifier(min_impurity_decrease=0.01).fit(x, y)
    assert (patient.score(x, y), hasty.score(x, y)) == (1, 0.5)
    x, y = noisy_labels(200)
    alpha = 0.01

    def penalized(tree: DecisionTreeClassifier) -> float:
        leaves = tree.tree_.children_left == -1
        shares = tree.tree_.weighted_n_node_samples[leaves] / len(y)
        return shares @ tree.tree_.impurity[leaves] + alpha * tree.get_n_leaves()

    trees = [DecisionTreeClassifier(ccp_alpha=a, random_state=0).fit(x, y) for a in (alpha, 0)]
    assert penalized(trees[0]) < penalized(trees[1])
    assert trees[0].get_n_leaves() < trees[1].get_n_leaves()


def test_tree_cat() -> None:
    """A column of strings raises an error in scikit-learn's trees."""
    stated("tree-cat", "a column of strings raises an error")
    with pytest.raises(ValueError, match="could not convert"):
        DecisionTreeClassifier().fit([["a"], ["b"]], [0, 1])
    missing = [[np.nan], [1.0], [2.0]]
    assert DecisionTreeClassifier().fit(missing, [0, 1, 1]).predict(missing).tolist() == [0, 1, 1]
    with pytest.raises(ValueError, match="NaN"):
        GradientBoostingRegressor().fit(missing, [0, 1, 1])


def test_tree_scale() -> None:
    """The logarithm leaves the training samples in the same leaves, and moves thresholds."""
    stated("tree-scale", "Thresholds sit midway between neighboring values")
    x, y = noisy_labels(200)
    x = np.exp(x)
    leaves = [DecisionTreeClassifier(random_state=0).fit(z, y).apply(z) for z in (x, np.log(x))]
    assert (leaves[0] == leaves[1]).all()
    column = np.array([[1.0], [100.0]])
    tree = DecisionTreeClassifier().fit(column, [0, 1])
    logged = DecisionTreeClassifier().fit(np.log(column), [0, 1])
    assert tree.predict([[20.0]]) != logged.predict(np.log([[20.0]]))


def test_bagging() -> None:
    """Over many data sets the average over resamples varies less than a single deep tree."""
    stated("bagging", "deviations they do not share partly cancel, common bias remains")
    rng = np.random.default_rng(0)
    single, bagged = [], []
    for _ in range(30):
        x = rng.uniform(-2, 2, (80, 1))
        y = np.sin(2 * x[:, 0]) + rng.normal(0, 0.5, 80)
        single.append(DecisionTreeRegressor().fit(x, y).predict([[0.5]])[0])
        forest = RandomForestRegressor(25, random_state=0)
        bagged.append(forest.fit(x, y).predict([[0.5]])[0])
    assert np.var(bagged) < 0.7 * np.var(single)


def test_bootstrap_sample() -> None:
    """The share of rows that appear, by the formula and exactly for three rows."""
    percent = number("bootstrap-sample", "on average about # % of them appear")
    limit = number("bootstrap-sample", r"1-\left(1-\tfrac1n\right)^n \to 1-\tfrac1e \approx #")
    assert limit.rounds(1 - 1 / e)
    assert percent.rounds(1 - 1 / e, 100)
    draws = [{a, b, c} for a in range(3) for b in range(3) for c in range(3)]
    assert isclose(np.mean([len(draw) for draw in draws]) / 3, 1 - (1 - 1 / 3) ** 3)
    assert isclose(1 - (1 - 1 / 10**6) ** 10**6, 1 - 1 / e, rel_tol=1e-5)


def test_boosting() -> None:
    """scikit-learn's stages add ν times a tree to the model so far."""
    stated("boosting", r"F_m(x) = F_{m-1}(x) + \nu\, h_m(x)")
    x, _ = noisy_labels(100)
    y = x[:, 0] ** 2
    model = GradientBoostingRegressor(n_estimators=3, learning_rate=0.3).fit(x, y)
    stages = list(model.staged_predict(x))
    for (before, later), tree in zip(pairwise(stages), model.estimators_[1:, 0], strict=True):
        assert np.allclose(later, before + 0.3 * tree.predict(x))


def test_adaboost() -> None:
    """The factor of the example, half of the weight on the mistakes, and the other form."""
    stated("adaboost", r"\alpha=\log\frac{1-\mathrm{err}}{\mathrm{err}}")
    stated("adaboost", "after normalizing, they hold half of the total weight")
    error, factor = stated("adaboost", r"With $\mathrm{err}=#$ the factor is #")
    weights = np.array([0.05, 0.15, 0.3, 0.5])
    wrong = np.array([True, True, False, False])
    assert isclose(weights[wrong].sum(), error)
    alpha = log((1 - error) / error)
    assert isclose(exp(alpha), factor)
    new = np.where(wrong, weights * exp(alpha), weights)
    assert isclose(new[wrong].sum(), new.sum() / 2)
    both = np.where(wrong, weights * exp(alpha / 2), weights * exp(-alpha / 2))
    assert np.allclose(new / new.sum(), both / both.sum())


def test_gbm() -> None:
    """The negative gradients of half the squared error and of log loss, by differences."""
    stated("gbm", r"r_i = -\frac{\partial\,\ell(y_i, F(x_i))}{\partial F(x_i)}")
    stated("gbm", r"For $\tfrac12$ squared error $r_i=y_i-F(x_i)$, the residual")
    stated("gbm", r"$r_i=y_i-\hat p_i$")
    step = 1e-6
    for y, f in ((1, 0.3), (0, -2.0), (1, 1.7)):
        p = 1 / (1 + exp(-f))

        def squared(f: float, y: int = y) -> float:
            return (y - f) ** 2 / 2

        def log_loss(f: float, y: int = y) -> float:
            return log(1 + exp(f)) - y * f

        for loss, expected in ((squared, y - f), (log_loss, y - p)):
            found = -(loss(f + step) - loss(f - step)) / (2 * step)
            assert isclose(found, expected, rel_tol=1e-5)


def test_rf_steps() -> None:
    """The forest's regression is the mean of its trees."""
    stated("rf-steps", r"\hat f(x)=\frac1B\sum_{b=1}^{B}T_b(x)")
    x, _ = noisy_labels(80)
    forest = RandomForestRegressor(7, random_state=0).fit(x, x[:, 0])
    assert np.allclose(forest.predict(x), np.mean([t.predict(x) for t in forest], axis=0))


def test_rf() -> None:
    """Fewer features per split: less correlated trees; the regressor's default takes all."""
    stated("rf", r"Typical for $p$ features: $m=\sqrt p$ (classification), $p/3$ (regression)")
    stated("rf", "`RandomForestRegressor` considers all features by default")
    assert RandomForestRegressor().max_features == 1.0
    assert RandomForestClassifier().max_features == "sqrt"
    rng = np.random.default_rng(0)
    new = rng.normal(size=(20, 6))
    correlations = []
    for share in (None, 1 / 3):
        pairs = np.array([pair_of_trees(rng, new, share) for _ in range(150)])
        centered = pairs - pairs.mean(axis=0)
        together = (centered[:, 0] * centered[:, 1]).mean(axis=0)
        correlations.append((together / pairs.var(axis=0).mean(axis=0)).mean())
    assert correlations[1] < correlations[0]


def test_rf_corr() -> None:
    """The formula against the exact variance of an average, and the two numbers."""
    stated("rf-corr", r"\rho\sigma^2+\frac{1-\rho}{B}\,\sigma^2")
    correlation, variance, trees, average, floor = stated(
        "rf-corr", r"For $\rho=#$, $\sigma^2=#$, $B=#$ it is #; no $B$ brings it below #"
    )

    def of_average(count: int) -> float:
        covariance = variance * (correlation + (1 - correlation) * np.eye(count))
        return float(np.full(count, 1 / count) @ covariance @ np.full(count, 1 / count))

    assert average.rounds(of_average(int(trees)))
    for count in (1, 2, int(trees), 500):
        formula = correlation * variance + (1 - correlation) / count * variance
        assert isclose(of_average(count), formula)
    assert floor.rounds(correlation * variance)
    assert of_average(2000) > floor


def test_rf_overfit() -> None:
    """Random labels: perfect in training, chance out of bag."""
    rows, training, held_out = stated(
        "rf-overfit", "On random labels (own run, # rows): training accuracy #, out-of-bag #"
    )
    x, y = noisy_labels(int(rows))
    forest = RandomForestClassifier(100, oob_score=True, random_state=0).fit(x, y)
    assert training.is_about(forest.score(x, y), 0.01)
    assert held_out.is_about(forest.oob_score_, 0.15)


def test_rf_vote() -> None:
    """The vote and the mean of the three trees; scikit-learn takes the mean."""
    *probabilities, against, in_favor, mean = stated(
        "rf-vote", "probabilities #, #, # for a class: the vote rejects it # to #, the mean #"
    )
    votes = sum(p > 0.5 for p in probabilities)
    assert (3 - votes, votes) == (against, in_favor)
    assert mean.rounds(np.mean(probabilities))
    assert mean > 0.5
    x, y = noisy_labels(100)
    forest = RandomForestClassifier(9, max_depth=3, random_state=0).fit(x, y)
    averaged = np.mean([tree.predict_proba(x) for tree in forest], axis=0)
    assert np.allclose(forest.predict_proba(x), averaged)


def test_oob() -> None:
    """The share of trees that never drew a sample."""
    percent = number("oob", "On average about # % of the trees, $(1-1/n)^n\\to 1/e$")
    assert percent.rounds(1 / e, 100)
    assert isclose((1 - 1 / 1000) ** 1000, 1 / e, rel_tol=1e-3)


def test_feat_imp() -> None:
    """A row id outranks a useful binary feature by impurity, and not by held-out shuffling."""
    useful, useless, useful_held_out, useless_held_out = stated(
        "feat-imp", "impurity importance # against #; held-out permutation # against #"
    )
    assert useful < useless
    assert useful_held_out > useless_held_out
    rng = np.random.default_rng(0)
    flag = rng.integers(0, 2, 600)
    y = np.where(rng.random(600) < 0.7, flag, 1 - flag)
    x = np.column_stack([flag, rng.permutation(600)])
    forest = RandomForestClassifier(30, random_state=0).fit(x[:300], y[:300])
    assert forest.feature_importances_[0] < forest.feature_importances_[1]
    losses = []
    for column in range(2):
        shuffled = x[300:].copy()
        shuffled[:, column] = rng.permutation(shuffled[:, column])
        losses.append(forest.score(x[300:], y[300:]) - forest.score(shuffled, y[300:]))
    assert losses[0] > losses[1]


def test_ensemble_why() -> None:
    """The majority of eleven independent classifiers, good and bad ones."""
    stated("ensemble-why", "Eleven independent classifiers")
    good, strong, bad, weak = stated(
        "ensemble-why",
        "each right with probability #: the majority is right with probability #; at # each,"
        " with #",
    )
    for p, majority in ((good, strong), (bad, weak)):
        exact = sum(comb(11, k) * p**k * (1 - p) ** (11 - k) for k in range(6, 12))
        assert majority.rounds(exact)
        assert isclose(exact, stats.binom(11, p).sf(5))


def test_stack_sklearn() -> None:
    """The base models that are kept were fitted on all rows."""
    stated("stack-sklearn", "The kept base models are fitted on all of `X`")
    x, y = noisy_labels(60)
    tree = DecisionTreeClassifier(random_state=0)
    stack = StackingClassifier([("tree", tree)], LogisticRegression(), cv=5).fit(x, y)
    assert stack.estimators_[0].score(x, y) == 1
    assert stack.final_estimator_.coef_[0, 0] < sqrt(20)
