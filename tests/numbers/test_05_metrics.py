"""Section 5, metrics: worked tables, bounds, minimizers and gradients."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from itertools import product
from math import exp, isclose, log, pi, sqrt
from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics
from stated import listed, number, stated

NOTES = """
confusion-axes confusion-multi accuracy specificity confusion-one-threshold precision
precision-vs-fpr precision-prevalence precision-undefined recall pr-tradeoff f1 fbeta pr-worked
threshold fbeta-spam mae mae-median-why mae-outliers mae-weights rmse rmse-mean-why
rmse-decomposition mae-rmse-code mae-rmse-contrast mae-rmse-bounds mae-rmse-ranking
mae-rmse-gauss-ratio mean-dist mean-vs-median mean-error-bias no-squared loss-target
squared-outlier-weight huber-quantile huber-formula pinball ols-mle logreg-loss compare-paired
mcnemar compare-t-test
""".split()

STEP = 1e-6


def slope(function: Callable[[float], Any], at: float) -> float:
    """The derivative by central differences."""
    return (function(at + STEP) - function(at - STEP)) / (2 * STEP)


def mae(errors: Any) -> float:
    return float(np.abs(errors).mean())


def rmse(errors: Any) -> float:
    return float(np.sqrt(np.square(errors).mean()))


def f_score(p: float, r: float, beta: float = 1) -> float:
    return (1 + beta**2) * p * r / (beta**2 * p + r)


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


def best_constant(loss: Callable[[np.ndarray], np.ndarray], y: Any) -> float:
    """The constant on a fine grid with the least mean loss of the errors."""
    grid = np.linspace(min(y), max(y), 20_001)
    return float(grid[loss(np.asarray(y) - grid[:, None]).mean(axis=1).argmin()])


def test_confusion_axes() -> None:
    """scikit-learn's rows are the actual classes, and the top-left cell is TN."""
    stated("confusion-axes", "Rows. Many texts transpose the table")
    stated("confusion-axes", "so with 0 and 1 the top-left cell is TN")
    matrix = metrics.confusion_matrix([1, 1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 0, 0, 0])
    assert matrix.tolist() == [[3, 1], [1, 2]]
    assert metrics.confusion_matrix([1, 1, 1], [1, 0, 0]).tolist() == [[0, 0], [2, 1]]


def test_confusion_multi() -> None:
    """Diagonal over row sum is recall, over column sum precision."""
    stated("confusion-multi", "recall = diagonal cell ÷ row sum")
    stated("confusion-multi", "precision = diagonal cell ÷ column sum")
    actual, predicted = [0, 0, 1, 1, 1, 2, 2, 2, 2], [0, 1, 1, 1, 2, 2, 2, 0, 0]
    matrix = metrics.confusion_matrix(actual, predicted)
    recall = metrics.recall_score(actual, predicted, average=None)
    precision = metrics.precision_score(actual, predicted, average=None)
    assert np.allclose(matrix.diagonal() / matrix.sum(axis=1), recall)
    assert np.allclose(matrix.diagonal() / matrix.sum(axis=0), precision)


def test_accuracy() -> None:
    """The score of flagging nothing."""
    positives, score = stated("accuracy", "With #% positives, flagging nothing scores #%")
    assert score == 100 - positives


def test_specificity() -> None:
    """Both rates share a denominator and add up to 1."""
    stated("specificity", r"\text{specificity} &= \frac{TN}{TN+FP}")
    stated("specificity", r"\mathrm{FPR} &= \frac{FP}{TN+FP} = 1-\text{specificity}")
    tn, fp = 135, 5
    assert isclose(fp / (tn + fp), 1 - tn / (tn + fp))


def test_confusion_one_threshold() -> None:
    """Two thresholds on the same scores give two tables."""
    stated("confusion-one-threshold", "Each decision threshold gives another one.")
    y, scores = np.array([0, 0, 1, 1]), np.array([0.1, 0.6, 0.4, 0.9])
    tables = [metrics.confusion_matrix(y, scores >= t).tolist() for t in (0.3, 0.5)]
    assert tables[0] != tables[1]


