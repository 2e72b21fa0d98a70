"""Section 4, data and features: what filling, scaling and encoding do to numbers."""

from __future__ import annotations

from math import isclose, log, sqrt

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.linear_model import LinearRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import cross_val_score
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler, TargetEncoder
from sklearn.tree import DecisionTreeClassifier
from stated import number, stated

NOTES = """
missing-drop-cost missing-drop-bias impute-mean-trap pandas-ffill-trap pandas-nan-compare
imbalance-correct imbalance-threshold scaling scaling-outlier scaling-normal scaling-new-range
one-hot onehot-integer-codes onehot-dummy target-encoding-leak target-encoding-smooth mean-median
curse-edge curse-distance curse-intrinsic interactions-tree tfidf-formula tfidf-embedding
text-char-ngrams
""".split()


def far_over_near(points: np.ndarray, query: np.ndarray) -> float:
    distances = np.linalg.norm(points - query, axis=1)
    return float(distances.max() / distances.min())


def test_missing_drop_cost() -> None:
    """The share of complete rows."""
    columns, missing, kept, power, percent = stated(
        "missing-drop-cost",
        r"With # columns, each # % missing independently, only $#^{#} \approx #\,\%$",
    )
    assert (kept, power) == (1 - missing / 100, columns)
    assert percent.rounds(kept**power, 100)


def test_missing_drop_bias() -> None:
    """If y is missing by x, the kept rows shift the mean of y but not its regression on x."""
    stated("missing-drop-bias", "The overall mean of $y$, if both $y$ and the gaps depend on $x$")
    stated("missing-drop-bias", "A correctly specified regression of $y$ on $x$ stays consistent.")
    x = np.array([0.0, 0, 1, 1])
    y = np.array([0.0, 2, 3, 5])  # slope 3, mean 2.5
    kept = np.array([1.0, 1, 3, 3])  # the chance to be seen depends on x alone
    assert (y * kept).sum() / kept.sum() > y.mean()
    model = LinearRegression().fit(x[:, None], y, sample_weight=kept)
    assert np.allclose((model.coef_[0], model.intercept_), (3, 1))


def test_impute_mean_trap() -> None:
    """The variance and the correlation after a share of the values became the mean."""
    filled, variance, root, correlation = stated(
        "impute-mean-trap",
        r"With # % filled, variance falls to about # %, the correlation with a complete feature"
        r" to about $\sqrt{#} \approx #\,\%$",
    )
    assert variance == 100 - filled
    assert correlation.rounds(sqrt(root), 100)
    rng = np.random.default_rng(0)
    full = rng.normal(size=(100_000, 2)) @ [[1, 0.8], [0, 0.6]]
    x, y = full[:, 0], full[:, 1].copy()
    before = np.corrcoef(x, y)[0, 1]
    y[rng.random(len(y)) < filled / 100] = y.mean()
    assert isclose(y.var(), variance / 100, rel_tol=0.02)
    assert isclose(np.corrcoef(x, y)[0, 1] / before, sqrt(root), rel_tol=0.02)


@pytest.mark.skipif(pd.__version__ < "3", reason="the note speaks of pandas 3")
def test_pandas_ffill_trap() -> None:
    """The old call raises the error that the note names, and the new one fills."""
    stated("pandas-ffill-trap", "It raises TypeError")
    table = pd.DataFrame({"a": [1.0, None]})
    with pytest.raises(TypeError):
        table.fillna(method="ffill")
    assert list(table.ffill()["a"]) == [1, 1]


def test_pandas_nan_compare() -> None:
    """The comparison is true nowhere, `isna` finds both NaN and None."""
    stated("pandas-nan-compare", "the comparison is true nowhere. Use s.isna(), which also finds")
    series = pd.Series([1.0, np.nan, None], dtype=object)
    assert not (series == np.nan).any()
    assert list(series.isna()) == [False, True, True]


def test_imbalance_correct() -> None:
    """The correction undoes the undersampling exactly, and gives the example's probability."""
    stated("imbalance-correct", r"\hat p=\frac{\beta s}{\beta s+1-s}")
    wording = r"$\beta=#$ turns $s=#$ into $\hat p\approx#$"
    beta, score, corrected = stated("imbalance-correct", wording)
    for p in (0.001, 0.026, 0.7):
        sampled = p / (p + beta * (1 - p))
        assert isclose(beta * sampled / (beta * sampled + 1 - sampled), p)
    assert corrected.rounds(beta * score / (beta * score + 1 - score))


def test_imbalance_threshold() -> None:
    """Balanced weights multiply the odds by the class ratio, and so move the intercept."""
    percent, before, after = stated(
        "imbalance-threshold",
        "with # % positives: ROC-AUC 0.88 with and without balanced weights; chiefly the"
        " intercept moved, from # to #",
    )
    share = percent / 100
    assert isclose(after - before, log((1 - share) / share), abs_tol=0.1)


