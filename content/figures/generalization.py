"""Generalization: bias and variance, penalties, early stopping, cross-validation."""

import numpy as np
from matplotlib.patches import Circle, Polygon
from scipy.optimize import minimize_scalar
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import KFold, cross_val_score, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from style import (
    BLUE,
    GRAY,
    INK,
    LBLUE,
    LGOLD,
    LGRAY,
    PT,
    RED,
    arrow,
    axes,
    board,
    box,
    canvas,
    figure,
    say,
)


@figure("bias-variance-u")
def bias_variance():
    """600 training sets of 50 points; polynomials; errors averaged over x."""
    fig = canvas(270)
    rng = np.random.default_rng(0)
    degrees, sigma, grid = np.arange(1, 9), 0.4, np.linspace(0, 1, 101)

    def truth(x):
        return 2 * np.tanh(6 * (x - 0.4))

    fits = {d: [] for d in degrees}
    for _ in range(600):
        x = rng.uniform(0, 1, 50)
        y = truth(x) + sigma * rng.normal(size=50)
        for d in degrees:
            fits[d].append(np.polynomial.Polynomial.fit(x, y, d, domain=[0, 1])(grid))
    bias2 = np.array([((np.mean(fits[d], 0) - truth(grid)) ** 2).mean() for d in degrees])
    variance = np.array([np.var(fits[d], 0).mean() for d in degrees])
    total = bias2 + variance + sigma**2
    best = int(total.argmin())

    ax = axes(fig, 40, 46, 288, 212)
    ax.axhline(sigma**2, color=GRAY, lw=1.4, ls=(0, (5, 3)))
    ax.plot(degrees, bias2, "s-", color=BLUE, ms=4)
    ax.plot(degrees, variance, "^-", color=RED, ms=5)
    ax.plot(degrees, total, "o-", color=INK, lw=2.6, ms=5)
    ax.plot(degrees[best], total[best], "o", ms=11, mfc="none", mec=INK, mew=1.2)
    ax.set(
        xlim=(0.7, 8.3),
        ylim=(0, 0.46),
        xticks=degrees,
        yticks=[0, 0.1, 0.2, 0.3, 0.4],
        xlabel="polynomial degree",
    )
    say(ax, 4.6, 0.40, "expected test error", 14.2, INK, weight="bold")
    say(ax, degrees[best] + 0.15, total[best] + 0.035, "minimum", 14, INK)
    say(ax, 1.0, 0.1, "bias²", 14.2, BLUE, ha="left")
    say(ax, 6.55, 0.035, "variance", 14.2, RED, ha="left")
    say(ax, 4.6, 0.137, "noise", 14.2, GRAY, ha="left")
    return fig


@figure("l1-l2-geometry")
def geometry():
    """The smallest squared error inside |b|_1 <= 1 and inside |b|_2 <= 1, found numerically."""
    fig = canvas(292)
    rng = np.random.default_rng(3)
    features = rng.normal(size=(80, 2)) @ np.array([[1.0, 0.35], [0.0, 0.95]])
    y = features @ np.array([0.5, 1.75]) + 0.8 * rng.normal(size=80)
    features, y = features - features.mean(0), y - y.mean()
    gram = features.T @ features / 80
    ols = np.linalg.solve(gram, features.T @ y / 80)

    def error(b):  # mean squared error above its minimum
        return (b - ols) @ gram @ (b - ols)

    def side(s):  # the side of the diamond in the first quadrant
        return np.array([s, 1 - s])

    def arc(a):
        return np.array([np.cos(a), np.sin(a)])

    touches = []
    for edge, end in ((side, 1), (arc, np.pi / 2)):
        inner = minimize_scalar(lambda t, e=edge: error(e(t)), bounds=(0, end), method="bounded").x
        touches.append(min((edge(t) for t in (0, inner, end)), key=error))

    size, axis = np.linalg.eigh(gram)
    t = np.linspace(0, 2 * np.pi, 121)
    for i, (name, touch) in enumerate(zip(("L1 (lasso)", "L2 (ridge)"), touches)):
        ax = axes(fig, 8 + 164 * i, 38, 160, 220, xlim=(-1.2, 2.0), ylim=(-1.15, 3.25))
        ax.axis("off")
        for start, end in (((-1.2, 0), (1.95, 0)), ((0, -1.15), (0, 3.25))):
            ax.annotate("", end, start, arrowprops={"arrowstyle": "-|>", "color": GRAY, "lw": 0.8})
        region = Polygon([(1, 0), (0, 1), (-1, 0), (0, -1)]) if i == 0 else Circle((0, 0), 1)
        region.set(facecolor=LBLUE, edgecolor=BLUE, linewidth=1.5)
        ax.add_patch(region)
        for share, width in ((0.4, 0.9), (1, 1.8)):
            radius = np.sqrt(share * error(touch) / size)
            ring = ols[:, None] + axis @ (radius[:, None] * np.array([np.cos(t), np.sin(t)]))
            ax.plot(*ring, color=RED, lw=width, clip_on=False)
        ax.plot(*ols, "o", color=RED, ms=4)
        ax.plot(*touch, "o", color=INK, ms=7.5, zorder=5)
        say(ax, ols[0] + 0.08, ols[1] + 0.05, r"$\hat{\beta}$", 15, RED, ha="left")
        ax.set_title(name, pad=8)
        say(ax, 1.8, -0.28, r"$\beta_1$", 15)
        say(ax, -0.32, 3.05, r"$\beta_2$", 15)
        say(ax, 0.4, -1.5, r"$\beta_1=0$" if touch[0] == 0 else rf"$\beta_1={touch[0]:.2f}$", 15.5)
    return fig