def test_precision() -> None:
    """The formula is scikit-learn's, and flagging only the surest case can score 1."""
    stated("precision", r"P=\frac{TP}{TP+FP}")
    best = number("precision", "flagging only the surest case can score #")
    assert metrics.precision_score([1, 1, 1, 0, 0], [1, 1, 0, 1, 0]) == 2 / (2 + 1)
    assert metrics.precision_score([1, 1, 1, 0, 0], [1, 0, 0, 0, 0]) == best


def test_precision_vs_fpr() -> None:
    """The mail that the note counts."""
    spam, good, hits, alarms, again, flagged, precision, lost = stated(
        "precision-vs-fpr",
        "# spam, # legitimate mails; # spam and # legitimate are flagged. Precision is #/# = #,"
        " yet #% of the legitimate",
    )
    assert (again, flagged) == (hits, hits + alarms)
    assert hits <= spam
    assert precision.rounds(hits / flagged)
    assert lost.rounds(alarms / good, 100)


def test_precision_prevalence() -> None:
    """The formula is Bayes' theorem, falls with prevalence, and gives the two values."""
    stated("precision-prevalence", r"P=\frac{\pi R}{\pi R+(1-\pi)\mathrm{FPR}}")
    recall, rate, high, common, low, rare = stated(
        "precision-prevalence",
        r"$R=#$, $\mathrm{FPR}=#$: precision is # at $\pi=#$ but # at $\pi=#$",
    )

    def precision(prevalence: float) -> float:
        return prevalence * recall / (prevalence * recall + (1 - prevalence) * rate)

    assert high.rounds(precision(common))
    assert low.rounds(precision(rare))
    tp, fp = 1000 * rare * recall, 1000 * (1 - rare) * rate
    assert isclose(precision(rare), tp / (tp + fp))


def test_precision_undefined() -> None:
    """scikit-learn's value for 0/0, and its warning."""
    value = number("precision-undefined", "By default scikit-learn reports # with a warning")
    with pytest.warns(UserWarning, match="ill-defined"):
        assert metrics.precision_score([0, 1], [0, 0]) == value
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert metrics.precision_score([0, 1], [0, 0], zero_division=1) == 1


def test_recall() -> None:
    """The formula is scikit-learn's, and flagging everything gives 1."""
    stated("recall", r"R=\frac{TP}{TP+FN}")
    best = number("recall", "flagging everything gives #")
    assert metrics.recall_score([1, 1, 1, 0, 0], [1, 1, 0, 1, 0]) == 2 / (2 + 1)
    assert metrics.recall_score([1, 1, 1, 0, 0], [1] * 5) == best


def test_pr_tradeoff() -> None:
    """Along rising thresholds recall never rises; precision falls at some steps."""
    stated("pr-tradeoff", "Recall is monotone in the threshold; precision is not")
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 500)
    precision, recall, _ = metrics.precision_recall_curve(y, y + rng.normal(0, 1, 500))
    assert (np.diff(recall) <= 0).all()
    assert (np.diff(precision) < 0).any()
    assert np.mean(precision[400:-1]) > np.mean(precision[:100])


def test_f1() -> None:
    """The example's two means, and the bound of twice the smaller."""
    stated("f1", r"F_1=\frac{2PR}{P+R}")
    stated("f1", "It is at most twice the smaller of the two")
    p, r, arithmetic, harmonic = stated(
        "f1", "$P=#$, $R=#$: the arithmetic mean is #, $F_1$ only #"
    )
    assert arithmetic.rounds((p + r) / 2)
    assert harmonic.rounds(2 * p * r / (p + r))
    grid = np.linspace(0.01, 1, 50)
    assert all(f_score(p, r) <= 2 * min(p, r) for p, r in product(grid, grid))


