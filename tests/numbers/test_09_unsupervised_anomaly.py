"""Section 9, clustering and anomalies: objectives, scores, directions and fences."""

from __future__ import annotations

from itertools import pairwise
from math import isclose, sqrt

import numpy as np
from scipy import stats
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.metrics import (
    adjusted_rand_score,
    davies_bouldin_score,
    rand_score,
    silhouette_samples,
    silhouette_score,
)
from stated import number, stated

NOTES = """
kmeans kmeans-objective kmeans-mean kmeans-converge kmeans-init kmeans-fail kmeans-scale
inertia-trap silhouette-merge kmeans-eval silhouette silhouette-formula silhouette-noise
silhouette-convex rand-adjusted cluster-accuracy dbscan-eps pca pca-svd pca-scale pca-low-variance
pca-lda zscore-trap zscore-modified iqr iqr-false-alarms iforest fraud-accuracy
""".split()


def clusters(x: np.ndarray, k: int, seed: int = 0) -> KMeans:
    return KMeans(k, n_init=5, random_state=seed).fit(x)


def uniform(points: int = 600) -> np.ndarray:
    return np.random.default_rng(0).random((points, 2))


def moons() -> tuple[np.ndarray, np.ndarray]:
    return make_moons(500, noise=0.05, random_state=0)


def lloyd(x: np.ndarray, centers: np.ndarray) -> list[float]:
    """The objective after each step of assignment and update, until nothing changes."""
    values: list[float] = []
    while len(values) < 2 or values[-1] < values[-2]:
        label = ((x[:, None] - centers) ** 2).sum(axis=-1).argmin(axis=1)
        centers = np.array([x[label == j].mean(axis=0) for j in range(len(centers))])
        values.append(float(((x - centers[label]) ** 2).sum()))
    return values


def test_kmeans() -> None:
    """Each round of the steps lowers the squared distances; another start ends elsewhere."""
    stated("kmeans", "It minimizes the sum of squared Euclidean distances to the centroids")
    stated("kmeans", "in general reaching only a local optimum")
    x = np.array([[0.0, 0], [0, 1], [4, 0], [4, 1]])
    wide, tall = lloyd(x, x[[0, 2]]), lloyd(x, x[[0, 1]])
    assert wide[-1] == 4 * 0.25
    assert tall[-1] == 4 * 4
    path = lloyd(uniform(), uniform()[:6])
    assert path == sorted(path, reverse=True)


def test_kmeans_objective() -> None:
    """The formula is scikit-learn's inertia."""
    stated(
        "kmeans-objective",
        r"J=\sum_{j=1}^{k}\ \sum_{x_i\in C_j} \lVert x_i-\mu_j\rVert^2",
    )
    x = uniform()
    model = clusters(x, 4)
    means = np.array([x[model.labels_ == j].mean(axis=0) for j in range(4)])
    assert isclose(((x - means[model.labels_]) ** 2).sum(), model.inertia_)


def test_kmeans_mean() -> None:
    """No other point has a smaller sum of squared distances; for absolute ones, the median."""
    stated("kmeans-mean", "The mean is the point with the smallest sum of squared distances")
    stated("kmeans-mean", "With absolute (L1) distances, the coordinate-wise median")
    x = np.random.default_rng(0).exponential(size=(31, 2))
    for moved in np.random.default_rng(1).normal(0, 0.1, (100, 2)):
        assert ((x - x.mean(axis=0) - moved) ** 2).sum() > ((x - x.mean(axis=0)) ** 2).sum()
        middle = np.median(x, axis=0)
        assert np.abs(x - middle - moved).sum() > np.abs(x - middle).sum()


def test_kmeans_converge() -> None:
    """From many starts, the objective never rises and the steps end."""
    stated("kmeans-converge", "No step raises the objective and partitions are finitely many")
    x, rng = uniform(100), np.random.default_rng(0)
    for _ in range(20):
        path = lloyd(x, x[rng.permutation(100)[:3]])
        assert all(after <= before for before, after in pairwise(path))


