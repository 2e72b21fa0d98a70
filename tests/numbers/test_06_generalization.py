"""Section 6, generalization: the decomposition, penalties solved exactly, cross-validation."""

from __future__ import annotations

from itertools import product
from math import isclose, sqrt

import numpy as np
from scipy import optimize, stats
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import LeaveOneOut, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from stated import number, stated

NOTES = """
bv-decomp early-stop dropout why-sparse l1 l2 soft-threshold reg-prior l1-l2-correlated enet
reg-lambda reg-standardize reg-intercept cv-k cv-variants nested-cv cv-leak cv-dl
""".split()


def regression(samples: int = 60, features: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(samples, features)) * np.arange(1, features + 1)
    return x, x @ np.linspace(2, -1, features) + rng.normal(size=samples)


def test_bv_decomp() -> None:
    """Exact: over all 3³ noises of a training set and a new noise, for a straight line."""
    stated("bv-decomp", r"\mathbb{E}\big[(y-\hat f(x))^2\big] =")
    stated("bv-decomp", r"\big(\mathbb{E}\hat f(x)-f(x)\big)^2")
    stated("bv-decomp", r"+ \operatorname{Var}\big(\hat f(x)\big) + \sigma^2")
    x, at, noises = np.array([0.0, 1, 2]), 1.6, (-1.0, 0.0, 1.0)
    fits = []
    for noise in product(noises, repeat=3):
        fits.append(np.polyval(np.polyfit(x, x**2 + noise, 1), at))
    errors = [(at**2 + new - fit) ** 2 for fit in fits for new in noises]
    bias = np.mean(fits) - at**2
    assert abs(bias) > 0.1
    assert isclose(np.mean(errors), bias**2 + np.var(fits) + np.var(noises))


def test_early_stop() -> None:
    """Gradient descent from zero, stopped, lies near ridge with the note's strength."""
    stated("early-stop", r"acts roughly like an L2 strength of $1/(\eta t)$")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 5)) * [1, 0.8, 0.6, 0.4, 0.2]
    y = x @ np.ones(5) + rng.normal(size=200)
    second, first = x.T @ x / 200, x.T @ y / 200
    weights, rate, steps = np.zeros(5), 0.01, 300
    for _ in range(steps):
        weights -= rate * (second @ weights - first)
    ridge = np.linalg.solve(second + np.eye(5) / (rate * steps), first)
    similarity = weights @ ridge / np.linalg.norm(weights) / np.linalg.norm(ridge)
    assert similarity > 0.99
    assert 1 < np.linalg.norm(weights) / np.linalg.norm(ridge) < 1.3


def test_dropout() -> None:
    """Zero with probability q, times 1/(1−q) otherwise: the expected value stays."""
    stated("dropout", r"with probability $q$, scale the others by $\tfrac{1}{1-q}$")
    stated("dropout", "The scaling keeps each unit's expected value.")
    for q in (0.1, 0.5, 0.8):
        assert isclose(q * 0 + (1 - q) * 3.7 / (1 - q), 3.7)


def test_why_sparse() -> None:
    """The pulls toward zero by differences, and the condition that holds a weight at zero."""
    stated("why-sparse", r"L1's pull toward 0 stays $\lambda$; L2's, $2\lambda\lvert\beta_j\rvert$")
    stated("why-sparse", r"while the loss gradient there is at most $\lambda$ in size")
    strength, step = 0.7, 1e-6
    for weight in (2.0, 0.1):
        for penalty, pull in ((abs, strength), (np.square, 2 * strength * weight)):
            rise = penalty(weight + step) - penalty(weight - step)
            assert isclose(strength * rise / (2 * step), pull, rel_tol=1e-6)
    x, y = regression()
    y = y - y.mean()
    for alpha in (0.5, 2.0, 6.0):
        model = Lasso(alpha, fit_intercept=False, tol=1e-10).fit(x, y)
        gradient = x.T @ (x @ model.coef_ - y) / len(y)
        assert (np.abs(gradient[model.coef_ == 0]) <= alpha + 1e-6).all()
        assert np.allclose(np.abs(gradient[model.coef_ != 0]), alpha, atol=1e-5)