def test_fbeta() -> None:
    """The formula is scikit-learn's; larger beta moves the weight toward recall."""
    stated("fbeta", r"F_\beta=\frac{(1+\beta^2) PR}{\beta^2 P + R}")
    y, flagged = [1, 1, 1, 1, 0, 0], [1, 1, 0, 0, 1, 0]
    p, r = 2 / 3, 2 / 4
    for beta in (0.5, 1, 2):
        assert isclose(f_score(p, r, beta), metrics.fbeta_score(y, flagged, beta=beta))
    assert f_score(p, r, 0.5) > f_score(p, r, 1) > f_score(p, r, 2)


def test_pr_worked() -> None:
    """Every number of the worked table."""
    tp, fn, fp, _tn = stated("pr-worked", "TP #, FN #, FP #, TN #:")
    hits, flagged, precision = stated("pr-worked", "P &= #/# = #")
    found, positives, recall = stated("pr-worked", "R &= #/# = #")
    wording = r"F_1 &= \frac{2\cdot #\cdot #}{#+#} \approx #"
    p, r, same, other, f1 = stated("pr-worked", wording)
    assert (hits, flagged) == (tp, tp + fp)
    assert (found, positives) == (tp, tp + fn)
    wording = "Denominators: # + # flagged cases for precision, # + # actual positives"
    assert stated("pr-worked", wording) == (tp, fp, tp, fn)
    assert precision.rounds(hits / flagged)
    assert recall.rounds(found / positives)
    assert (p, r) == (same, other) == (precision, recall)
    assert f1.rounds(f_score(tp / (tp + fp), tp / (tp + fn)))


def test_threshold() -> None:
    """At the threshold both decisions cost the same; the example's ratio of costs."""
    stated("threshold", r"p \ge \frac{c_{FP}}{c_{FP}+c_{FN}}")
    stated("threshold", "Flagging costs $(1-p)\\,c_{FP}$ in expectation, passing $p\\,c_{FN}$")
    limit = number("threshold", "nine times as costly as a miss gives a threshold of #")
    assert limit.rounds(9 / (9 + 1))
    for p in np.linspace(0.01, 0.99, 99):
        assert ((1 - p) * 9 <= p + 1e-12) == (p >= limit - 1e-12)


def test_fbeta_spam() -> None:
    """All scores of the example, and the swapped one."""
    p, r, half, f_half, f_one, two, f_two, swapped_half, swapped = stated(
        "fbeta-spam",
        "$P=#$, $R=#$: $F_{#}=#$, $F_1=#$, $F_#=#$. With $P$ and $R$ swapped, $F_{#}$ is #",
    )
    assert f_half.rounds(f_score(p, r, half))
    assert f_one.rounds(f_score(p, r))
    assert f_two.rounds(f_score(p, r, two))
    assert swapped.rounds(f_score(r, p, swapped_half))


def test_mae() -> None:
    """The formula is scikit-learn's, and the best constant is a median."""
    stated("mae", r"\mathrm{MAE}=\frac1n\sum_{i=1}^n \lvert y_i-\hat y_i\rvert")
    stated("mae", "The best constant prediction is a median of $y$.")
    y = [1, 2, 4, 8, 16]
    assert metrics.mean_absolute_error(y, [0] * 5) == mae(y)
    assert isclose(best_constant(np.abs, y), np.median(y), abs_tol=1e-3)


def test_mae_median_why() -> None:
    """The slope is the share of points below minus above; even n has a flat bottom."""
    stated("mae-median-why", r"\frac{n_{\text{below}}-n_{\text{above}}}{n}")
    stated("mae-median-why", "For even $n$ every value between the two middle points is a min")
    y = np.array([1.0, 2, 4, 9, 12])
    for c in (0.0, 1.5, 3.3, 7.0, 20.0):
        expected = ((y < c).sum() - (y > c).sum()) / len(y)
        assert isclose(slope(lambda c: mae(y - c), c), expected, abs_tol=1e-6)
    even = y[:4]
    assert isclose(mae(even - 2.1), mae(even - 3.9))
    assert mae(even - 1.9) > mae(even - 2.1)


