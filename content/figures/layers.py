"""Layers: a convolution and its receptive field, a recurrent network over time."""

import numpy as np
from matplotlib.patches import Rectangle

from style import (
    BLUE,
    FAINT,
    GRAY,
    INK,
    LBLUE,
    LGOLD,
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


def _grid(b, left, top, cell, values, fills):
    """Cells with their numbers (None: no number); their borders are one path."""
    n = len(values)
    for (row, column), value in np.ndenumerate(values):
        x, y = left + column * cell, top - (row + 1) * cell
        if fills[row][column] != PANEL:
            b.add_patch(Rectangle((x, y), cell, cell, fc=fills[row][column], lw=0, zorder=1))
        if value is not None:
            text = f"{value}".replace("-", "−")
            say(b, x + cell / 2, y + cell / 2 - 0.5, text, 14, zorder=3)
    lines = []
    for k in range(n + 1):
        lines += [(left, top - k * cell), (left + n * cell, top - k * cell), (np.nan, np.nan)]
        lines += [(left + k * cell, top), (left + k * cell, top - n * cell), (np.nan, np.nan)]
    b.plot(*zip(*lines), color=GRAY, lw=0.7, zorder=2)


def _frame(b, left, top, cell, row, column, span, color, dash="-"):
    b.add_patch(
        Rectangle(
            (left + column * cell, top - (row + span) * cell),
            span * cell,
            span * cell,
            fc="none",
            ec=color,
            lw=1.9,
            ls=dash,
            zorder=5,
        )
    )


@figure("conv-sliding")
def conv_sliding():
    """A vertical-edge kernel on a small picture; then the cells that one output depends on."""
    fig = canvas(372)
    b = board(fig)
    picture = np.array([[0, 0, 1, 1, 1]] * 3 + [[0, 0, 0, 1, 1]] * 2)
    kernel = np.array([[-1, 0, 1]] * 3)
    out = np.array(
        [[(picture[i : i + 3, j : j + 3] * kernel).sum() for j in range(3)] for i in range(3)]
    )
    cell, top = 24, 330
    lefts = 12, 158, 256
    for left, values, word in zip(lefts, (picture, kernel, out), ("input", "kernel", "output")):
        n = len(values)
        say(b, left + n * cell / 2, 350, word, 14.2)
        lower = top - (5 - n) / 2 * cell
        fills = np.full((n, n), PANEL, dtype=object)
        if n == 5:
            fills[0:3, 0:3] = LGOLD
        elif word == "kernel":
            fills[:] = LBLUE
        else:
            fills[0, 0] = LGOLD
        _grid(b, left, lower, cell, values, fills)
        if n == 5:
            _frame(b, left, lower, cell, 0, 0, 3, INK)
            _frame(b, left, lower, cell, 1, 2, 3, RED, (0, (3, 2)))
        elif word == "output":
            _frame(b, left, lower, cell, 0, 0, 1, INK)
            _frame(b, left, lower, cell, 1, 2, 1, RED, (0, (3, 2)))
    say(b, 145, top - 2.5 * cell, "∗", 18)
    say(b, 243, top - 2.5 * cell, "=", 18)

    b.plot([14, 326], [196, 196], color=FAINT, lw=0.8)
    say(b, 170, 176, "two 3×3 layers see 5×5 inputs", 14.2)
    n, cell, top = 7, 13, 152
    seen = np.zeros((n, n), bool)
    seen[3, 3] = True
    fields = [seen]
    for _ in range(2):  # what a 3 x 3 kernel reads
        grown = np.zeros_like(seen)
        for i, j in np.argwhere(fields[-1]):
            grown[i - 1 : i + 2, j - 1 : j + 2] = True
        fields.append(grown)
    words = ("input", "layer 1", "layer 2")
    for k, (left, mask) in enumerate(zip((12, 124, 236), fields[::-1])):
        fills = np.where(mask, LGOLD, PANEL)
        _grid(b, left, top, cell, np.full((n, n), None), fills)
        rows = np.flatnonzero(mask.any(1))
        _frame(b, left, top, cell, rows[0], rows[0], len(rows), INK)
        if k < 2:  # the last cell of the next layer and the patch it reads
            _frame(b, left, top, cell, rows[0], rows[0], 3, RED, (0, (3, 2)))
            first = rows[0] + 1
            _frame(b, left + 112, top, cell, first, first, 1, RED, (0, (3, 2)))
            for corner in (0, 1):
                b.plot(
                    [left + (rows[0] + 3) * cell, left + 112 + first * cell],
                    [top - (rows[0] + 3 * corner) * cell, top - (first + corner) * cell],
                    color=RED,
                    lw=0.9,
                    zorder=4,
                )
        say(b, left + 3.5 * cell, 44, f"{words[k]}", 14.2)
        say(b, left + 3.5 * cell, 22, f"{len(rows)}×{len(rows)}", 14.2, weight="bold")
    return fig


@figure("rnn-unrolled")
def rnn_unrolled():
    """h_t = tanh(W_x x_t + W_h h_(t-1) + b): one cell, drawn once and drawn three times."""
    fig = canvas(258)
    b = board(fig)
    low, cell, high = 66, 138, 208

    def column(x, index):
        box(b, x, cell, 42, 30, "tanh", fc=LGREEN, ec=INK, size=14)
        arrow(b, (x, low + 15), (x, cell - 15), BLUE, 1.8)
        arrow(b, (x, cell + 15), (x, high - 14), INK, 1.6)
        say(b, x, low, f"$x_{index}$", 18)
        say(b, x, high, f"$h_{index}$", 18)
        say(b, x - 5, low + 34, "$W_x$", 14.5, BLUE, ha="right")

    column(46, "t")  # folded: the state goes back in
    b.plot([67, 82, 82, 12, 12], [cell, cell, 174, 174, cell], color=RED, lw=1.4, zorder=2)
    arrow(b, (11.5, cell), (25, cell), RED, 1.8)
    say(b, 66, 186, "$W_h$", 14.5, RED, ha="left")
    say(b, 101, cell, "=", 20)

    say(b, 124, cell, "$h_0$", 18)
    xs = 178, 244, 310
    for k, x in enumerate(xs, 1):
        column(x, k)
        start = 137 if k == 1 else xs[k - 2] + 21
        arrow(b, (start, cell), (x - 21, cell), RED, 1.8)
        say(b, (start + x - 21) / 2, cell + 27, "$W_h$", 14.5, RED)
    say(b, 46, 240, "one cell", 14.2)
    say(b, 234, 240, "unrolled over 3 steps", 14.2)
    say(b, 170, 26, "the same $W_x$, $W_h$, $b$ at every step", 14.2)
    return fig