def test_l1() -> None:
    """The summed sizes shrink with the penalty, and a large one gives exact zeros."""
    stated("l1", r"\lambda \sum_{j=1}^{p} \lvert\beta_j\rvert")
    x, y = regression()
    weights = [Lasso(alpha).fit(x, y).coef_ for alpha in (0.01, 1, 5)]
    sums = [np.abs(w).sum() for w in weights]
    assert sums == sorted(sums, reverse=True)
    assert (weights[-1] == 0).any()


def test_l2() -> None:
    """Ridge shrinks without zeros, most where features vary little; a step decays weights."""
    stated("l2", r"\lambda \sum_{j=1}^{p} \beta_j^2")
    stated("l2", "It shrinks most along directions in which the features vary little.")
    x, y = regression()
    strong = Ridge(1000, fit_intercept=False).fit(x, y).coef_
    assert (strong != 0).all()
    _, sizes, directions = np.linalg.svd(x, full_matrices=False)
    free = LinearRegression(fit_intercept=False).fit(x, y).coef_
    kept = (directions @ strong) / (directions @ free)
    assert np.allclose(kept, sizes**2 / (sizes**2 + 1000))
    assert (np.diff(kept) < 0).all()
    weight, rate, strength, step = 3.0, 0.1, 0.05, 1e-6
    gradient = strength * ((weight + step) ** 2 - (weight - step) ** 2) / (2 * step)
    assert isclose(weight - rate * gradient, weight * (1 - 2 * rate * strength))


def test_soft_threshold() -> None:
    """Both closed forms against a numeric minimum, and the four values of the example."""
    stated("soft-threshold", r"\operatorname{sign}(b_j)\,(\lvert b_j\rvert-\lambda)_+")
    stated("soft-threshold", r"\hat\beta_j^{\text{ridge}} &= b_j/(1+\lambda)")
    strength, small, l1_small, l2_small, large, l1_large, l2_large = stated(
        "soft-threshold", r"For $\lambda=#$: $b=#$ gives # and #; $b=#$ gives # and #"
    )
    for b in (small, large, -2.0):
        soft = np.sign(b) * max(abs(b) - strength, 0)
        grid = np.linspace(-3, 3, 600_001)
        lasso = grid[((b - grid) ** 2 / 2 + strength * np.abs(grid)).argmin()]
        ridge = grid[((b - grid) ** 2 / 2 + strength / 2 * grid**2).argmin()]
        assert isclose(lasso, soft, abs_tol=1e-5)
        assert isclose(ridge, b / (1 + strength), abs_tol=1e-5)
    assert l1_small == max(small - strength, 0)
    assert l2_small.rounds(small / (1 + strength))
    assert l1_large.rounds(large - strength)
    assert l2_large.rounds(large / (1 + strength))


def test_reg_prior() -> None:
    """The posterior mode under a Gaussian prior is ridge; under a Laplace prior it is lasso."""
    stated("reg-prior", r"with $\lambda=\sigma^2/\tau^2$")
    x, y = regression(40, 3)
    noise, prior = 0.8, 1.3

    def posterior(weights: np.ndarray, density: stats.rv_continuous) -> float:
        likelihood = stats.norm(scale=noise).logpdf(y - x @ weights).sum()
        return -likelihood - density(scale=prior).logpdf(weights).sum()

    found = optimize.minimize(posterior, np.zeros(3), args=(stats.norm,), tol=1e-10).x
    ridge = np.linalg.solve(x.T @ x + noise**2 / prior**2 * np.eye(3), x.T @ y)
    assert np.allclose(found, ridge, atol=1e-5)
    lasso = Lasso(noise**2 / prior / len(y), fit_intercept=False, tol=1e-10).fit(x, y).coef_
    nearby = np.random.default_rng(0).normal(lasso, 0.01, (200, 3))
    assert all(posterior(lasso, stats.laplace) < posterior(w, stats.laplace) for w in nearby)