def test_mae_outliers() -> None:
    """Both metrics before and after one error grows."""
    size, same, large, after, rmse_after = stated(
        "mae-outliers",
        "Eight errors of #: MAE = RMSE = #. Let one of them be #: MAE doubles to #, RMSE rises"
        " to #",
    )
    equal, spoiled = np.full(8, size), np.append(np.full(7, size), large)
    assert mae(equal) == rmse(equal) == same
    assert mae(spoiled) == after == 2 * same
    assert rmse_after.rounds(rmse(spoiled))


def test_mae_weights() -> None:
    """Three times and nine times; the gradient of each error is 1/n in size."""
    large, small = stated("mae-weights", "# counts three times as much as #")
    stated("mae-weights", "Under squared error it counts nine times as much")
    assert (large / small, large**2 / small**2) == (3, 9)
    for error in (small, large):
        gradient = slope(lambda e: mae([e, 1, 1, 1]), error)
        assert isclose(gradient, 1 / 4, abs_tol=1e-6)


def test_rmse() -> None:
    """The formula is scikit-learn's; the best constant is the mean; double the error is 4."""
    stated("rmse", r"\mathrm{RMSE}=\sqrt{\frac1n\sum_{i=1}^n (y_i-\hat y_i)^2}")
    stated("rmse", "twice the error, four times the squared contribution")
    stated("rmse", "The best constant prediction is the mean of $y$.")
    y = [1, 2, 4, 8, 16]
    assert isclose(metrics.root_mean_squared_error(y, [0] * 5), rmse(y))
    assert isclose(best_constant(np.square, y), np.mean(y), abs_tol=1e-3)


def test_rmse_mean_why() -> None:
    """The derivative of the mean squared error in the constant, and its zero."""
    stated("rmse-mean-why", r"-\frac2n\sum_{i=1}^n (y_i-c)=0 \quad\Rightarrow\quad c=\bar y")
    y = np.array([1.0, 2, 4, 9, 12])
    for c in (0.0, 3.0, 20.0):
        expected = -2 / len(y) * (y - c).sum()
        assert isclose(slope(lambda c: rmse(y - c) ** 2, c), expected, rel_tol=1e-6)
    assert isclose((y - y.mean()).sum(), 0, abs_tol=1e-12)


def test_rmse_decomposition() -> None:
    """Squared RMSE is the squared mean error plus the variance of the errors."""
    stated("rmse-decomposition", r"\mathrm{RMSE}^2=\bar{e}^2+\frac1n\sum_{i=1}^n (e_i-\bar e)^2")
    errors = np.array([0.5, -2, 3, 7])
    assert isclose(rmse(errors) ** 2, errors.mean() ** 2 + errors.var())


def test_mae_rmse_code() -> None:
    """The old call raises the error that the note names."""
    stated("mae-rmse-code", "mean_squared_error(..., squared=False) raises a TypeError")
    with pytest.raises(TypeError):
        metrics.mean_squared_error([1], [0], squared=False)


def test_mae_rmse_contrast() -> None:
    """The likelihood choice under Laplace noise is the median, under Gaussian the mean."""
    stated("mae-rmse-contrast", "MAE the likelihood choice: Laplace")
    stated("mae-rmse-contrast", "RMSE the likelihood choice: Gaussian")
    y = np.array([1.0, 2, 4, 8, 16])
    laplace = best_constant(lambda e: -stats.laplace.logpdf(e), y)
    gaussian = best_constant(lambda e: -stats.norm.logpdf(e), y)
    assert isclose(laplace, np.median(y), abs_tol=1e-3)
    assert isclose(gaussian, y.mean(), abs_tol=1e-3)