def test_kmeans_init() -> None:
    """Single random starts often miss the best solution, k-means++ hardly ever."""
    blobs, percent, runs, every = stated(
        "kmeans-init",
        "On # blobs, single random starts reached the best solution in about # % of # runs,"
        " scikit-learn's k-means++ in all #",
    )
    assert runs == every
    x, _ = make_blobs(300, centers=int(blobs), random_state=0, cluster_std=0.6)
    found = {}
    for init in ("random", "k-means++"):
        models = [KMeans(int(blobs), init=init, n_init=1, random_state=s) for s in range(40)]
        found[init] = np.array([model.fit(x).inertia_ for model in models])
    best = min(map(min, found.values())) * 1.01
    shares = [(values <= best).mean() for values in found.values()]
    assert shares[0] < shares[1] - 0.2
    assert percent < 100
    assert KMeans().get_params()["n_init"] == "auto"


def test_kmeans_fail() -> None:
    """On two moons k-means fails where DBSCAN finds both."""
    poor, good = stated(
        "kmeans-fail",
        "k-means with $k=2$ had an adjusted Rand index of #; DBSCAN, with a fitting radius, had #",
    )
    x, y = moons()
    assert poor.is_about(adjusted_rand_score(y, clusters(x, 2).labels_), 0.1)
    assert adjusted_rand_score(y, DBSCAN(eps=0.2).fit(x).labels_) == good


def test_kmeans_scale() -> None:
    """A noise feature times 100 hides the blobs; a common scale shows them."""
    factor, lost, found = stated(
        "kmeans-scale",
        "multiplying a noise feature by #, the adjusted Rand index fell to #; standardizing"
        " brought it back to #",
    )
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 150)
    x = np.column_stack([4 * y + rng.normal(size=300), factor * rng.normal(size=300)])
    scaled = (x - x.mean(axis=0)) / x.std(axis=0)
    assert lost.rounds(max(adjusted_rand_score(y, clusters(x, 2).labels_), 0))
    assert found.is_about(adjusted_rand_score(y, clusters(scaled, 2).labels_), 0.1)


def test_inertia_trap() -> None:
    """Inertia falls with k to zero at k = n, scales with units, and falls on pure noise."""
    times = number("inertia-trap", "centimeters for meters multiply it by #")
    noise = stated("inertia-trap", "Uniform noise, no clusters: inertia #, #, #, #, #")
    x = uniform()
    found = [clusters(x, k).inertia_ for k in range(1, 6)]
    assert isclose(clusters(100 * x, 3).inertia_ / found[2], times)
    for stated_inertia, inertia in zip(noise, found, strict=True):
        assert isclose(stated_inertia / noise[0], inertia / found[0], rel_tol=0.06)
    assert isclose(KMeans(20, n_init=1).fit(x[:20]).inertia_, 0, abs_tol=1e-12)


def test_silhouette_merge() -> None:
    """Four blobs in two distant pairs score higher as two clusters."""
    high, two, low, four = stated("silhouette-merge", "mean silhouette # at $k=#$, # at $k=#$")
    assert high > low
    x, _ = make_blobs(400, centers=[[0, 0], [0, 3], [30, 0], [30, 3]], random_state=0)
    found = [silhouette_score(x, clusters(x, int(k)).labels_) for k in (two, four)]
    assert found[0] > found[1] + 0.1


def test_kmeans_eval() -> None:
    """Of two clusterings, the better one has the lower Davies–Bouldin and the higher Rand index."""
    stated("kmeans-eval", "Davies–Bouldin (lower is better)")
    x, y = make_blobs(300, centers=3, random_state=0, cluster_std=0.5)
    good, poor = clusters(x, 3).labels_, np.random.default_rng(0).integers(0, 3, 300)
    assert davies_bouldin_score(x, good) < davies_bouldin_score(x, poor)
    renamed = (good + 1) % 3
    assert adjusted_rand_score(y, good) == adjusted_rand_score(y, renamed)