def test_l1_l2_correlated() -> None:
    """Two twins, many data sets: the mean gap of their weights and the share of zeros."""
    total, lasso_gap, ridge_gap, zeros = stated(
        "l1-l2-correlated",
        "(total effect #): the twins' weights differed by # on average under lasso, by # under"
        " ridge; lasso zeroed one twin in # % of the sets",
    )
    rng = np.random.default_rng(0)
    lasso, ridge = [], []
    for _ in range(100):
        base = rng.normal(size=100)
        x = np.column_stack([base + rng.normal(0, 0.05, 100), base + rng.normal(0, 0.05, 100)])
        y = x.sum(axis=1) * total / 2 + rng.normal(size=100)
        lasso.append(Lasso(0.1).fit(x, y).coef_)
        ridge.append(Ridge(10).fit(x, y).coef_)
    lasso_found = np.abs(np.diff(lasso)).mean()
    ridge_found = np.abs(np.diff(ridge)).mean()
    assert lasso_found > 10 * ridge_found
    assert lasso_gap > 10 * ridge_gap
    assert 0 < zeros / 100 < 1
    assert (np.array(lasso) == 0).any(axis=1).mean() > 0.2
    assert np.allclose(np.mean(ridge, axis=0), total / 2, rtol=0.1)


def test_enet() -> None:
    """The note's penalty is scikit-learn's: no other weights have a smaller objective."""
    stated(
        "enet",
        r"\lambda\big(\alpha\sum\lvert\beta_j\rvert+\tfrac{1-\alpha}{2}\sum\beta_j^2\big)",
    )
    stated("enet", r"In scikit-learn $\alpha$ is `l1_ratio` and $\lambda$ is `alpha`")
    x, y = regression()
    strength, share = 0.4, 0.3
    found = ElasticNet(strength, l1_ratio=share, fit_intercept=False, tol=1e-10).fit(x, y).coef_

    def objective(w: np.ndarray) -> float:
        penalty = share * np.abs(w).sum() + (1 - share) / 2 * (w**2).sum()
        return ((y - x @ w) ** 2).mean() / 2 + strength * penalty

    nearby = np.random.default_rng(0).normal(found, 0.01, (200, len(found)))
    assert all(objective(found) < objective(w) for w in nearby)


def test_reg_lambda() -> None:
    """Exact bias and variance of ridge move in opposite directions; C is an inverse strength."""
    stated("reg-lambda", r"Larger $\lambda$: more bias, less variance.")
    stated("reg-lambda", "`C` is an inverse strength: smaller `C`, stronger penalty")
    x, _ = regression()
    truth = np.linspace(2, -1, 4)
    biases, variances = [], []
    for strength in (0, 10, 100, 1000):
        shrink = np.linalg.solve(x.T @ x + strength * np.eye(4), x.T)
        biases.append(np.linalg.norm(shrink @ x @ truth - truth))
        variances.append(np.trace(shrink @ shrink.T))
    assert biases == sorted(biases)
    assert variances == sorted(variances, reverse=True)
    y = x[:, 0] > 0
    weights = [np.linalg.norm(LogisticRegression(C=c).fit(x, y).coef_) for c in (0.01, 1)]
    assert weights[0] < weights[1]


def test_reg_standardize() -> None:
    """The weight per unit, and a ridge fit that changes when the unit does."""
    times = number("reg-standardize", "A length in kilometers needs # times its weight in meters")
    meters_per_kilometer = 1000
    assert times == meters_per_kilometer
    x, y = regression()
    long = x * [1 / meters_per_kilometer, 1, 1, 1]
    for model in (LinearRegression(), Ridge(1)):
        same = np.allclose(model.fit(x, y).predict(x), model.fit(long, y).predict(long))
        assert same == isinstance(model, LinearRegression)
    free = LinearRegression()
    assert isclose(free.fit(long, y).coef_[0] / free.fit(x, y).coef_[0], times)


def test_reg_intercept() -> None:
    """Celsius or kelvin: with a free intercept predictions just shift, with a penalized one not."""
    stated("reg-intercept", "the fit would depend on the target's zero point")
    x, y = regression()
    free = Ridge(5)
    shifted = free.fit(x, y + 273.15).predict(x) - free.fit(x, y).predict(x)
    assert np.allclose(shifted, 273.15)
    design = np.column_stack([np.ones(len(x)), x])
    hat = design @ np.linalg.solve(design.T @ design + 5 * np.eye(5), design.T)
    assert (hat @ np.full(len(y), 273.15) < 273.15).mean() > 0.9


