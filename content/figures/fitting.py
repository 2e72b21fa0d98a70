"""Fitting: models too rigid and too flexible, the path of the lasso, the learning rate."""

import numpy as np
from sklearn.linear_model import LassoCV, lasso_path

from style import BLUE, FAINT, GRAY, INK, RED, axes, board, canvas, figure, say


@figure("under-over-fit")
def under_over_fit():
    """The same 20 points; root mean squared error on them and on 20 000 fresh ones."""
    fig = canvas(342)
    rng = np.random.default_rng(25)
    sigma, grid = 0.25, np.linspace(0, 1, 401)

    def truth(x):
        return np.sin(2 * np.pi * x)

    x = (np.arange(20) + rng.uniform(0.1, 0.9, 20)) / 20
    y = truth(x) + sigma * rng.normal(size=20)
    x_new = rng.uniform(x.min(), x.max(), 20000)  # no extrapolation
    y_new = truth(x_new) + sigma * rng.normal(size=20000)
    b = board(fig)
    for i, (degree, word, color) in enumerate(
        ((1, "underfit", RED), (4, "about right", BLUE), (15, "overfit", RED))
    ):
        bottom = 232 - 111 * i
        fit = np.polynomial.Polynomial.fit(x, y, degree, domain=[0, 1])
        ax = axes(fig, 12, bottom, 184, 100, xlim=(-0.02, 1.02), ylim=(-1.75, 1.75))
        ax.set(xticks=[], yticks=[])
        for spine in ax.spines.values():
            spine.set(visible=True, color=FAINT)
        ax.plot(grid, truth(grid), color=GRAY, lw=1.2, ls=(0, (4, 2.5)))
        shown = grid[(grid >= x.min()) & (grid <= x.max())]
        ax.plot(shown, fit(shown), color=color)
        ax.plot(x, y, "o", color=INK, ms=4, mew=0, zorder=5)
        train = np.sqrt(((fit(x) - y) ** 2).mean())
        new = np.sqrt(((fit(x_new) - y_new) ** 2).mean())
        if i == 0:
            say(ax, 0.42, 1.32, "truth", 14, GRAY, ha="left")
        say(b, 205, bottom + 86, f"degree {degree}", 14.5, ha="left", weight="bold")
        say(b, 205, bottom + 63, word, 14.2, color, ha="left")
        say(b, 205, bottom + 37, f"train error {train:.2f}", 14.2, ha="left")
        say(b, 205, bottom + 15, f"test error {new:.2f}", 14.2, ha="left")
    return fig


@figure("lasso-path")
def path():
    """Eight standardized features, three of them in the truth; penalty by 10-fold CV."""
    fig = canvas(318)
    rng = np.random.default_rng(7)
    truth = np.array([2.0, -1.5, 1.0, 0, 0, 0, 0, 0])
    x = rng.normal(size=(120, 8))
    x[:, 3:6] += 0.5 * x[:, :3]  # three that go along with the relevant ones
    x = (x - x.mean(0)) / x.std(0)
    y = x @ truth + 2.0 * rng.normal(size=120)
    y = y - y.mean()
    alphas, weights, _ = lasso_path(x, y, alphas=np.geomspace(0.01, 3.2, 240)[::-1], tol=1e-10)
    chosen = LassoCV(alphas=alphas, cv=10, tol=1e-8, max_iter=20000).fit(x, y).alpha_

    low, high = 0.01, 3.2
    ax = axes(fig, 42, 50, 284, 206)
    ax.axhline(0, color=INK, lw=0.8)
    ax.axvline(chosen, color=INK, lw=1.1, ls=(0, (4, 2.5)))
    for k in range(8):
        if truth[k]:
            ax.plot(alphas, weights[k], color=BLUE, zorder=3)
        else:
            ax.plot(alphas, weights[k], color=RED, lw=1.4, ls=(0, (4, 1.6)))
    ax.set(
        xscale="log",
        xlim=(low, high),
        ylim=(-2.1, 2.5),
        xticks=[0.01, 0.1, 1],
        yticks=[-2, -1, 0, 1, 2],
        xlabel=r"penalty $\lambda$ (log scale)",
    )
    ax.minorticks_off()
    ax.set_xticklabels(["0.01", "0.1", "1"])
    b = board(fig)
    say(b, 42, 300, "weights that are not 0:", 14.2, ha="left")
    for at in (0.01, chosen, 1, 3):
        here = np.abs(np.log(alphas / at)).argmin()
        x0 = 42 + 284 * np.log(at / low) / np.log(high / low)
        say(b, x0, 274, str((weights[:, here] != 0).sum()), 14.2, INK)
    say(ax, chosen * 1.12, -1.9, "chosen by CV", 14.2, ha="left")
    say(ax, 0.012, 1.35, "3 relevant", 14.2, BLUE, ha="left")
    say(ax, 0.012, -0.62, "5 irrelevant", 14.2, RED, ha="left")
    return fig


@figure("learning-rate")
def learning_rate():
    """Gradient descent on f(w) = w^2 / 2: each step multiplies w by 1 - rate."""
    fig = canvas(226)
    b = board(fig)
    steps, start = 8, -2.0
    for i, (rate, word, color) in enumerate(
        ((0.06, "too low", RED), (0.5, "good", BLUE), (2.1, "too high", RED))
    ):
        left = 10 + 109 * i
        walk = [start]
        for _ in range(steps):
            walk.append(walk[-1] - rate * walk[-1])
        walk = np.array(walk)
        ax = axes(fig, left, 66, 102, 108, xlim=(-4.7, 4.7), ylim=(-0.8, 10.6))
        ax.axis("off")
        w = np.linspace(-4.6, 4.6, 121)
        ax.plot(w, w**2 / 2, color=GRAY, lw=1.4)
        ax.plot(walk, walk**2 / 2, "o-", color=color, lw=1.1, ms=3.6, mew=0, zorder=4)
        ax.plot(start, start**2 / 2, "o", mfc="#fbfaf7", mec=INK, ms=6, mew=1.2, zorder=5)
        say(b, left + 51, 208, word, 14.5, color, weight="bold")
        say(b, left + 51, 187, rf"$\eta$ = {rate}", 14.2)
        say(b, left + 51, 50, f"$w_{steps}$ = {walk[-1]:.2f}".replace("-", "−"), 14.2)
    say(b, 170, 20, r"8 steps on $w^2/2$ from ○ $w_0=-2$", 14.2)
    return fig
