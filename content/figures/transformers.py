"""Transformers: attention weights under a causal mask, the pre-norm block."""

import numpy as np
from matplotlib.patches import Rectangle

from style import (
    BLUE,
    GRAY,
    GREEN,
    INK,
    LBLUE,
    LGOLD,
    LGRAY,
    LGREEN,
    PANEL,
    RED,
    arrow,
    board,
    box,
    canvas,
    figure,
    say,
)


@figure("attention-mask")
def attention_mask():
    """softmax(QK^T / sqrt(d)) of random queries and keys, later keys masked."""
    fig = canvas(344)
    b = board(fig)
    words = "the cat sat on it".split()
    n, d = len(words), 8
    rng = np.random.default_rng(150)
    scores = 1.3 * rng.normal(size=(n, d)) @ rng.normal(size=(d, n)) / np.sqrt(d)
    scores[np.triu_indices(n, 1)] = -np.inf
    weights = np.exp(scores - scores.max(1, keepdims=True))
    weights /= weights.sum(1, keepdims=True)
    shown = np.round(weights, 2)
    assert np.allclose(weights.sum(1), 1) and np.allclose(shown.sum(1), 1)
    left, top, w, h = 68, 284, 52, 42
    low, high = np.array([0xFB, 0xFA, 0xF7]), np.array([0x8F, 0xBF, 0xE0])
    for i in range(n):
        y = top - (i + 0.5) * h
        say(b, left - 8, y, words[i], 14.5, ha="right")
        say(b, left + (i + 0.5) * w, top + 13, words[i], 14.5)
        for j in range(n):
            x = left + j * w
            hidden = j > i
            fill = LGRAY if hidden else (low + (high - low) * weights[i, j]) / 255
            b.add_patch(Rectangle((x, y - h / 2), w, h, fc=fill, ec=PANEL, lw=1.2, zorder=1))
            if hidden:
                say(b, x + w / 2, y, "0", 14, GRAY)
            else:
                say(b, x + w / 2, y, f"{shown[i, j]:.2f}", 14)
    steps = []  # the border of the mask
    for i in range(n):
        steps += [(left + (i + 1) * w, top - k * h) for k in (i, i + 1)][: n - i]
    b.plot(*zip(*steps), color=RED, lw=1.6, zorder=4)
    say(b, left + n * w / 2, 324, "key: attended to →", 14.2)
    say(b, 15, top - n * h / 2, "query: attends", 14.2, rotation=90)
    say(b, 12, 50, "each row sums to 1", 14.2, BLUE, ha="left")
    say(b, 12, 24, "masked: score −∞, so weight 0", 14.2, RED, ha="left")
    return fig


@figure("transformer-block")
def transformer_block():
    """x + Attn(Norm(x)), then x + FFN(Norm(x)); the residual path carries no layer."""
    fig = canvas(426)
    b = board(fig)
    path, side = 66, 218

    def plus(y):
        b.plot([path], [y], "o", ms=19, mfc=LGOLD, mec=INK, mew=0.9, zorder=5)
        say(b, path, y - 0.5, "+", 18, zorder=6)

    arrow(b, (path, 30), (path, 402), RED, 3.4, head=6)
    say(b, path, 17, "$x$", 18)
    for start, name, note, fill, edge in (
        (58, "multi-head attention", "mixes tokens", LBLUE, BLUE),
        (226, "feed-forward net", "each token alone", LGREEN, GREEN),
    ):
        end = start + 138
        b.plot([path], [start], "o", color=INK, ms=4.5, zorder=5)
        b.plot([path, side], [start, start], color=INK, lw=1.2, zorder=1)
        arrow(b, (side, start), (side, start + 20), INK, 1.6)
        box(b, side, start + 35, 196, 30, "norm", fc=LGRAY, ec=GRAY)
        arrow(b, (side, start + 50), (side, start + 69), INK, 1.6)
        box(b, side, start + 93, 196, 48, f"{name}\n{note}", fc=fill, ec=edge, linespacing=1.15)
        b.plot([side, side], [start + 117, end], color=INK, lw=1.2, zorder=1)
        arrow(b, (side, end), (path + 13, end), INK, 1.6)
        plus(end)
    say(b, 26, 214, "residual path", 14.2, RED, rotation=90)
    say(b, path + 12, 402, "to the next block", 14.2, ha="left")
    return fig