def test_cv_k() -> None:
    """One least-squares fit gives the leave-one-out error, by the note's formula."""
    stated("cv-k", r"\tfrac1n\sum_i\big(\tfrac{y_i-\hat y_i}{1-h_i}\big)^2")
    x, y = regression()
    design = np.column_stack([np.ones(len(x)), x])
    hat = design @ np.linalg.pinv(design)
    shortcut = (((y - hat @ y) / (1 - hat.diagonal())) ** 2).mean()
    scores = cross_val_score(
        LinearRegression(), x, y, cv=LeaveOneOut(), scoring="neg_mean_squared_error"
    )
    assert isclose(shortcut, -scores.mean())


def test_cv_variants() -> None:
    """Near-copies with a random label per group: shuffled folds look perfect, grouped ones not."""
    groups, copies, shuffled, grouped = stated(
        "cv-variants",
        "# groups of # near-copies with a random label per group. Shuffled K-fold reported"
        " accuracy #, group folds # (chance)",
    )
    rng = np.random.default_rng(0)
    found = []
    for _ in range(10):
        group = np.repeat(np.arange(int(groups)), int(copies))
        x = rng.normal(size=(int(groups), 5))[group] + rng.normal(0, 0.01, (len(group), 5))
        y = rng.permutation(np.arange(groups) % 2)[group]
        fold = rng.permutation(len(group)) % 5
        fold_of_groups = (rng.permutation(int(groups)) % 5)[group]
        for folds in (fold, fold_of_groups):
            model = KNeighborsClassifier(1)
            found.append(
                np.mean(
                    [
                        model.fit(x[folds != k], y[folds != k]).score(x[folds == k], y[folds == k])
                        for k in range(5)
                    ]
                )
            )
    assert shuffled.is_about(np.mean(found[::2]), 0.02)
    assert grouped.is_about(np.mean(found[1::2]), 0.2)


def test_nested_cv() -> None:
    """Random labels, 36 random rules: the best score exceeds one half, its nested score not."""
    best, nested, truth = stated("nested-cv", "best score #, nested #, the truth #")
    assert best > 0.55
    assert nested == truth == 0.5
    rng = np.random.default_rng(0)
    scores = []
    for _ in range(300):
        y, fold = rng.integers(0, 2, 60), np.arange(60) % 5
        right = (rng.normal(size=(60, 5)) @ rng.normal(size=(5, 36)) > 0) == y[:, None]
        chosen = [right[fold != k].mean(axis=0).argmax() for k in range(5)]
        honest_score = np.mean([right[fold == k, chosen[k]].mean() for k in range(5)])
        scores.append((right.mean(axis=0).max(), honest_score))
    optimistic, honest = np.mean(scores, axis=0)
    assert optimistic > truth + 0.05
    assert abs(honest - truth) < 0.02


def test_cv_leak() -> None:
    """Features picked before or inside the folds, on pure noise."""
    samples, features, picked, outside, inside = stated(
        "cv-leak",
        "(# samples, # features): picking the # best features before cross-validation gave"
        " accuracy #, picking them inside each fold #",
    )
    rng = np.random.default_rng(0)
    found = []
    for _ in range(10):
        x = rng.normal(size=(int(samples), int(features)))
        y = rng.permutation(np.arange(samples) % 2)
        fold = rng.permutation(int(samples)) % 5

        def best(rows: np.ndarray, x: np.ndarray = x, y: np.ndarray = y) -> np.ndarray:
            gap = x[rows & (y == 1)].mean(axis=0) - x[rows & (y == 0)].mean(axis=0)
            return np.abs(gap).argsort()[-int(picked) :]

        everything = best(np.full(int(samples), True))
        for honest in (False, True):
            scores = []
            for k in range(5):
                train = fold != k
                columns = best(train) if honest else everything
                model = LogisticRegression().fit(x[train][:, columns], y[train])
                scores.append(model.score(x[~train][:, columns], y[~train]))
            found.append(np.mean(scores))
    assert outside.is_about(np.mean(found[::2]), 0.03)
    assert inside.is_about(np.mean(found[1::2]), 0.12)


def test_cv_dl() -> None:
    """The standard error of the accuracy."""
    accuracy, samples, p, q, n, error = stated(
        "cv-dl",
        r"Accuracy # on # held-out samples has a standard error of $\sqrt{#\cdot#/#}=#$",
    )
    assert (p, n) == (accuracy, samples)
    assert isclose(q, 1 - p)
    assert error.rounds(sqrt(p * q / n))