def test_silhouette() -> None:
    """Bounds, and the three cases of the note, on a line."""
    stated("silhouette", "Near -1: closer to another cluster.")
    x = np.array([[0.0], [0.1], [5], [9.9], [10]])
    values = silhouette_samples(x, [0, 0, 0, 1, 1])
    assert values[0] > 0.7
    assert abs(values[2]) < 0.1
    assert silhouette_samples(x, [0, 0, 1, 1, 0])[4] < -0.4
    random = silhouette_samples(uniform(), np.random.default_rng(1).integers(0, 3, 600))
    assert -1 <= random.min() <= random.max() <= 1


def test_silhouette_formula() -> None:
    """The formula is scikit-learn's."""
    stated("silhouette-formula", r"s(i)=\frac{b(i)-a(i)}{\max\bigl(a(i),\,b(i)\bigr)}")
    stated("silhouette-formula", "its mean distance to the other points of its own cluster")
    x = np.array([[0.0], [1], [5], [9], [10]])
    own, nearest = 1.0, np.mean([5, 9, 10])
    expected = (nearest - own) / max(own, nearest)
    assert isclose(silhouette_samples(x, [0, 0, 1, 1, 1])[0], expected)


def test_silhouette_noise() -> None:
    """Uniform points score as stated for every k of the note."""
    points, mean, first, last = stated(
        "silhouette-noise", "# uniform points in a square scored about # for every $k$ from # to #"
    )
    x = uniform(int(points))
    for k in range(int(first), int(last) + 1):
        assert mean.is_about(silhouette_score(x, clusters(x, k).labels_), 0.15)


def test_silhouette_convex() -> None:
    """On two moons the wrong clustering scores higher than the truth."""
    wrong, true = stated("silhouette-convex", "k-means scored #, the true groups only #")
    x, y = moons()
    assert wrong.is_about(silhouette_score(x, clusters(x, 2).labels_), 0.05)
    assert true.is_about(silhouette_score(x, y), 0.05)


def test_rand_adjusted() -> None:
    """Random labels against five clusters: the plain index, and the adjusted one."""
    stated("rand-adjusted", "Five true clusters, random labels")
    few_index, few, many_index, many, adjusted = stated(
        "rand-adjusted",
        "plain index # with # random clusters, # with #; adjusted index # both times",
    )
    rng = np.random.default_rng(0)
    truth = np.repeat(range(5), 400)
    for index, k in ((few_index, few), (many_index, many)):
        labels = rng.integers(0, int(k), 2000)
        assert index.rounds(rand_score(truth, labels))
        assert adjusted.rounds(adjusted_rand_score(truth, labels))


def test_cluster_accuracy() -> None:
    """Swapping the numbers changes accuracy, not the adjusted Rand index."""
    stated("cluster-accuracy", "swapping 0 and 1 changes accuracy but not the clustering")
    truth, labels = np.array([0, 0, 1, 1, 1]), np.array([0, 0, 1, 1, 0])
    assert (truth == labels).mean() != (truth == 1 - labels).mean()
    assert adjusted_rand_score(truth, labels) == adjusted_rand_score(truth, 1 - labels)


def correlated() -> np.ndarray:
    x = np.random.default_rng(0).normal(size=(200, 4)) * [3, 2, 1, 0.5]
    return x @ np.linalg.qr(np.random.default_rng(1).normal(size=(4, 4)))[0] + 7


def test_dbscan_eps() -> None:
    """At the distance that the note names a point becomes a core point, and not before."""
    stated("dbscan-eps", "to their `min_samples`-th nearest point, itself counted")
    x = np.random.default_rng(0).random((20, 2))
    distance = np.sort(np.linalg.norm(x - x[7], axis=1))[5 - 1]
    for factor, core in ((1.001, True), (0.999, False)):
        found = DBSCAN(eps=factor * distance, min_samples=5).fit(x).core_sample_indices_
        assert (7 in found) == core


