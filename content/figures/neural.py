"""Neural networks: activation functions, the LSTM cell, a computation graph."""

import numpy as np
from matplotlib.patches import FancyBboxPatch
from scipy.stats import norm

from style import (
    BLUE,
    FAINT,
    GRAY,
    GREEN,
    INK,
    LBLUE,
    LGOLD,
    LGREEN,
    PANEL,
    RED,
    arrow,
    axes,
    board,
    box,
    canvas,
    figure,
    say,
)


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))


ACTIVATIONS = {  # name: (function, derivative)
    "sigmoid": (_sigmoid, lambda x: _sigmoid(x) * (1 - _sigmoid(x))),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "ReLU": (lambda x: np.maximum(0, x), lambda x: np.where(x > 0, 1.0, 0.0)),
    "leaky ReLU": (lambda x: np.where(x > 0, x, 0.1 * x), lambda x: np.where(x > 0, 1.0, 0.1)),
    "GELU": (lambda x: x * norm.cdf(x), lambda x: norm.cdf(x) + x * norm.pdf(x)),
    "SiLU": (lambda x: x * _sigmoid(x), lambda x: _sigmoid(x) * (1 + x * (1 - _sigmoid(x)))),
}


@figure("activations")
def activations():
    fig = canvas(452)
    b = board(fig)
    b.plot([62, 88], [16, 16], color=BLUE)
    say(b, 95, 16, "function", ha="left", color=BLUE)
    b.plot([182, 208], [16, 16], color=RED, ls=(0, (3, 1.6)))
    say(b, 215, 16, "derivative", ha="left", color=RED)
    x = np.linspace(-4, 4, 321)
    for i, (name, (f, df)) in enumerate(ACTIVATIONS.items()):
        row, column = divmod(i, 2)
        ax = axes(fig, 32 + column * 156, 326 - row * 134, 140, 98)
        ax.axhline(0, color=FAINT, lw=0.8, zorder=0)
        ax.axvline(0, color=FAINT, lw=0.8, zorder=0)
        ax.plot(x, f(x), color=BLUE)
        if name == "ReLU" or name.startswith("leaky"):  # a jump at 0, not a slope
            for part in (x[x < 0], x[x > 0]):
                ax.plot(part, df(part), color=RED, lw=1.8, ls=(0, (3, 1.6)))
        else:
            ax.plot(x, df(x), color=RED, lw=1.8, ls=(0, (3, 1.6)))
        ax.set(xlim=(-4, 4), ylim=(-1.2, 2.2), xticks=[-3, 0, 3], yticks=[-1, 0, 1, 2])
        if column:
            ax.set_yticklabels([])
        if row < 2:
            ax.set_xticklabels([])
        if name == "leaky ReLU":
            say(ax, -3.7, -0.85, "slope 0.1", 14, GRAY, ha="left")
        ax.set_title(name, pad=3)
    return fig


@figure("lstm-cell")
def lstm():
    """c_t = f * c_(t-1) + i * g;  h_t = o * tanh(c_t);  all gates read [h_(t-1), x_t]."""
    fig = canvas(350)
    b = board(fig)
    big = 18
    cell, bus, gates, mix = 282, 62, 122, 208  # heights of the rows
    fx, ix, gx, ox, tx = 92, 144, 196, 250, 286  # columns: f, i, candidate, o, output

    b.add_patch(
        FancyBboxPatch(
            (46, 36),
            266,
            282,
            boxstyle="round,pad=0,rounding_size=14",
            fc="#f1efe8",
            ec=FAINT,
            lw=0.9,
            zorder=0,
        )
    )

    def op(x, y, sign):
        b.plot([x], [y], "o", ms=19 * 0.75 + 2, mfc=LGOLD, mec=INK, mew=0.9, zorder=5)
        say(b, x, y - 0.5, sign, 17, zorder=6)

    def line(*points, color=INK, lw=1.5):
        xs, ys = zip(*points)
        b.plot(xs, ys, color=color, lw=lw * 0.75, zorder=1, solid_capstyle="butt")

    # the cell line: one product, one sum
    line((40, cell), (300, cell), color=RED, lw=3.6)
    arrow(b, (290, cell), (328, cell), RED, 3.6, head=6)
    op(fx, cell, "×")
    op(gx, cell, "+")

    # the bus of [h, x] feeds all four layers
    line((14, bus), (ox, bus))
    line((62, 12), (62, bus))
    for x in (fx, ix, gx, ox):
        arrow(b, (x, bus), (x, gates - 17), INK, 1.5)
    b.plot([62, fx, ix, gx], [bus] * 4, "o", color=INK, ms=3.4, zorder=3)
    for x, label, fill, edge in (
        (fx, "σ", LBLUE, BLUE),
        (ix, "σ", LBLUE, BLUE),
        (gx, "tanh", LGREEN, GREEN),
        (ox, "σ", LBLUE, BLUE),
    ):
        box(b, x, gates, 44, 32, label, fc=fill, ec=edge, size=16 if label == "σ" else 14.2)

    # forget: f to the product on the cell line
    arrow(b, (fx, gates + 16), (fx, cell - 11), INK, 1.5)
    # input times candidate, to the sum
    op(gx, mix, "×")
    line((ix, gates + 16), (ix, mix))
    arrow(b, (ix, mix), (gx - 11, mix), INK, 1.5)
    arrow(b, (gx, gates + 16), (gx, mix - 11), INK, 1.5)
    arrow(b, (gx, mix + 11), (gx, cell - 11), INK, 1.5)
    # output: o times tanh(c_t), to the right and up
    arrow(b, (tx, cell), (tx, 250), INK, 1.5)
    b.plot([tx], [cell], "o", color=INK, ms=3.4, zorder=3)
    box(b, tx, 234, 44, 30, "tanh", fc=LGREEN, ec=GREEN)
    arrow(b, (tx, 219), (tx, mix - 30 + 11), INK, 1.5)
    op(tx, mix - 30, "×")
    line((ox, gates + 16), (ox, mix - 30))
    arrow(b, (ox, mix - 30), (tx - 11, mix - 30), INK, 1.5)
    line((tx, mix - 41), (tx, bus))
    arrow(b, (tx, bus), (328, bus), INK, 1.5)

    for x, y, text, color in (
        (26, 302, "$c_{t-1}$", RED),
        (324, 302, "$c_t$", RED),
        (26, 80, "$h_{t-1}$", INK),
        (322, 80, "$h_t$", INK),
        (81, 20, "$x_t$", INK),
        (fx - 15, 158, "$f_t$", BLUE),
        (ix - 14, 158, "$i_t$", BLUE),
        (gx + 17, 160, r"$\tilde{c}_t$", GREEN),
        (ox + 15, 158, "$o_t$", BLUE),
    ):
        say(b, x, y, text, big, color, zorder=6)
    say(b, 144, 300, "additive path", 14, RED)
    return fig