def test_scaling() -> None:
    """Both formulas are scikit-learn's scalers, and neither changes the shape."""
    stated("scaling", r"z=\frac{x-\bar x}{s}\qquad x'=\frac{x-x_{\min}}{x_{\max}-x_{\min}}")
    x = np.random.default_rng(0).exponential(size=(500, 1))
    standard = (x - x.mean()) / x.std()
    ranged = (x - x.min()) / (x.max() - x.min())
    assert np.allclose(standard, StandardScaler().fit_transform(x))
    assert np.allclose(ranged, MinMaxScaler().fit_transform(x))
    assert isclose(standard.mean(), 0, abs_tol=1e-12)
    assert isclose(standard.std(), 1)
    assert np.allclose(stats.skew(x), [stats.skew(standard)[0]])
    assert np.allclose(stats.skew(x), [stats.skew(ranged)[0]])


def test_scaling_outlier() -> None:
    """The range that is left for the other values."""
    first, last, extreme, count, low, high = stated(
        "scaling-outlier", "values # to # and one #, the # share $[#, #]$"
    )
    values = np.arange(first, last + 1)
    assert len(values) == count
    scaled = (values - first) / (extreme - first)
    assert low.rounds(scaled.min())
    assert high.rounds(scaled.max())


def test_scaling_normal() -> None:
    """An exponential distribution keeps its skewness when it is standardized."""
    skewness = number("scaling-normal", "an exponential's skewness stays #")
    assert stats.expon.stats(moments="s") == skewness
    assert stats.expon(loc=-1, scale=3).stats(moments="s") == skewness


def test_scaling_new_range() -> None:
    """What the fitted scaler makes of a value beyond its range, with and without clipping."""
    low, high, new, result = stated("scaling-new-range", "fitted on # to #, it maps # to #")
    clipped = number("scaling-new-range", "MinMaxScaler(clip=True) would give #")
    x = np.array([[low], [high]])
    assert MinMaxScaler().fit(x).transform([[new]]) == result
    assert MinMaxScaler(clip=True).fit(x).transform([[new]]) == clipped


def test_one_hot() -> None:
    """An unseen level raises an error, or gives a row of zeros where that is asked for."""
    stated("one-hot", 'raises an error on an unseen level; with handle_unknown="ignore" its row')
    seen, new = [["a"], ["b"]], [["c"]]
    with pytest.raises(ValueError, match="unknown categories"):
        OneHotEncoder().fit(seen).transform(new)
    assert OneHotEncoder(handle_unknown="ignore").fit(seen).transform(new).sum() == 0


def test_onehot_integer_codes() -> None:
    """Whatever the targets, the middle code's prediction lies halfway between the others."""
    codes = stated(
        "onehot-integer-codes", "with red #, green #, blue #, green's effect must lie halfway"
    )
    red, green, blue = (
        LinearRegression().fit(np.array([codes]).T, [0, 9, 3]).predict(np.array([codes]).T)
    )
    assert isclose(green, (red + blue) / 2)


def test_onehot_dummy() -> None:
    """With all dummies and an intercept, the columns are one short of full rank."""
    stated("onehot-dummy", "All dummies sum to the intercept's column")
    dummies = np.eye(3)[[0, 1, 2, 0, 1, 2]]
    design = np.column_stack([np.ones(6), dummies])
    assert np.linalg.matrix_rank(design) == design.shape[1] - 1
    assert np.linalg.matrix_rank(design[:, :-1]) == design.shape[1] - 1


def test_target_encoding_leak() -> None:
    """Random labels, many levels: what the encoded column seems to know of them."""
    rows, levels, naive, fitted = stated(
        "target-encoding-leak",
        "Random labels, # rows, # levels: the encoded training column had AUC #, cross-fitted #",
    )
    rng = np.random.default_rng(0)
    x = rng.integers(0, int(levels), (int(rows), 1))
    y = rng.integers(0, 2, int(rows))
    np.random.seed(0)  # from which the encoder shuffles its folds
    encoder = TargetEncoder()
    assert naive.is_about(roc_auc_score(y, encoder.fit(x, y).transform(x)), 0.03)
    assert fitted.is_about(roc_auc_score(y, encoder.fit_transform(x, y)), 0.06)


def test_target_encoding_smooth() -> None:
    """The formula is scikit-learn's encoding with the same m, and m rows with the mean."""
    stated("target-encoding-smooth", r"\frac{n_c\,\bar y_c+m\,\bar y }{n_c+m}")
    x, y, m = np.array([["a"]] * 3 + [["b"]] * 7), np.arange(10.0), 4.0
    encoded = TargetEncoder(smooth=m, target_type="continuous").fit(x, y).transform([["a"]])
    by_formula = (3 * y[:3].mean() + m * y.mean()) / (3 + m)
    assert isclose(encoded[0, 0], by_formula)
    assert isclose(np.mean([*y[:3], *[y.mean()] * 4]), by_formula)


def test_mean_median() -> None:
    """One bad point moves the mean without limit, the median only within the other points."""
    stated("mean-median", "one bad point can move the mean without limit")
    stated("mean-median", "times $n$, it gives the sum")
    clean = np.arange(9.0)
    for bad in (1e3, 1e9):
        spoiled = np.append(clean, bad)
        assert spoiled.mean() > bad / 10
        assert np.median(spoiled) <= clean.max()
        assert isclose(spoiled.mean() * len(spoiled), spoiled.sum())