def test_mae_rmse_bounds() -> None:
    """The bounds hold on many errors, and both are reached as the note says."""
    stated("mae-rmse-bounds", r"\mathrm{MAE}\le\mathrm{RMSE}\le\sqrt n\,\mathrm{MAE}")
    for errors in np.random.default_rng(0).standard_t(2, (1000, 7)):
        assert mae(errors) <= rmse(errors) <= sqrt(7) * mae(errors)
    assert isclose(mae([3, -3, 3]), rmse([3, -3, 3]))
    assert isclose(rmse([0, 0, 5, 0]), sqrt(4) * mae([0, 0, 5, 0]))


def test_mae_rmse_ranking() -> None:
    """Two models whose order differs between the metrics."""
    for errors in ("(1, 1, 1, 9)", "(4, 4, 4, 4)"):
        stated("mae-rmse-ranking", f"Errors {errors}")
    uneven = stated("mae-rmse-ranking", "Errors (#, #, #, #): MAE #, RMSE #. Errors")
    even = stated("mae-rmse-ranking", "RMSE #. Errors (#, #, #, #): MAE #, RMSE #")[1:]
    for *errors, absolute, squared in (uneven, even):
        assert absolute.rounds(mae(errors))
        assert squared.rounds(rmse(errors))
    assert uneven[4] < even[4]
    assert uneven[5] > even[5]


def test_mae_rmse_gauss_ratio() -> None:
    """The ratio of the two for Gaussian and for Laplace errors."""
    gauss = number("mae-rmse-gauss-ratio", r"\sqrt{\pi/2}\approx #")
    root, laplace = stated("mae-rmse-gauss-ratio", r"for Laplace errors it is $\sqrt#\approx#$")
    for ratio, exact, noise in ((gauss, pi / 2, stats.norm), (laplace, root, stats.laplace)):
        assert ratio.rounds(sqrt(exact))
        assert isclose(noise.std() / noise.expect(np.abs), sqrt(exact), rel_tol=1e-6)


def test_mean_dist() -> None:
    """The expected squared error of the mean is the variance, and no constant does better."""
    stated("mean-dist", "its RMSE is the standard deviation")
    noise = stats.expon(scale=2)
    errors = [sqrt(noise.expect(lambda x, c=c: (x - c) ** 2)) for c in (1.5, 2.0, 2.5)]
    assert isclose(errors[1], noise.std(), rel_tol=1e-6)
    assert errors[1] < min(errors[0], errors[2])


def test_mean_vs_median() -> None:
    """Mean and median of the data."""
    data = listed("mean-vs-median", "Data #…#: mean")
    center, middle = stated("mean-vs-median", ": mean #, median #")
    assert (np.mean(data), np.median(data)) == (center, middle)


def test_mean_error_bias() -> None:
    """The size of the mean error is at most MAE; it can be zero for bad predictions."""
    stated("mean-error-bias", r"$\lvert\bar e\rvert\le\mathrm{MAE}$")
    for errors in np.random.default_rng(0).normal(1, 2, (1000, 5)):
        assert abs(errors.mean()) <= mae(errors) + 1e-12
    assert np.mean([5, -5]) == 0 < mae([5, -5])


def test_no_squared() -> None:
    """What is fitted on the log scale and exponentiated lies below the mean."""
    stated("no-squared", "gives a geometric mean, which underestimates the mean of $y$")
    y = np.array([1.0, 10, 100])
    assert isclose(exp(np.log(y).mean()), stats.gmean(y))
    assert stats.gmean(y) < y.mean()


def test_loss_target() -> None:
    """The best constants for the data of the note."""
    data = listed("loss-target", "For the data #…# the best constant")
    wording = "the best constant is # under squared error and # under absolute error"
    squared, absolute = stated("loss-target", wording)
    assert isclose(best_constant(np.square, data), squared, abs_tol=0.01)
    assert isclose(best_constant(np.abs, data), absolute, abs_tol=0.01)


