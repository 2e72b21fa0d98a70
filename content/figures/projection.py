"""Directions in the plane: the margin of an SVM, principal components."""

import numpy as np
from sklearn.datasets import make_blobs
from sklearn.svm import SVC

from style import (
    BLUE,
    GRAY,
    GREEN,
    INK,
    LGOLD,
    RED,
    arrow,
    axes,
    bare,
    board,
    canvas,
    figure,
    say,
)


@figure("svm-margin")
def svm_margin():
    """A hard-margin linear SVM on two separable clouds."""
    fig = canvas(318)
    x, y = make_blobs(40, centers=[(-1.9, 1.2), (1.9, -1.2)], cluster_std=1.0, random_state=39)
    model = SVC(kernel="linear", C=1e6, tol=1e-8).fit(x, y)
    w, bias = model.coef_[0], model.intercept_[0]
    margin = 1 / np.linalg.norm(w)
    assert model.score(x, y) == 1
    distance = (x @ w + bias) / np.linalg.norm(w)
    on = np.abs(np.abs(distance) - margin) < 1e-3
    assert set(np.flatnonzero(on)) == set(model.support_)

    ax = axes(fig, 12, 40, 316, 266)
    bare(ax)
    center = (x.max(0) + x.min(0)) / 2
    half = 0.54 * max(np.ptp(x[:, 0]) * 266 / 316, np.ptp(x[:, 1])) * np.array([316 / 266, 1])
    ax.set(
        xlim=(center[0] - half[0], center[0] + half[0]),
        ylim=(center[1] - half[1], center[1] + half[1]),
        aspect="equal",
    )
    along = np.array([-w[1], w[0]]) / np.linalg.norm(w)
    normal = w / np.linalg.norm(w)
    foot = center - (center @ w + bias) / np.linalg.norm(w) * normal  # a point on the boundary
    far = 20 * along
    band = [
        foot + far + margin * normal,
        foot - far + margin * normal,
        foot - far - margin * normal,
        foot + far - margin * normal,
    ]
    ax.fill(*np.array(band).T, color=LGOLD, lw=0, zorder=0)
    for shift, dash, width in ((0, "-", 2), (1, (0, (4, 2.5)), 1.2), (-1, (0, (4, 2.5)), 1.2)):
        ends = np.array([foot - far, foot + far]) + shift * margin * normal
        ax.plot(*ends.T, color=INK, lw=width, ls=dash, zorder=1)
    for value, color, marker in ((0, BLUE, "o"), (1, RED, "^")):
        ax.plot(*x[y == value].T, marker, color=color, ms=6, mew=0, zorder=4)
    ax.plot(*x[on].T, "o", mfc="none", mec=INK, ms=13, mew=1.5, zorder=5)
    at = foot + 2.1 * along * np.sign(along[1])
    arrow(ax, at, at - margin * normal * np.sign(normal[1]), GREEN, 1.6, head=4, style="<|-|>")
    at = at - 1.15 * margin * normal * np.sign(normal[1])
    say(ax, *at, r"$1/\Vert w\Vert$", 15, GREEN, ha="left")
    caption = rf"○ {on.sum()} support vectors,  $1/\Vert w\Vert={margin:.2f}$"
    say(board(fig), 170, 19, caption, 14.2)
    return fig


@figure("pca-axes")
def pca_axes():
    """90 centered points; arrows of one standard deviation along each component, times two."""
    fig = canvas(262)
    rng = np.random.default_rng(2)
    x = rng.multivariate_normal([0, 0], [[2.6, 1.35], [1.35, 1.2]], 90)
    x = x - x.mean(0)
    _, s, vt = np.linalg.svd(x, full_matrices=False)
    variance = s**2 / (len(x) - 1)
    vt = vt * np.sign(vt.sum(1, keepdims=True))  # the sign is arbitrary: choose
    share = variance / variance.sum()
    ax = axes(fig, 12, 12, 316, 238)
    bare(ax)
    reach = 4.3
    ax.set(
        xlim=(-reach, reach),
        ylim=(-reach * 238 / 316, reach * 238 / 316),
        aspect="equal",
    )
    ax.plot(*np.outer([-9, 9], vt[0]).T, color=BLUE, lw=1, ls=(0, (4, 2.5)))
    flat = np.outer(x @ vt[0], vt[0])
    for k in np.abs(x @ vt[1]).argsort()[-9:]:
        ax.plot(*np.array([x[k], flat[k]]).T, color=RED, lw=1)
    ax.plot(*x.T, "o", color=GRAY, ms=3.6, mew=0)
    for k, color in ((0, BLUE), (1, GREEN)):
        tip = 2 * np.sqrt(variance[k]) * vt[k]
        arrow(ax, (0, 0), tip, color, 3.2, head=7)
    say(ax, 4.15, -0.75, f"PC1: {share[0]:.0%}\nof variance", 14.2, BLUE, ha="right")
    say(ax, -1.1, 1.6, f"PC2: {share[1]:.0%}", 14.2, GREEN)
    say(ax, 1.9, -2.4, "reconstruction errors", 14.2, RED)
    return fig