@figure("computation-graph")
def computation_graph():
    """L = (wx - y)^2 + w^2, forward and backward; w is used twice."""
    fig = canvas(438)
    b = board(fig)
    leaf = {"w": 2, "x": 3, "y": 4}
    nodes = {  # name: (sign, inputs, value, derivative by each input)
        "p": ("×", "wx", lambda w, x: w * x, lambda w, x: (x, w)),
        "e": ("−", "py", lambda p, y: p - y, lambda p, y: (1, -1)),
        "s": ("²", "e", lambda e: e**2, lambda e: (2 * e,)),
        "r": ("²", "w", lambda w: w**2, lambda w: (2 * w,)),
        "L": ("+", "sr", lambda s, r: s + r, lambda s, r: (1, 1)),
    }
    value, grad, sent = dict(leaf), {"L": 1}, {}
    for name, (_, inputs, forward, _) in nodes.items():
        value[name] = forward(*(value[k] for k in inputs))
    for name in reversed(nodes):
        _, inputs, _, local = nodes[name]
        for k, d in zip(inputs, local(*(value[i] for i in inputs))):
            sent[k, name] = grad[name] * d
            grad[k] = grad.get(k, 0) + sent[k, name]

    at = {
        "x": (48, 46),
        "w": (216, 46),
        "y": (48, 200),
        "p": (132, 126),
        "e": (132, 200),
        "s": (132, 274),
        "r": (270, 274),
        "L": (201, 348),
    }

    def number(v):
        return str(v).replace("-", "−")

    for name, (_, inputs, _, _) in nodes.items():
        for k in inputs:
            (x0, y0), (x1, y1) = at[k], at[name]
            length = np.hypot(x1 - x0, y1 - y0)
            ux, uy = (x1 - x0) / length, (y1 - y0) / length
            arrow(b, (x0 + 18 * ux, y0 + 18 * uy), (x1 - 19 * ux, y1 - 19 * uy), GRAY, 1.5)
            mx, my = (x0 + x1) / 2, (y0 + y1) / 2
            if (k, name) == ("y", "e"):  # level: above and below
                say(b, mx, my + 12, number(value[k]), 14.5, BLUE, weight="bold")
                say(b, mx, my - 12, number(sent[k, name]), 14.5, RED, weight="bold")
            else:
                left, right = (11, 15) if abs(ux) < 0.2 else (17, 17)
                say(b, mx - left, my, number(value[k]), 14.5, BLUE, weight="bold")
                say(b, mx + right, my, number(sent[k, name]), 14.5, RED, weight="bold")
    for name, (sign, *_) in nodes.items():
        x, y = at[name]
        b.plot([x], [y], "o", ms=26, mfc=LGOLD, mec=INK, mew=0.9, zorder=4)
        say(b, x, y - 0.5, r"$(\cdot)^2$" if sign == "²" else sign, 15, zorder=6)
    for name in leaf:
        x, y = at[name]
        box(b, x, y, 36, 32, f"${name}$", fc=PANEL, ec=INK, size=17)
    x, y = at["L"]
    arrow(b, (x, y + 19), (x, y + 44), GRAY, 1.5)
    say(b, x - 11, y + 33, number(value["L"]), 14.5, BLUE, weight="bold")
    say(b, x + 13, y + 33, number(grad["L"]), 14.5, RED, weight="bold")
    say(b, x, y + 58, "$L$", 18)
    say(b, 12, 416, "value ↑", 14.2, BLUE, ha="left", weight="bold")
    say(b, 328, 416, "gradient ↓", 14.2, RED, ha="right", weight="bold")
    say(b, 12, 378, r"$L=(wx-y)^2+w^2$", 15, ha="left")
    parts = " + ".join(number(sent["w", k]) for k in ("p", "r"))
    say(b, 242, 46, f"{parts}\n= {grad['w']}", 14.5, RED, ha="left", weight="bold")
    say(b, 216, 17, f"{value['w']}", 14.5, BLUE, weight="bold")
    say(b, 48, 17, f"{value['x']}", 14.5, BLUE, weight="bold")
    return fig
