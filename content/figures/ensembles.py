"""Trees and ensembles: a tree and its partition, one tree and a forest, stacking."""

import numpy as np
from matplotlib.patches import Rectangle
from sklearn.datasets import load_iris, make_moons
from sklearn.ensemble import RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier

from style import (
    BLUE,
    FAINT,
    GRAY,
    GREEN,
    INK,
    LBLUE,
    LGRAY,
    LGREEN,
    LRED,
    PANEL,
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

GOLD = "#f6d27a"  # the held-out fold


@figure("tree-partition")
def tree_partition():
    """A depth-2 tree fitted to two features of the iris data."""
    fig = canvas(414)
    b = board(fig)
    iris = load_iris()
    x, y = iris.data[:, [2, 3]], iris.target  # petal length and width, cm
    model = DecisionTreeClassifier(max_depth=2, random_state=2).fit(x, y)
    t = model.tree_
    assert t.node_count == 5 and (t.feature[0], t.feature[2]) == (
        0,
        1,
    )  # nodes: root, leaf, node, leaf, leaf
    length, width = t.threshold[0], t.threshold[2]
    count = [np.round(t.value[i, 0] * t.n_node_samples[i]).astype(int) for i in range(5)]

    root, inner = (150, 392), (234, 334)
    for start, end, word in (
        (root, (58, 334), "yes"),
        (root, inner, "no"),
        (inner, (170, 268), "yes"),
        (inner, (282, 268), "no"),
    ):
        b.plot([start[0], end[0]], [start[1] - 14, end[1]], color=GRAY, lw=1.2, zorder=1)
        middle = ((start[0] + end[0]) / 2, (start[1] - 14 + end[1] + 14) / 2)
        side = -1 if end[0] < start[0] else 1
        say(
            b,
            middle[0] + side * 8,
            middle[1] + 3,
            word,
            14,
            GRAY,
            ha="right" if side < 0 else "left",
        )
    box(b, *root, 172, 29, f"petal length ≤ {length:.2f}", fc=PANEL)
    box(b, *inner, 164, 29, f"petal width ≤ {width:.2f}", fc=PANEL)
    looks = (
        ("setosa", BLUE, LBLUE, "o"),
        ("versicolor", RED, LRED, "^"),
        ("virginica", GREEN, LGREEN, "s"),
    )
    for at, node, (name, color, fill, _) in zip(
        ((58, 326), (170, 260), (282, 260)), (1, 3, 4), looks
    ):
        box(
            b,
            *at,
            96,
            44,
            f"{name}\n{count[node].max()} of {count[node].sum()}",
            fc=fill,
            ec=color,
            linespacing=1.1,
        )

    ax = axes(
        fig,
        48,
        46,
        280,
        176,
        xlim=(0.8, 7.1),
        ylim=(0, 2.7),
        xticks=[2, 4, 6],
        yticks=[1, 2],
        xlabel="petal length, cm",
    )
    ax.set_ylabel("petal width, cm")
    for corner, size, fill in (
        ((0, 0), (length, 3), LBLUE),
        ((length, 0), (6, width), LRED),
        ((length, width), (6, 3), LGREEN),
    ):
        ax.add_patch(Rectangle(corner, *size, fc=fill, lw=0, zorder=0))
    ax.plot([length, length], [0, 3], color=INK, lw=1.3)
    ax.plot([length, 8], [width, width], color=INK, lw=1.3)
    for value, (_, color, _, marker) in enumerate(looks):
        ax.plot(*x[y == value].T, marker, color=color, ms=3.6, mew=0, alpha=0.8)
    return fig


def _rectangles(tree, low, high, node=0):
    """The leaves of a fitted tree as (class, lower corner, upper corner)."""
    if tree.children_left[node] < 0:
        yield int(tree.value[node, 0].argmax()), low, high
        return
    f, at = tree.feature[node], tree.threshold[node]
    cut_high, cut_low = list(high), list(low)
    cut_high[f] = cut_low[f] = at
    yield from _rectangles(tree, low, cut_high, tree.children_left[node])
    yield from _rectangles(tree, cut_low, high, tree.children_right[node])


@figure("forest-boundary")
def forest_boundary():
    """The same 140 noisy points; accuracy on 20 000 fresh ones."""
    fig = canvas(232)
    b = board(fig)
    x, y = make_moons(140, noise=0.35, random_state=3)
    x_test, y_test = make_moons(20000, noise=0.35, random_state=99)
    low, high = x.min(0) - 0.2, x.max(0) + 0.2
    fills = "#bcd8ec", "#f3cdb2"
    for i, (name, model) in enumerate(
        (
            ("one tree", DecisionTreeClassifier(random_state=0)),
            ("200 trees", RandomForestClassifier(200, random_state=0)),
        )
    ):
        left = 12 + 161 * i
        ax = axes(fig, left, 40, 155, 156, xlim=(low[0], high[0]), ylim=(low[1], high[1]))
        bare(ax)
        model.fit(x, y)
        if i == 0:
            for value, corner, end in _rectangles(model.tree_, list(low), list(high)):
                ax.add_patch(
                    Rectangle(
                        corner,
                        end[0] - corner[0],
                        end[1] - corner[1],
                        fc=fills[value],
                        ec=fills[value],
                        lw=0.3,
                        zorder=0,
                    )
                )
        else:
            gx, gy = np.meshgrid(
                np.linspace(low[0], high[0], 131), np.linspace(low[1], high[1], 131)
            )
            p = model.predict_proba(np.c_[gx.ravel(), gy.ravel()])[:, 1].reshape(gx.shape)
            ax.contourf(gx, gy, p, [-1, 0.5, 2], colors=fills, zorder=0)
        for value, color, marker in ((0, BLUE, "o"), (1, RED, "^")):
            ax.plot(*x[y == value].T, marker, color=color, ms=3, mew=0)
        ax.set_title(name, pad=5)
        say(b, left + 77, 21, f"test accuracy {model.score(x_test, y_test):.2f}", 14.2)
    return fig


@figure("stacking")
def stacking():
    fig = canvas(392)
    b = board(fig)
    # 1. one base model: five fits, each predicts the fold it has not seen
    left, top, cw, ch = 16, 346, 25, 23
    say(b, left + 2.5 * cw, 373, "5 fits of $f_1$", 14.2)
    for row in range(5):
        for column in range(5):
            held = row == column
            b.add_patch(
                Rectangle(
                    (left + column * cw + 1, top - row * ch + 1 - ch / 2),
                    cw - 2,
                    ch - 2,
                    lw=0,
                    fc=GOLD if held else LBLUE,
                )
            )
    low = top - 4.5 * ch
    for at, fill, word in ((16, LBLUE, "fit"), (62, GOLD, "predict")):
        b.add_patch(Rectangle((at, low - 23), 13, 13, fc=fill, lw=0))
        say(b, at + 18, low - 17, word, 14, ha="left")
    arrow(b, (148, 300), (178, 300), GRAY, 2)
    # 2. the table of out-of-fold predictions
    tl, tw = 186, 36
    say(b, tl + 2 * tw, 373, "out-of-fold table", 14.2)
    for column, (name, fill) in enumerate(
        (("$f_1$", GOLD), ("$f_2$", LGREEN), ("$f_3$", LRED), ("$y$", LGRAY))
    ):
        x = tl + column * tw
        for row in range(5):
            b.add_patch(
                Rectangle((x + 1, top - row * ch + 1 - ch / 2), tw - 2, ch - 2, fc=fill, lw=0)
            )
        say(b, x + tw / 2, top - 2 * ch, name, 17)
    arrow(b, (tl + 2 * tw, low - 4), (tl + 2 * tw, low - 34), GRAY, 2)
    say(b, tl + 2 * tw + 10, low - 18, "fit", 14, ha="left")
    box(b, tl + 2 * tw, low - 54, 126, 36, "meta-model $g$", fc=PANEL, ec=INK)
    # 3. prediction
    b.plot([14, 326], [144, 144], color=FAINT, lw=0.8)
    say(b, 170, 124, "prediction: $f$ refit on all rows", 14.2)
    say(b, 26, 60, "$x$", 18)
    for y, name, fill in ((94, "$f_1$", GOLD), (60, "$f_2$", LGREEN), (26, "$f_3$", LRED)):
        arrow(b, (36, 60), (92, y), GRAY, 1.5)
        box(b, 114, y, 44, 28, name, fc=fill, ec=GRAY, size=17)
        arrow(b, (136, y), (192, 60), GRAY, 1.5)
    box(b, 214, 60, 44, 40, "$g$", fc=PANEL, ec=INK, size=18)
    arrow(b, (236, 60), (284, 60), GRAY, 2)
    say(b, 302, 60, r"$\hat{y}$", 19)
    return fig