def test_squared_outlier_weight() -> None:
    """The gradient is proportional to the residual, against one of size 1."""
    stated("squared-outlier-weight", "the gradient is proportional to the residual")
    size = number("squared-outlier-weight", r"its gradient in $\hat y$ is only $\pm#$")
    for residual in (1.0, 10.0, 1000.0):
        assert isclose(slope(np.square, residual), 2 * residual, rel_tol=1e-4)
        assert isclose(slope(abs, residual), size, rel_tol=1e-4)


def huber(errors: np.ndarray, delta: float) -> np.ndarray:
    small = np.abs(errors) <= delta
    return np.where(small, errors**2 / 2, delta * (np.abs(errors) - delta / 2))


def pinball_loss(errors: np.ndarray, tau: float) -> np.ndarray:
    return np.maximum(tau * errors, (tau - 1) * errors)


def test_huber_quantile() -> None:
    """Huber's best constant lies between median and mean; pinball's is the quantile."""
    stated("huber-quantile", "a compromise of mean and median")
    stated("huber-quantile", "the conditional $\\tau$-quantile")
    y = np.array([2.0, 3, 4, 5, 86])
    assert np.median(y) < best_constant(lambda e: huber(e, 10), y) < y.mean()
    found = best_constant(lambda e: pinball_loss(e, 0.7), y)
    assert isclose(found, np.quantile(y, 0.7, method="inverted_cdf"), abs_tol=0.01)


def test_huber_formula() -> None:
    """At delta both branches agree in value and slope; beyond it the gradient is capped."""
    stated("huber-formula", r"\tfrac12 e^2 & \lvert e\rvert\le\delta")
    stated("huber-formula", r"\delta(\lvert e\rvert-\tfrac12\delta) & \lvert e\rvert>\delta")
    delta = 1.5
    inside, beyond = huber(np.array([delta - 1e-9, delta + 1e-9]), delta)
    assert isclose(inside, beyond, abs_tol=1e-8)
    for error, gradient in ((1.0, 1.0), (delta, delta), (7.0, delta), (-7.0, -delta)):
        found = slope(lambda e: huber(np.asarray(e), delta), error)
        assert isclose(found, gradient, abs_tol=1e-5)


def test_pinball() -> None:
    """The two prices, and the share of outcomes above the best constant."""
    stated("pinball", r"L_\tau(e)=\max\big(\tau e,\,(\tau-1)e\big)")
    percent = number("pinball", "make a model predict a #% quantile")
    tau, under, over, above = stated(
        "pinball",
        r"At $\tau=#$ a unit of under-prediction ($e=y-\hat y>0$) costs #, of over-prediction #,"
        " so the fit rises until about #% of outcomes lie above",
    )
    assert tau == percent / 100
    assert under.rounds(pinball_loss(np.array(1.0), tau))
    assert over.rounds(pinball_loss(np.array(-1.0), tau))
    y = np.random.default_rng(0).exponential(size=500)
    fit = best_constant(lambda e: pinball_loss(e, tau), y)
    assert isclose((y > fit).mean(), above / 100, abs_tol=0.005)


def test_ols_mle() -> None:
    """The negative log-likelihood and the sum of squares over 2σ² differ by a constant."""
    stated("ols-mle", r"-\log L=\frac{1}{2\sigma^2}\sum_{i=1}^n (y_i-\hat y_i)^2+\text{const}")
    y, sigma = np.array([1.0, 3, 4]), 0.7
    rest = [
        -stats.norm(guess, sigma).logpdf(y).sum() - ((y - guess) ** 2).sum() / (2 * sigma**2)
        for guess in (np.zeros(3), np.array([1.0, 2, 9]), y)
    ]
    assert np.allclose(rest, rest[0])


