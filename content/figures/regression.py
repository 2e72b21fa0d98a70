"""Regression: loss functions, residual plots."""

import numpy as np
from sklearn.linear_model import LinearRegression

from style import BLUE, GRAY, GREEN, INK, LGRAY, RED, axes, bare, canvas, figure, say


@figure("losses")
def losses():
    fig = canvas(266)
    ax = axes(fig, 34, 46, 288, 206)
    e = np.linspace(-3, 3, 241)
    huber = np.where(np.abs(e) <= 1, e**2 / 2, np.abs(e) - 0.5)
    ax.axvspan(-1, 1, color=LGRAY, lw=0, zorder=0)
    ax.plot(e, e**2 / 2, color=BLUE)
    ax.plot(e, np.abs(e), color=GREEN, ls=(0, (1, 1.3)), lw=2.4)
    ax.plot(e, huber, color=RED, ls=(0, (4, 1.6)), lw=2.4)
    ax.set(
        xlim=(-3, 3),
        ylim=(0, 4.5),
        xticks=[-3, -2, -1, 0, 1, 2, 3],
        yticks=[1, 2, 3, 4],
        xlabel="error $e$",
    )
    say(ax, 2.6, 3.7, "squared $e^2/2$", 14.2, BLUE, ha="right")
    say(ax, -1.72, 2.1, "absolute $|e|$", 14.2, GREEN, ha="left")
    say(ax, 1.15, 0.32, "Huber, $δ=1$", 14.2, RED, ha="left")
    say(ax, 0, 4.2, r"$|e|\leqδ$", 14.2, GRAY)
    return fig


@figure("residual-plots")
def residuals():
    """Least squares on four simulated data sets; one of them meets the assumptions."""
    fig = canvas(344)
    rng = np.random.default_rng(6)
    n = 70
    x = np.linspace(0.2, 10, n)
    noise = rng.normal(size=(3, n))
    walk = np.zeros(n)
    for t in range(1, n):
        walk[t] = 0.85 * walk[t - 1] + 0.6 * rng.normal()
    cases = (
        ("good", x, 2 + x + noise[0], "fitted"),
        ("curved", x, 2 + 0.25 * (x - 3) ** 2 + 0.7 * noise[1], "fitted"),
        ("funnel", x, 2 + x + 0.28 * x * noise[2], "fitted"),
        ("autocorrelated", np.arange(n), 2 + 0.1 * np.arange(n) + walk, "time"),
    )
    for i, (name, u, y, across) in enumerate(cases):
        row, column = divmod(i, 2)
        ax = axes(fig, 36 + column * 153, 196 - row * 162, 140, 114)
        model = LinearRegression().fit(u[:, None], y)
        fitted = model.predict(u[:, None])
        r = y - fitted
        horizontal = u if across == "time" else fitted
        bare(ax)
        ax.axhline(0, color=INK, lw=1)
        if across == "time":
            ax.plot(horizontal, r, color=RED, lw=0.8, alpha=0.7)
        ax.plot(horizontal, r, "o", color=BLUE if name == "good" else RED, ms=3.2, mew=0)
        top = 1.12 * np.abs(r).max()
        ax.set_ylim(-top, top)
        ax.set_title(name, pad=4)
        ax.set_xlabel(across)
        if not column:
            ax.set_ylabel("residual")
    return fig