@figure("early-stopping")
def early_stopping():
    """A small network on noisy labels, one pass over the training data per epoch."""
    fig = canvas(270)
    x, y = make_classification(700, 20, n_informative=6, flip_y=0.15, class_sep=0.9, random_state=5)
    x_train, x_valid, y_train, y_valid = train_test_split(x, y, train_size=250, random_state=0)
    model = MLPClassifier((64,), learning_rate_init=0.0012, alpha=0, batch_size=32, random_state=1)
    train, valid = [], []
    last, patience = 100, 25
    for _ in range(last):
        model.partial_fit(x_train, y_train, classes=[0, 1])
        train.append(log_loss(y_train, model.predict_proba(x_train)))
        valid.append(log_loss(y_valid, model.predict_proba(x_valid)))
    best = int(np.argmin(valid)) + 1
    assert (
        min(valid[: best + patience]) == valid[best - 1]
    )  # the rule would not have stopped before
    epochs = np.arange(1, last + 1)
    ax = axes(fig, 42, 46, 274, 196)
    ax.axvspan(best, best + patience, color=LGOLD, lw=0, zorder=0)
    for at in (best, best + patience):
        ax.axvline(at, color=INK, lw=1.1, ls=(0, (4, 2.5)))
    ax.plot(epochs, train, color=BLUE)
    ax.plot(epochs, valid, color=RED, ls=(0, (5, 1.5)))
    ax.plot(best, valid[best - 1], "o", color=INK, ms=7, zorder=5)
    ax.set(
        xlim=(0, last),
        ylim=(0, 0.8),
        xticks=range(0, last + 1, 20),
        yticks=[0, 0.2, 0.4, 0.6, 0.8],
        xlabel="epoch",
    )
    ax.set_title("log loss", loc="left", weight="normal", fontsize=14.2 * PT, pad=4)
    say(ax, 98, valid[97] - 0.12, "validation", 14.2, RED, ha="right")
    say(ax, 98, train[70] + 0.04, "training", 14.2, BLUE, ha="right")
    say(ax, best - 1.5, 0.06, f"keep {best}", 14.2, ha="right")
    say(ax, best + patience + 1.5, 0.06, f"stop {best + patience}", 14.2, ha="left")
    say(ax, best + patience / 2, 0.75, "patience", 14)
    return fig


@figure("cv-folds")
def cv_folds():
    """Accuracy of a scaled logistic regression on the training part of the breast-cancer data."""
    fig = canvas(318)
    b = board(fig)
    x, x_test, y, _ = train_test_split(
        *load_breast_cancer(return_X_y=True), test_size=0.2, random_state=0
    )
    scores = cross_val_score(
        make_pipeline(StandardScaler(), LogisticRegression()),
        x,
        y,
        cv=KFold(5, shuffle=True, random_state=0),
    )
    left, cell, height = 30, 44, 32
    say(b, left + 2.5 * cell, 300, f"{len(x)} training rows, 5 folds", 14.2)
    say(b, 294, 300, "accuracy", 14.2)
    for row in range(5):
        y0 = 266 - row * 38
        say(b, 17, y0, str(row + 1), 14.2, GRAY)
        for fold in range(5):
            held = fold == row
            box(
                b,
                left + cell * (fold + 0.5),
                y0,
                cell - 3,
                height,
                "score" if held else "fit",
                fc=LGOLD if held else LBLUE,
                ec=RED if held else LBLUE,
                size=14,
                color=RED if held else BLUE,
                r=4,
            )
        arrow(b, (left + 5 * cell + 3, y0), (left + 5 * cell + 18, y0), GRAY, 1.4)
        say(b, 294, y0, f"{scores[row]:.3f}", 15)
    b.plot([271, 317], [92, 92], color=INK, lw=1)
    say(b, 294, 76, f"{scores.mean():.3f}", 15, weight="bold")
    say(b, 262, 76, "mean", 14.2, ha="right", weight="bold")
    box(
        b,
        left + 2.5 * cell,
        32,
        5 * cell - 3,
        height,
        f"{len(x_test)} test rows: not touched",
        fc=LGRAY,
        ec=GRAY,
        r=4,
    )
    return fig