def test_logreg_loss() -> None:
    """Both gradients in z, their values at the note's point, and the convexity of one loss."""
    stated("logreg-loss", "gradient in $z$ is $p-y$ for log loss, $2(p-y)p(1-p)$ for squared")
    label, z, log_slope, squared_slope = stated("logreg-loss", "At $y=#$, $z=#$: $#$ against $#$")

    def log_loss(z: float) -> float:
        return -label * log(sigmoid(z)) - (1 - label) * log(1 - sigmoid(z))

    def squared(z: float) -> float:
        return (sigmoid(z) - label) ** 2

    for at in (z, -1.0, 0.5):
        p = sigmoid(at)
        assert isclose(slope(log_loss, at), p - label, rel_tol=1e-5)
        assert isclose(slope(squared, at), 2 * (p - label) * p * (1 - p), rel_tol=1e-5)
    assert log_slope.rounds(slope(log_loss, z))
    assert squared_slope.rounds(slope(squared, z))
    grid = np.linspace(-6, 6, 100)
    assert (np.diff([log_loss(z) for z in grid], 2) > 0).all()
    assert (np.diff([squared(z) for z in grid], 2) < 0).any()


def interval(gain: float, variance: float) -> tuple[float, float]:
    half = stats.norm.ppf(0.975) * sqrt(variance)
    return gain - half, gain + half


def test_compare_paired() -> None:
    """The identity of the variance, and the two intervals of the example."""
    stated("compare-paired", r"\operatorname{Var}(a)+\operatorname{Var}(b)")
    stated("compare-paired", r"-2\operatorname{Cov}(a,b)")
    n, a, b, only_a, only_b, low, high, low_apart, high_apart = stated(
        "compare-paired",
        "# examples, accuracy # and #; only A right on #, only B right on #. Paired 95 %"
        " interval for the gain: # to #. Treated as independent samples: # to #",
    )
    gain = (only_b - only_a) / n
    assert isclose(gain, b - a)
    apart = a * (1 - a) / n + b * (1 - b) / n
    paired = ((only_a + only_b) / n - gain**2) / n
    both = a - only_a / n
    assert isclose(paired, apart - 2 * (both - a * b) / n)
    for ends, variance in (((low, high), paired), ((low_apart, high_apart), apart)):
        exact = interval(gain, variance)
        assert all(end.rounds(value) for end, value in zip(ends, exact, strict=True))


def test_mcnemar() -> None:
    """The statistic, its p-value, and the corrected form."""
    stated("mcnemar", r"\chi^2=\frac{(b-c)^2}{b+c}")
    b, c, statistic, p_value = stated("mcnemar", r"$b=#$, $c=#$: $\chi^2=#$, $p\approx#$")
    corrected = number("mcnemar", r"takes $(\lvert b-c\rvert-1)^2$, here #")
    assert statistic.rounds((b - c) ** 2 / (b + c))
    assert p_value.rounds(stats.chi2(1).sf((b - c) ** 2 / (b + c)))
    assert corrected.rounds((abs(b - c) - 1) ** 2 / (b + c))


def test_compare_t_test() -> None:
    """Differences that share data: the plain test's error rate, and with the correction."""
    splits, test_share, level, plain, corrected = stated(
        "compare-t-test",
        "# random 90/# splits, nominal level # %: the plain test claimed a difference in # % of"
        " 150 simulations, with Nadeau and Bengio's variance correction in # %",
    )
    ratio = test_share / (100 - test_share)
    correlation = test_share / 100  # of two random splits' test sets, at equally good models
    rng = np.random.default_rng(0)
    shared = rng.normal(size=(20_000, 1)) * sqrt(correlation)
    draws = shared + rng.normal(size=(20_000, int(splits))) * sqrt(1 - correlation)
    limit = stats.t(splits - 1).ppf(1 - level / 200)
    variance = draws.var(axis=1, ddof=1)
    t_plain = draws.mean(axis=1) / np.sqrt(variance / splits)
    t_corrected = draws.mean(axis=1) / np.sqrt(variance * (1 / splits + ratio))
    assert plain.is_about(100 * (np.abs(t_plain) > limit).mean(), 0.2)
    assert corrected.is_about(100 * (np.abs(t_corrected) > limit).mean(), 0.3)