def test_curse_edge() -> None:
    """The edge for one percent of the data at each of the note's dimensions."""
    stated("curse-edge", "the edge is $r^{1/p}$")
    share, *edges = stated(
        "curse-edge",
        "To hold # % of the data it must span # of each axis for $p=#$, # for $p=#$, # for $p=#$",
    )
    for edge, features in zip(edges[::2], edges[1::2], strict=True):
        assert edge.rounds((share / 100) ** (1 / features))


def test_curse_distance() -> None:
    """Medians of farthest over nearest distance, and the growth of mean and spread."""
    points, *ratios = stated(
        "curse-distance",
        "to # uniform points, farthest over nearest distance: about # for $p=#$, # for $p=#$,"
        " # for $p=#$",
    )
    rng = np.random.default_rng(0)
    for ratio, features in zip(ratios[::2], ratios[1::2], strict=True):
        repeats = 400 if features < 100 else 5
        found = [
            far_over_near(rng.random((int(points), int(features))), rng.random(int(features)))
            for _ in range(repeats)
        ]
        assert ratio.is_about(float(np.median(found)), 0.15), (features, np.median(found))
    stated("curse-distance", r"its mean grows like $p$, its spread only like $\sqrt p$")
    squares = {p: ((rng.random((2000, p)) - rng.random(p)) ** 2).sum(axis=1) for p in (16, 256)}
    assert isclose(squares[256].mean() / squares[16].mean(), 16, rel_tol=0.35)
    assert isclose(squares[256].std() / squares[16].std(), 4, rel_tol=0.35)


def test_curse_intrinsic() -> None:
    """A square laid into many dimensions keeps the distances of a square."""
    points, features, ratio = stated(
        "curse-intrinsic",
        "# points uniform on a square in # dimensions: farthest over nearest distance about #",
    )
    rng = np.random.default_rng(0)
    axes = np.linalg.qr(rng.normal(size=(int(features), 2)))[0].T
    flat = [(rng.random((int(points), 2)), rng.random(2)) for _ in range(400)]
    found = [far_over_near(square, query) for square, query in flat]
    assert ratio.is_about(float(np.median(found)), 0.15)
    square, query = flat[0]
    assert isclose(far_over_near(square @ axes, query @ axes), found[0])


def test_interactions_tree() -> None:
    """The mean accuracy on fewer data sets of the kind; it differs much from one to the next."""
    rows, folds, depth, _, deep = stated(
        "interactions-tree",
        "# rows: #-fold accuracy, averaged over 1,000 data sets, # at depth 2, though two levels"
        " of splits at # would do; above # without a depth limit",
    )
    shallow, unlimited = [], []
    for seed in range(100):
        x = np.random.default_rng(seed).normal(size=(int(rows), 2))
        y = x[:, 0] * x[:, 1] > 0
        tree = DecisionTreeClassifier(max_depth=2, random_state=0)
        shallow.append(cross_val_score(tree, x, y, cv=int(folds)).mean())
        if seed < 3:
            full = DecisionTreeClassifier(random_state=0)
            unlimited.append(cross_val_score(full, x, y, cv=int(folds)).mean())
    assert depth.is_about(np.mean(shallow), 0.03)
    assert min(unlimited) > deep


def test_tfidf_formula() -> None:
    """The textbook weight of a term found everywhere, and scikit-learn's smoothed form."""
    stated("tfidf-formula", r"\mathrm{tf}(t,d)\cdot \log\frac{n}{n_t}")
    stated("tfidf-formula", r"$\ln\frac{1+n}{1+n_t}+1$ and normalizes each row")
    texts = ["a b", "a c c", "a b d", "a"]
    model = TfidfVectorizer(token_pattern=r"\w")
    rows = model.fit_transform(texts)
    counts = CountVectorizer(token_pattern=r"\w").fit_transform(texts).toarray()
    found_in = (counts > 0).sum(axis=0)
    assert np.allclose(model.idf_, np.log((1 + 4) / (1 + found_in)) + 1)
    assert np.allclose(np.linalg.norm(rows.toarray(), axis=1), 1)
    assert (counts * np.log(4 / found_in))[:, 0].max() == 0


def test_tfidf_embedding() -> None:
    """The two phrases share no term."""
    similarity = number(
        "tfidf-embedding", '"cheap flight" and "low-cost airfare" have similarity #'
    )
    one, other = TfidfVectorizer().fit_transform(["cheap flight", "low-cost airfare"]).toarray()
    assert one @ other == similarity


def test_text_char_ngrams() -> None:
    """The disguised word and the word share the part that the note names, and no whole word."""
    stated("text-char-ngrams", '"v1agra" and "viagra" are different words but share "agra"')
    words = ("v1agra", "viagra")
    grams = [{word[i : i + 4] for i in range(len(word) - 3)} for word in words]
    assert grams[0] & grams[1] == {"agra"}
