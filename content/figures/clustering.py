"""Clustering: k-means step by step, choosing k, k-means and DBSCAN on two moons."""

import numpy as np
from sklearn.cluster import DBSCAN, KMeans
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score, silhouette_score

from style import BLUE, GRAY, GREEN, INK, RED, axes, bare, board, canvas, figure, say


def lloyd(points, centers):
    """Yield (centers, labels, new centers, J after the assignment) until labels stop changing."""
    before = None
    while True:
        labels = ((points[:, None] - centers) ** 2).sum(2).argmin(1)
        if before is not None and (labels == before).all():
            return
        moved = np.array([points[labels == k].mean(0) for k in range(len(centers))])
        yield centers, labels, moved, ((points - centers[labels]) ** 2).sum()
        before, centers = labels, moved


@figure("kmeans-frames")
def frames():
    fig = canvas(360)
    points, _ = make_blobs(
        60, centers=[(0, 0), (4, 0.6), (2, 3.4)], cluster_std=0.85, random_state=3
    )
    start = points[np.random.default_rng(17).choice(60, 3, replace=False)]
    steps = list(lloyd(points, start))
    assert len(steps) == 4  # a fifth assignment changes nothing
    looks = ((BLUE, "o"), (RED, "^"), (GREEN, "s"))
    b = board(fig)
    for i, (centers, labels, moved, total) in enumerate(steps):
        row, column = divmod(i, 2)
        left, bottom = 12 + column * 161, 196 - row * 164
        ax = axes(fig, left, bottom, 155, 128)
        bare(ax)
        for k, (color, marker) in enumerate(looks):
            p = points[labels == k]
            ax.plot(p[:, 0], p[:, 1], marker, color=color, ms=3.8, mew=0, alpha=0.6)
            ax.annotate(
                "",
                moved[k],
                centers[k],
                zorder=4,
                arrowprops={"arrowstyle": "-", "color": INK, "lw": 1.2, "shrinkA": 0, "shrinkB": 0},
            )
            ax.plot(*centers[k], "o", mfc="#fbfaf7", mec=INK, ms=5, mew=1, zorder=5)
            ax.plot(*moved[k], marker, color=color, mec=INK, ms=9, mew=1.2, zorder=6)
        ax.set_aspect("equal", adjustable="datalim")
        say(b, left + 2, bottom + 138, f"step {i + 1}", 14.5, ha="left", weight="bold")
        say(b, left + 153, bottom + 138, f"$J$ = {total:.0f}", 14.2, ha="right")
    say(b, 170, 15, "○ old center     ● ▲ ■ new mean", 14, GRAY)
    return fig


@figure("elbow-silhouette")
def elbow():
    """Four groups, yet the silhouette prefers two (data of scikit-learn's own example)."""
    fig = canvas(352)
    points, group = make_blobs(500, centers=4, cluster_std=1, center_box=(-10, 10), random_state=1)
    ks = range(1, 9)
    fits = [KMeans(k, n_init=10, random_state=0).fit(points) for k in ks]
    inertia = [f.inertia_ for f in fits]
    silhouette = [silhouette_score(points, f.labels_) for f in fits[1:]]

    top = axes(fig, 44, 200, 282, 124)
    top.plot(ks, np.array(inertia) / 1000, "o-", color=BLUE, ms=5)
    top.set(xlim=(0.7, 8.3), xticks=list(ks), ylim=(0, 17), yticks=[0, 5, 10, 15])
    top.set_xticklabels([])
    top.set_title(
        "inertia $J$ (thousands)",
        loc="left",
        pad=4,
        weight="normal",
        color=BLUE,
        fontsize=14.2 * 0.75,
    )
    inset = axes(fig, 214, 240, 108, 84)
    bare(inset)
    for value, color in enumerate((BLUE, RED, GREEN, GRAY)):
        p = points[group == value][:45]
        inset.plot(p[:, 0], p[:, 1], "o", color=color, ms=1.8, mew=0)

    say(top, 6.63, 3.3, "4 true groups", 14, INK)
    say(top, 4, 2.9, "elbow?", 14, BLUE)

    low = axes(fig, 44, 50, 282, 108)
    low.plot(list(ks)[1:], silhouette, "s-", color=RED, ms=5)
    low.set(
        xlim=(0.7, 8.3),
        xticks=list(ks),
        ylim=(0.3, 0.8),
        yticks=[0.4, 0.6, 0.8],
        xlabel="number of clusters $k$",
    )
    low.set_title(
        "mean silhouette, highest at 2",
        loc="left",
        pad=4,
        weight="normal",
        color=RED,
        fontsize=14.2 * 0.75,
    )
    best = int(np.argmax(silhouette)) + 2
    say(low, best + 0.25, max(silhouette) + 0.02, f"{max(silhouette):.2f}", 14, RED, ha="left")
    say(low, 4 + 0.2, silhouette[2] + 0.05, f"{silhouette[2]:.2f}", 14, RED, ha="left")
    return fig


@figure("two-moons")
def two_moons():
    """Adjusted Rand index against the true moons."""
    fig = canvas(408)
    x, moon = make_moons(200, noise=0.06, random_state=0)
    center = (x.max(0) + x.min(0)) / 2
    reach = (np.ptp(x[:, 1]) / 2 + 0.15) * np.array([312 / 160, 1])
    low, high = center - reach, center + reach  # one scale on both axes: right angles stay right
    b = board(fig)
    k_means = KMeans(2, n_init=10, random_state=0).fit(x)
    for i, (name, labels) in enumerate(
        (("k-means, $k=2$", k_means.labels_), ("DBSCAN, radius 0.25", DBSCAN(0.25).fit(x).labels_))
    ):
        bottom = 212 - 200 * i
        ax = axes(fig, 14, bottom, 312, 160, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        bare(ax)
        if i == 0:  # the border: halfway between the centers
            c = k_means.cluster_centers_
            middle, along = c.mean(0), np.array([c[0, 1] - c[1, 1], c[1, 0] - c[0, 0]])
            ax.plot(*np.array([middle - 5 * along, middle + 5 * along]).T, color=GRAY, lw=1.2)
        first = labels[x[:, 0].argmin()]
        assert set(labels) == {0, 1}  # no noise points
        for mine, color, marker in ((True, BLUE, "o"), (False, RED, "^")):
            p = x[(labels == first) == mine]
            ax.plot(*p.T, marker, color=color, ms=4, mew=0, alpha=0.8)
            if i == 0:
                ax.plot(*p.mean(0), marker, color=color, mec=INK, ms=10, mew=1.2, zorder=5)
        say(b, 15, bottom + 174, name, 14.5, ha="left", weight="bold")
        score = adjusted_rand_score(moon, labels)
        say(b, 325, bottom + 174, f"ARI {score:.2f}", 14.2, ha="right")
    return fig
