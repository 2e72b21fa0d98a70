"""Section 7, linear and kernel models: solutions, odds, margins and feature maps."""

from __future__ import annotations

from itertools import combinations_with_replacement
from math import comb, exp, isclose, log, sqrt

import numpy as np
from scipy import stats
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import SVC
from stated import number, stated

NOTES = """
linreg-assump linreg-check normality-myth multicol ols-normal-eq gauss-markov leverage
ols-heteroscedastic logreg logreg-odds logreg-boundary logreg-separable logreg-mean nb nb-smooth
nb-works svm-margin svm-sv-why svm-c hinge kernel-trick kernel-poly rbf-gamma kernel-when-not
kernel-valid
""".split()


def design(samples: int = 60, features: int = 3) -> np.ndarray:
    x = np.random.default_rng(0).normal(size=(samples, features))
    return np.column_stack([np.ones(samples), x])


def sigmoid(z: float) -> float:
    return 1 / (1 + exp(-z))


def clouds(distance: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    y = np.repeat([-1, 1], 60)
    return rng.normal(size=(120, 2)) + distance * y[:, None], y


def test_linreg_assump() -> None:
    """Exogenous errors make OLS unbiased: exactly, over all signs of three errors."""
    stated("linreg-assump", r"exogenous errors, $\mathbb{E}[\varepsilon\mid X]=0$ → unbiased")
    x, truth = design(3, 1), np.array([1.0, 2.0])
    signs = [[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)]
    fits = [np.linalg.lstsq(x, x @ truth + np.array(errors))[0] for errors in signs]
    assert np.allclose(np.mean(fits, axis=0), truth)


def test_linreg_check() -> None:
    """Residuals are uncorrelated with a predictor even where the errors are not."""
    stated("linreg-check", "OLS makes residuals uncorrelated with every predictor by construction")
    x = design()
    errors = x[:, 1] + np.random.default_rng(1).normal(size=len(x))
    y = x @ [1, 2, 0, 0] + errors
    weights = np.linalg.lstsq(x, y)[0]
    assert abs(weights[1] - 2) > 0.5
    assert np.allclose(x.T @ (y - x @ weights), 0, atol=1e-10)


def test_normality_myth() -> None:
    """Normal errors and skewed predictors: the t interval covers as promised, at n = 8."""
    stated("normality-myth", "Only the errors, given $X$")
    rng = np.random.default_rng(0)
    runs, samples = 10_000, 8
    x = np.exp(rng.normal(size=(runs, samples)))
    centered = x - x.mean(axis=1, keepdims=True)
    noise = rng.normal(size=(runs, samples))
    noise -= noise.mean(axis=1, keepdims=True)
    spread = (centered**2).sum(axis=1)
    slope_error = (centered * noise).sum(axis=1) / spread
    residual = noise - centered * slope_error[:, None]
    error = np.sqrt((residual**2).sum(axis=1) / (samples - 2) / spread)
    covered = np.abs(slope_error / error) < stats.t(samples - 2).ppf(0.975)
    assert isclose(covered.mean(), 0.95, abs_tol=0.007)


def test_multicol() -> None:
    """The factor at the note's R², and that it is what the variance grows by."""
    stated("multicol", r"\mathrm{VIF}_j=\frac{1}{1-R_j^2}")
    share, factor = stated("multicol", "$R_j^2=#$ gives VIF #")
    assert isclose(1 / (1 - share), factor)
    x = design()[:, 1:]
    x[:, 1] = 0.9 * x[:, 0] + 0.3 * x[:, 1]
    x -= x.mean(axis=0)
    r_squared = LinearRegression().fit(x[:, 1:], x[:, 0]).score(x[:, 1:], x[:, 0])
    alone = 1 / (x[:, 0] @ x[:, 0])
    together = np.linalg.inv(x.T @ x)[0, 0]
    assert isclose(together / alone, 1 / (1 - r_squared))


def test_ols_normal_eq() -> None:
    """The formula is the least-squares solution; a copied column leaves many."""
    stated("ols-normal-eq", r"\hat\beta=(X^\top X)^{-1}X^\top y")
    x, y = design(), np.arange(60.0)
    assert np.allclose(np.linalg.inv(x.T @ x) @ x.T @ y, np.linalg.lstsq(x, y)[0])
    twice = np.column_stack([x, x[:, 1]])
    assert np.linalg.matrix_rank(twice) < twice.shape[1]
    one = np.linalg.lstsq(twice, y)[0]
    assert np.allclose(twice @ one, twice @ (one + np.array([0, 5, 0, 0, -5])))


def test_gauss_markov() -> None:
    """Any other linear unbiased estimator has a larger variance; ridge a smaller squared error."""
    stated("gauss-markov", "smallest variance among linear unbiased estimators")
    stated("gauss-markov", "ridge can have lower mean squared error")
    x = design()
    ols = np.linalg.pinv(x)
    rng = np.random.default_rng(0)
    for _ in range(20):
        other = ols + rng.normal(size=ols.shape) @ (np.eye(60) - x @ ols)
        assert np.allclose(other @ x, np.eye(4))
        assert (np.diag(other @ other.T) > np.diag(ols @ ols.T)).all()
    truth, noise = np.full(4, 0.2), 1.0
    shrink = np.linalg.solve(x.T @ x + 20 * np.eye(4), x.T)
    ridge = ((shrink @ x @ truth - truth) ** 2).sum() + noise * np.trace(shrink @ shrink.T)
    assert ridge < noise * np.trace(ols @ ols.T)


def test_leverage() -> None:
    """A far point pulls the line to itself, so its residual stays small."""
    stated("leverage", "A high-leverage point can pull the line to itself")
    x = np.append(np.arange(10.0), 60)
    lines = [np.polyfit(x, np.append(2 * x[:-1], 2 * 60 + lift), 1) for lift in (0, 30)]
    assert lines[1][0] > 1.2 * lines[0][0]
    far = abs(2 * 60 + 30 - np.polyval(lines[1], 60))
    assert far < 30 / 10
    hat = 1 / 11 + (60 - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()
    assert hat > 0.9


def test_ols_heteroscedastic() -> None:
    """Exactly: OLS stays unbiased, weighted least squares has the smaller variance."""
    stated("ols-heteroscedastic", "Coefficients stay unbiased but lose efficiency")
    x = design()
    variances = np.exp(2 * x[:, 1])
    ols = np.linalg.pinv(x)
    weighted = np.linalg.solve(x.T / variances @ x, x.T / variances)
    assert np.allclose(ols @ x, np.eye(4))
    true_variance = (ols**2 * variances).sum(axis=1)
    assert (true_variance > (weighted**2 * variances).sum(axis=1)).all()
    usual = variances.mean() * np.diag(np.linalg.inv(x.T @ x))
    assert not np.allclose(usual, true_variance, rtol=0.2)


def test_logreg() -> None:
    """Log-odds and sigmoid are inverse; the gradient of log loss is prediction minus label."""
    stated("logreg", r"\log\frac{\hat p}{1-\hat p}=z")
    stated("logreg", r"\hat p=\frac{1}{1+e^{-z}}")
    for z in (-3.0, 0.0, 1.7):
        assert isclose(log(sigmoid(z) / (1 - sigmoid(z))), z, abs_tol=1e-12)
    x, step = design(20), 1e-6
    y, weights = np.arange(20) % 2, np.array([0.1, -0.4, 0.8, 0.3])

    def loss(w: np.ndarray) -> float:
        z = x @ w
        return float((np.log1p(np.exp(z)) - y * z).sum())

    differences = [(loss(weights + e) - loss(weights - e)) / (2 * step) for e in step * np.eye(4)]
    assert np.allclose(differences, x.T @ (1 / (1 + np.exp(-x @ weights)) - y), atol=1e-6)


def test_logreg_odds() -> None:
    """What doubling the odds makes of the two probabilities."""
    factor, low, low_after, half, half_after = stated(
        "logreg-odds", "With $e^{w_j}=#$, a probability of # becomes #, one of # becomes #"
    )
    for before, after in ((low, low_after), (half, half_after)):
        odds = factor * before / (1 - before)
        assert after.rounds(odds / (1 + odds))
        assert isclose(sigmoid(log(before / (1 - before)) + log(factor)), odds / (1 + odds))


def test_logreg_boundary() -> None:
    """The threshold on the probability is one on the linear score."""
    stated("logreg-boundary", r"w^\top x+b\ge\log\frac{t}{1-t}")
    for t in (0.1, 0.5, 0.8):
        for z in np.linspace(-4, 4, 80):
            assert (sigmoid(z) >= t) == (z >= log(t / (1 - t)))


def test_logreg_separable() -> None:
    """The weight keeps growing as the penalty weakens."""
    weights = stated("logreg-separable", ": weight #, #, #, #")
    assert list(weights) == sorted(weights)
    x, y = np.array([[-1.0], [-0.4], [0.5], [1.0]]), [0, 0, 1, 1]
    models = [LogisticRegression(C=c, tol=1e-8, max_iter=10_000) for c in (1, 1e3, 1e6)]
    found = [model.fit(x, y).coef_[0, 0] for model in models]
    assert found[0] < found[1] - 1 < found[2] - 2


def test_logreg_mean() -> None:
    """The derivative of log loss in the intercept is the sum of prediction minus label."""
    stated("logreg-mean", r"$\sum_i(\hat p_i-y_i)=0$")
    x, y = design()[:, 1:], (np.arange(60) % 3 == 0).astype(int)
    model = LogisticRegression(C=0.5, tol=1e-10).fit(x, y)
    assert isclose(model.predict_proba(x)[:, 1].mean(), y.mean(), rel_tol=1e-5)


def test_nb() -> None:
    """scikit-learn's posterior is the note's product, normalized; a long product underflows."""
    stated("nb", r"p(c\mid d)\propto p(c)\prod_i p(w_i\mid c)")
    stated("nb", "a product of hundreds of small probabilities underflows to 0")
    counts, y = np.array([[2, 1, 0], [1, 0, 3], [0, 1, 2]]), np.array([0, 1, 1])
    model = MultinomialNB().fit(counts, y)
    document = np.array([1, 0, 2])
    product = np.exp(model.class_log_prior_) * np.prod(
        np.exp(model.feature_log_prob_) ** document, axis=1
    )
    assert np.allclose(model.predict_proba([document])[0], product / product.sum())
    assert np.prod(np.full(300, 0.001)) == 0


def test_nb_smooth() -> None:
    """The formula is scikit-learn's with alpha 1, and leaves no word with probability 0."""
    stated("nb-smooth", r"\hat p(w\mid c)=\frac{n_{wc}+1}{n_c+\lvert V\rvert}")
    counts = np.array([[4, 2, 0], [1, 0, 3]])
    model = MultinomialNB(alpha=1).fit(counts, [0, 1])
    expected = (counts + 1) / (counts.sum(axis=1, keepdims=True) + counts.shape[1])
    assert np.allclose(np.exp(model.feature_log_prob_), expected)


def test_nb_works() -> None:
    """The posterior of one word, and of five copies of it."""
    once, copied = stated(
        "nb-works",
        "a word four times as likely in spam: posterior #. Seen as five perfectly dependent"
        " copies, it becomes #",
    )
    assert once.rounds(4 / (4 + 1))
    assert copied.rounds(4**5 / (4**5 + 1))


def test_svm_margin() -> None:
    """The closest points of a hard-margin fit lie at 1/‖w‖, and no other line does better."""
    stated("svm-margin", r"\min_{w,b}\tfrac12\lVert w\rVert^2")
    stated("svm-margin", r"y_i(w^\top x_i+b)\ge1")
    stated("svm-margin", r"Margin $1/\lVert w\rVert$ on each side")
    x, y = clouds(4)
    model = SVC(kernel="linear", C=1e6, tol=1e-8).fit(x, y)
    w, b = model.coef_[0], model.intercept_[0]
    distances = y * (x @ w + b) / np.linalg.norm(w)
    assert isclose(distances.min(), 1 / np.linalg.norm(w), rel_tol=1e-4)
    for angle in np.linspace(0, 2 * np.pi, 360):
        scores = x @ [np.cos(angle), np.sin(angle)]
        assert (scores[y == 1].min() - scores[y == -1].max()) / 2 <= distances.min() + 1e-6


def test_svm_sv_why() -> None:
    """w is a sum over support vectors, which alone give the same fit; the note's example."""
    stated("svm-sv-why", r"w=\sum_i\alpha_i\,y_i\,x_i")
    vectors, points = stated("svm-sv-why", "its # support vectors, out of # points")
    assert vectors < points
    x, y = clouds(1)
    full = SVC(kernel="linear", tol=1e-8).fit(x, y)
    assert np.allclose(full.dual_coef_ @ x[full.support_], full.coef_)
    few = SVC(kernel="linear", tol=1e-8).fit(x[full.support_], y[full.support_])
    assert len(full.support_) < len(x)
    assert np.allclose(few.coef_, full.coef_, atol=1e-4)


def test_svm_c() -> None:
    """A larger C gives a narrower margin and fewer support vectors."""
    points, weak, wide, many, strong, narrow, few = stated(
        "svm-c",
        "# points: $C=#$ gave full margin width # and # support vectors, $C=#$ # and #",
    )
    assert weak < strong
    assert wide > narrow
    assert points > many > few
    x, y = clouds(1)
    models = [SVC(kernel="linear", C=c).fit(x, y) for c in (weak, strong)]
    widths = [2 / np.linalg.norm(model.coef_) for model in models]
    assert widths[0] > widths[1]
    assert len(models[0].support_) > len(models[1].support_)


def test_hinge() -> None:
    """The loss is zero beyond the margin, and its minimum is the SVM's with λ = 1/C."""
    stated("hinge", r"\sum_i \max\bigl(0,\,1-y_i f(x_i)\bigr)+\tfrac{\lambda}{2}\lVert w\rVert^2")
    stated("hinge", "The loss is zero for points on the right side, outside the margin")
    x, y = clouds(1)
    cost = 0.3
    model = SVC(kernel="linear", C=cost, tol=1e-8).fit(x, y)

    def objective(w: np.ndarray, b: float) -> float:
        losses = np.maximum(0, 1 - y * (x @ w + b))
        return float(losses.sum() + (w @ w) / (2 * cost))

    w, b = model.coef_[0], model.intercept_[0]
    outside = y * (x @ w + b) > 1 + 1e-6
    assert not np.isin(np.flatnonzero(outside), model.support_).any()
    for move in np.random.default_rng(0).normal(0, 0.05, (200, 3)):
        assert objective(w, b) < objective(w + move[:2], b + move[2]) + 1e-6
    assert np.log1p(np.exp(-30)) > 0


def test_kernel_trick() -> None:
    """A kernel machine on φ's kernel is the linear one on φ(x)."""
    stated("kernel-trick", r"k(x,z)=\phi(x)^\top\phi(z)")
    x, y = clouds(0.5)
    y = np.where((x**2).sum(axis=1) > 2, 1, -1)
    phi = np.column_stack([x[:, 0] ** 2, sqrt(2) * x[:, 0] * x[:, 1], x[:, 1] ** 2])
    by_kernel = SVC(kernel=lambda a, b: (a @ b.T) ** 2, tol=1e-8).fit(x, y)
    by_features = SVC(kernel="linear", tol=1e-8).fit(phi, y)
    assert np.allclose(
        by_kernel.decision_function(x), by_features.decision_function(phi), atol=1e-3
    )
    assert by_kernel.score(x, y) > 0.95


def test_kernel_poly() -> None:
    """The features' inner product is the kernel; the count of features for the cube."""
    stated("kernel-poly", r"\phi(x)=\bigl(x_1^2,\ \sqrt2\,x_1x_2,\ x_2^2\bigr)")

    def phi(x: np.ndarray) -> np.ndarray:
        return np.array([x[0] ** 2, sqrt(2) * x[0] * x[1], x[1] ** 2])

    for x, z in np.random.default_rng(0).normal(size=(20, 2, 2)):
        assert isclose(phi(x) @ phi(z), (x @ z) ** 2, abs_tol=1e-12)
    power, inputs, entries = stated(
        "kernel-poly", r"For $(x^\top z)^#$ with # inputs, $\phi$ has # entries"
    )
    assert comb(int(inputs + power - 1), int(power)) == entries
    assert len(list(combinations_with_replacement(range(4), 3))) == comb(4 + 3 - 1, 3)


def test_rbf_gamma() -> None:
    """A larger gamma fits the training data better and new data worse."""
    stated("rbf-gamma", r"$e^{-\gamma\lVert x-z\rVert^2}$ falls with distance")
    small, train_small, new_small, large, train_large, new_large = stated(
        "rbf-gamma",
        r"$\gamma=#$ gave training accuracy #, cross-validated #; $\gamma=#$ gave # and #",
    )
    assert train_small < train_large
    assert new_small > new_large
    x, y = clouds(0.7)
    models = [SVC(gamma=gamma).fit(x[::2], y[::2]) for gamma in (small, large)]
    assert models[1].score(x[::2], y[::2]) > models[0].score(x[::2], y[::2])
    assert models[1].score(x[1::2], y[1::2]) < models[0].score(x[1::2], y[1::2])


def test_kernel_when_not() -> None:
    """Entries and bytes of the kernel matrix."""
    samples, power, gigabytes = stated(
        "kernel-when-not", "# mean a matrix of $10^{#}$ entries, # GB"
    )
    size = number("kernel-when-not", "At # bytes an entry")
    assert samples**2 == 10**power
    assert samples**2 * size == gigabytes * 1e9


def test_kernel_valid() -> None:
    """Kernels have no negative eigenvalue; the note's similarity has."""
    stated("kernel-valid", r"$\tanh(x^\top z-1)$ gave an eigenvalue of")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(5, 3))
    products = x @ x.T
    squares = ((x[:, None] - x) ** 2).sum(axis=-1)
    for valid in (products, products**2, np.exp(-squares)):
        assert np.linalg.eigvalsh(valid).min() > -1e-9
    assert np.linalg.eigvalsh(np.tanh(products - 1)).min() < -0.1