def test_pca() -> None:
    """SVD gives the eigenvectors; no other plane loses less or holds more variance."""
    stated("pca", r"SVD $X=USV^\top$: the columns of $V$, the eigenvectors of the covariance")
    x = correlated() - correlated().mean(axis=0)
    directions = np.linalg.svd(x, full_matrices=False)[2].T
    covariance = np.cov(x.T)
    for column in directions.T:
        image = covariance @ column
        assert np.allclose(image, (column @ image) * column)
    plane = directions[:, :2]
    lost = ((x - x @ plane @ plane.T) ** 2).sum()
    for seed in range(50):
        other = np.linalg.qr(np.random.default_rng(seed).normal(size=(4, 2)))[0]
        assert ((x - x @ other @ other.T) ** 2).sum() > lost
        assert (x @ other).var(axis=0).sum() < (x @ plane).var(axis=0).sum()


def test_pca_svd() -> None:
    """Squared singular values over n − 1 are the eigenvalues of the covariance matrix."""
    stated("pca-svd", "var = s2 / (len(X) - 1)")
    stated("pca-svd", "the eigenvalues of the covariance matrix")
    x = correlated() - correlated().mean(axis=0)
    sizes = np.linalg.svd(x, compute_uv=False)
    assert np.allclose(sizes**2 / (len(x) - 1), np.linalg.eigvalsh(np.cov(x.T))[::-1])
    assert np.allclose(sizes**2 / (len(x) - 1), PCA().fit(x).explained_variance_)


def test_pca_scale() -> None:
    """Height in meters or millimeters changes the first direction; so does not centering."""
    stated(
        "pca-scale",
        "with height in meters, the first direction was weight alone; in millimeters, nearly"
        " height alone",
    )
    rng = np.random.default_rng(0)
    height = rng.normal(1.7, 0.1, 1000)
    weight = 22 * height**2 + rng.normal(0, 8, 1000)
    tables = [np.column_stack([h, weight]) for h in (height, 1000 * height)]
    first = [PCA(1).fit(table).components_[0] for table in tables]
    assert abs(first[0][1]) > 0.999
    assert abs(first[1][0]) > 0.98
    uncentered = np.linalg.svd(tables[0], full_matrices=False)[2][0]
    mean = tables[0].mean(axis=0)
    assert abs(uncentered @ mean) / np.linalg.norm(mean) > 0.999


def test_pca_low_variance() -> None:
    """Classes that differ along a direction of low variance: PCA loses them, LDA does not."""
    variance, chance, kept = stated(
        "pca-low-variance",
        "the first component held # % of the variance but classified with # % accuracy; the LDA"
        " direction reached # %",
    )
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 1000)
    x = np.column_stack([10 * rng.normal(size=2000), rng.normal(size=2000) + 4 * y])
    pca = PCA(1).fit(x)
    assert variance.is_about(100 * pca.explained_variance_ratio_[0], 0.05)
    lda = LinearDiscriminantAnalysis()
    assert chance.is_about(100 * lda.fit(pca.transform(x), y).score(pca.transform(x), y), 0.1)
    assert kept.is_about(100 * lda.fit(x, y).score(x, y), 0.03)


def test_pca_lda() -> None:
    """The most directions of each, and the rank when there are few samples."""
    stated("pca-lda", "up to $p$ directions")
    stated("pca-lda", "at most $K-1$")
    stated("pca-lda", "at most $n-1$ directions of nonzero variance")
    x, y = correlated(), np.arange(200) % 3
    assert LinearDiscriminantAnalysis().fit_transform(x, y).shape[1] == 3 - 1
    few = np.random.default_rng(0).normal(size=(5, 40))
    assert (PCA().fit(few).explained_variance_ > 1e-9).sum() == 5 - 1


