"""What machine learning is: the kinds of learning, the nested fields."""

import numpy as np
from matplotlib.patches import Ellipse
from sklearn.datasets import make_blobs
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture

from style import (
    BLUE,
    FAINT,
    GRAY,
    GREEN,
    INK,
    LBLUE,
    LGOLD,
    LGRAY,
    LGREEN,
    RED,
    arrow,
    axes,
    bare,
    board,
    box,
    canvas,
    figure,
    say,
)


@figure("paradigms")
def paradigms():
    """The same points with labels and without, and the agent's loop."""
    fig = canvas(322)
    b = board(fig)
    points, label = make_blobs(44, centers=[(0, 0), (3.6, 2.2)], cluster_std=0.95, random_state=4)
    low, high = points.min(0) - 0.9, points.max(0) + 0.9

    for left, title, note in (
        (14, "Supervised", "labels given"),
        (178, "Unsupervised", "no labels"),
    ):
        say(b, left + 74, 303, title, 15, weight="bold")
        say(b, left + 74, 147, note, 14, GRAY)
        ax = axes(fig, left, 160, 148, 130, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        bare(ax)
        if title == "Supervised":
            model = LogisticRegression().fit(points, label)
            (w0, w1), c = model.coef_[0], model.intercept_[0]
            x = np.array([low[0], high[0]])
            ax.plot(x, -(c + w0 * x) / w1, color=INK, lw=1.4, ls=(0, (4, 3)))
            for value, color, marker in ((0, BLUE, "o"), (1, RED, "^")):
                p = points[label == value]
                ax.plot(p[:, 0], p[:, 1], marker, color=color, ms=4.6, mew=0)
        else:
            mixture = GaussianMixture(2, random_state=0).fit(points)
            for mean, cov in zip(mixture.means_, mixture.covariances_):
                size, axis = np.linalg.eigh(cov)
                ax.add_patch(
                    Ellipse(
                        mean,
                        *(2 * 2.2 * np.sqrt(size)),
                        angle=np.degrees(np.arctan2(axis[1, 0], axis[0, 0])),
                        fc=LGREEN,
                        ec=GREEN,
                        lw=1.2,
                        ls=(0, (4, 3)),
                        zorder=0,
                    )
                )
            ax.plot(points[:, 0], points[:, 1], "o", color=GRAY, ms=4.6, mew=0)

    b.plot([14, 326], [129, 129], color=FAINT, lw=0.8)
    say(b, 170, 112, "Reinforcement", 15, weight="bold")
    box(b, 50, 52, 72, 58, "agent", fc=LBLUE, ec=BLUE)
    box(b, 268, 52, 116, 58, "environment", fc=LGRAY)
    arrow(b, (88, 62), (208, 62), BLUE, 2)
    arrow(b, (208, 42), (88, 42), GREEN, 2)
    say(b, 147, 76, "action", 14, BLUE)
    say(b, 148, 26, "state, reward", 14, GREEN)
    return fig


@figure("nested-ai-ml-dl")
def nested():
    fig = canvas(310)
    b = board(fig)
    rings = (  # height of the ring, fill, edge, name, example
        (282, 312, LGRAY, GRAY, INK, "Artificial intelligence", "A* search"),
        (184, 268, LBLUE, BLUE, BLUE, "Machine learning", "random forest"),
        (90, 218, LGOLD, RED, RED, "Deep learning", "convolutional net"),
    )
    bottom = 14
    for height, width, fill, edge, color, name, example in rings:
        box(b, 170, bottom + height / 2, width, height, fc=fill, ec=edge, r=24, lw=1.2)
        top = bottom + height
        step = 31
        say(b, 170, top - step, name, 15.5, color, weight="bold", zorder=5)
        say(b, 170, top - step - 23, example, 14.2, zorder=5)
        bottom += 14
    return fig