def test_zscore_trap() -> None:
    """The bound is reached by one far outlier, and first exceeds 3 at the note's n."""
    stated("zscore-trap", r"$\lvert z\rvert \le (n-1)/\sqrt n$")
    bound, n, limit = stated("zscore-trap", r'# for $n=#$, so "$\lvert z\rvert>#$" cannot fire')
    can = number("zscore-trap", "From $n=#$ on it can")
    assert bound.rounds((n - 1) / sqrt(n))
    for size in (int(n), int(can)):
        values = np.append(np.zeros(size - 1), 1e6)
        z = (values - values.mean()) / values.std(ddof=1)
        assert isclose(z.max(), (size - 1) / sqrt(size))
        assert (z.max() > limit) == (size >= can)
    assert can == n + 1


def test_zscore_modified() -> None:
    """The factor is the normal's upper quartile, which turns MAD into a standard deviation."""
    factor = number("zscore-modified", r"M = #\,\frac{x-\tilde x}{\mathrm{MAD}}")
    again = number("zscore-modified", "The factor #, the upper quartile of the standard normal")
    assert factor == again
    assert factor.rounds(stats.norm.ppf(0.75))
    normal = stats.norm.ppf(np.arange(1, 9999) / 9999)
    assert isclose(stats.median_abs_deviation(normal), factor, rel_tol=1e-3)
    assert stats.median_abs_deviation([4, 4, 4, 4, 9, 11]) == 0


def flagged(distribution: stats.rv_continuous, width: float = 1.5) -> float:
    low, high = distribution.ppf([0.25, 0.75])
    reach = width * (high - low)
    return float(distribution.cdf(low - reach) + distribution.sf(high + reach))


def test_iqr() -> None:
    """The fences of a small sample; a few outliers hardly move them."""
    lower, upper = stated("iqr", r"[\,Q_1-#\,\mathrm{IQR},\; Q_3+#\,\mathrm{IQR}\,]")
    assert lower == upper
    clean = np.arange(101.0)
    spoiled = np.append(clean[:-2], [1e6, 1e7])
    fences = []
    for values in (clean, spoiled):
        first, third = np.quantile(values, [0.25, 0.75])
        fences.append((first - lower * (third - first), third + upper * (third - first)))
    assert np.allclose(*fences)
    assert fences[0] == (-50, 150)


def test_iqr_false_alarms() -> None:
    """The share that the rule flags of a normal and of an exponential distribution."""
    normal, exponential = stated(
        "iqr-false-alarms",
        "about # % of a large normal sample is flagged, but # % of an exponential one",
    )
    assert normal.rounds(flagged(stats.norm), 100)
    assert exponential.rounds(flagged(stats.expon), 100)


def test_iforest() -> None:
    """Random cuts separate the far point after fewer splits than a point of the crowd."""
    stated("iforest", "separate a rare, far point after few splits")
    rng = np.random.default_rng(0)
    points = np.append(rng.normal(size=200), 15)

    def splits(target: float) -> int:
        left, count = points, 0
        while len(left) > 1:
            cut = rng.uniform(left.min(), left.max())
            left, count = left[(left < cut) == (target < cut)], count + 1
        return count

    lengths = [np.mean([splits(point) for _ in range(50)]) for point in (15, points[0])]
    assert lengths[0] < lengths[1] / 2


def test_fraud_accuracy() -> None:
    """The accuracy of never saying fraud, and the precision of a good detector."""
    fraud, accuracy = stated(
        "fraud-accuracy", 'At # % fraud, a model that says "never fraud" is # % accurate'
    )
    assert isclose(accuracy, 100 - fraud)
    recall, alarms, precision = stated(
        "fraud-accuracy",
        "# % recall with a # % false-positive rate gives a precision of only about # %",
    )
    hits = fraud * recall
    assert precision.rounds(hits / (hits + (100 - fraud) * alarms), 100)
