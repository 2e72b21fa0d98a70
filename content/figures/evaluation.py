"""Evaluation of classifiers: confusion matrix, threshold, PR and ROC curves, calibration."""

import numpy as np
from scipy.special import logit
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB

from style import (
    BLUE,
    GRAY,
    GREEN,
    INK,
    LBLUE,
    LGOLD,
    LRED,
    PT,
    RED,
    axes,
    board,
    box,
    canvas,
    figure,
    say,
)

REACH = -10.5, 13  # log-odds shown: all of them
PRECISION = 0.95  # what the mailbox owner asks for


def _mail():
    """Validation labels (1 = spam) and scores of a logistic regression on simulated mail."""
    x, y = make_classification(
        6000,
        12,
        n_informative=6,
        n_clusters_per_class=1,
        weights=[0.7],
        class_sep=1.0,
        flip_y=0.01,
        random_state=10,
    )
    x_train, x_valid, y_train, y_valid = train_test_split(
        x, y, test_size=2000, stratify=y, random_state=0
    )
    return y_valid, LogisticRegression().fit(x_train, y_train).predict_proba(x_valid)[:, 1]


def _operating_point(y, score):
    """The point of largest recall among those of at least the wanted precision."""
    precision, recall, threshold = precision_recall_curve(y, score)
    allowed = np.flatnonzero(precision[:-1] >= PRECISION)
    i = allowed[recall[allowed].argmax()]
    return precision, recall, threshold[i], i


@figure("spam-threshold")
def spam_threshold():
    fig = canvas(318)
    y, score = _mail()
    _, _, threshold, _ = _operating_point(y, score)
    ticks = np.array([0.001, 0.03, 0.5, 0.97, 0.999])
    at, z, ticks_at = logit(threshold), logit(score), logit(ticks)
    bins = np.linspace(*REACH, 41)
    b = board(fig)
    say(
        b,
        16 + 308 * (at - REACH[0]) / (REACH[1] - REACH[0]),
        302,
        f"threshold {threshold:.2f}",
        14.2,
        weight="bold",
    )
    for i, (name, value, color, fill, below, above) in enumerate(
        (("ham", 0, BLUE, LBLUE, "TN", "FP"), ("spam", 1, RED, LRED, "FN", "TP"))
    ):
        ax = axes(fig, 16, 178 - i * 126, 308, 112)
        ax.hist(z[y == value], bins, color=fill, edgecolor=color, linewidth=0.9)
        ax.axvline(at, color=INK, lw=1.6, ls=(0, (4, 2)))
        ax.spines["left"].set_visible(False)
        ax.set(xlim=REACH, yticks=[], xticks=ticks_at)
        ax.set_xticklabels([] if i == 0 else [f"{t:g}" for t in ticks])
        flagged = (score[y == value] >= threshold).sum()
        kept = (y == value).sum() - flagged
        ax.set_ylim(0, 1.4 * ax.get_ylim()[1])
        high = {"y": 0.89, "transform": ax.get_xaxis_transform()}
        say(ax, REACH[0] + 0.2, text=name, size=16, color=color, ha="left", weight="bold", **high)
        say(ax, at - 0.5, text=f"{kept} {below}", color=color, ha="right", **high)
        say(ax, at + 0.5, text=f"{flagged} {above}", color=color, ha="left", **high)
    say(b, 170, 17, "score: spam probability", 14.2)
    return fig


@figure("pr-operating-point")
def pr_point():
    fig = canvas(290)
    y, score = _mail()
    precision, recall, threshold, i = _operating_point(y, score)
    share = y.mean()
    ax = axes(fig, 48, 48, 278, 212)
    ax.axhspan(PRECISION, 1.02, color=LGOLD, lw=0, zorder=0)
    ax.axhline(share, color=GRAY, lw=1.2, ls=(0, (5, 3)))
    ax.plot(recall, precision, color=BLUE, drawstyle="steps-post")
    ax.plot([recall[i], recall[i]], [0, precision[i]], color=INK, lw=1, ls=(0, (3, 2.5)))
    ax.plot(recall[i], precision[i], "o", color=RED, ms=8, mec=INK, zorder=5)
    ax.set(
        xlim=(0, 1.01), ylim=(0, 1.02), xticks=[0, 0.5, 1], yticks=[0, 0.5, 0.95], xlabel="recall"
    )
    ax.set_title("precision", loc="left", weight="normal", fontsize=14.2 * PT, pad=4)
    ax.set_yticklabels(["0", "0.5", "0.95"])
    ax.set_xticklabels(["0", "0.5", "1"])
    say(ax, recall[i] - 0.04, 0.78, f"threshold {threshold:.2f}", 14.2, RED, ha="right")
    say(ax, recall[i] - 0.04, 0.68, f"recall {recall[i]:.2f}", 14.2, RED, ha="right")
    say(ax, 0.03, share + 0.06, f"flag at random: {share:.2f}", 14.2, GRAY, ha="left")
    return fig


@figure("roc-auc")
def roc_auc():
    """Logistic regression on 2000 simulated cases; the area is also counted over all pairs."""
    fig = canvas(312)
    x, y = make_classification(
        4000, 10, n_informative=4, weights=[0.7], class_sep=0.7, flip_y=0.08, random_state=8
    )
    x, x_test, y, y_test = train_test_split(x, y, test_size=2000, stratify=y, random_state=0)
    score = LogisticRegression().fit(x, y).predict_proba(x_test)[:, 1]
    fall_out, recall, _ = roc_curve(y_test, score)
    area = roc_auc_score(y_test, score)
    pairs = score[y_test == 1][:, None] - score[y_test == 0]
    assert abs(((pairs > 0) + (pairs == 0) / 2).mean() - area) < 1e-9
    at = 0.3  # the operating point
    point = (score[y_test == 0] >= at).mean(), (score[y_test == 1] >= at).mean()

    ax = axes(fig, 48, 52, 278, 230)
    ax.fill_between(fall_out, recall, color=LBLUE, lw=0, zorder=0)
    ax.plot([0, 1], [0, 1], color=GRAY, lw=1.2, ls=(0, (5, 3)))
    ax.plot(fall_out, recall, color=BLUE)
    ax.plot([point[0], point[0], 0], [0, point[1], point[1]], color=INK, lw=1, ls=(0, (3, 2.5)))
    ax.plot(*point, "o", color=RED, ms=8, mec=INK, zorder=5)
    ax.set(
        xlim=(0, 1),
        ylim=(0, 1.02),
        xticks=[0, 0.5, 1],
        yticks=[0, 0.5, 1],
        xlabel="false positive rate",
    )
    ax.set_xticklabels(["0", "0.5", "1"])
    ax.set_yticklabels(["0", "0.5", "1"])
    ax.set_title(
        "true positive rate (recall)", loc="left", weight="normal", fontsize=14.2 * PT, pad=6
    )
    say(ax, point[0] + 0.05, point[1] - 0.045, f"threshold {at}", 14.2, RED, ha="left")
    say(ax, 0.66, 0.36, f"AUC {area:.2f}", 18, BLUE, weight="bold")
    say(ax, 0.6, 0.12, "by chance: 0.50", 14, GRAY)
    return fig


@figure("calibration")
def calibration():
    """Five features that nearly repeat each other: naive Bayes counts them five times."""
    fig = canvas(324)
    rng = np.random.default_rng(4)
    y = rng.integers(0, 2, 24000)
    x = (0.9 * y + rng.normal(size=24000))[:, None] + 0.4 * rng.normal(size=(24000, 5))
    models = (
        ("naive Bayes", GaussianNB(), RED, LRED, "^", (0, (5, 1.5))),
        ("logistic regression", LogisticRegression(), BLUE, LBLUE, "o", "-"),
    )
    ax = axes(fig, 48, 52, 278, 240)
    ax.plot([0, 1], [0, 1], color=GRAY, lw=1.2, ls=(0, (2, 2)))
    for (name, model, color, fill, marker, dash), (left, bottom) in zip(
        models, ((58, 228), (206, 66))
    ):
        p = model.fit(x[:4000], y[:4000]).predict_proba(x[4000:])[:, 1]
        bins = np.minimum((p * 10).astype(int), 9)
        used = [k for k in range(10) if (bins == k).sum() >= 100]
        mean = [p[bins == k].mean() for k in used]
        share = [y[4000:][bins == k].mean() for k in used]
        ax.plot(mean, share, marker, color=color, ls=dash, lw=1.6, ms=6)
        inset = axes(fig, left, bottom, 110, 40)
        inset.hist(p, np.linspace(0, 1, 11), color=fill, edgecolor=color, linewidth=0.9)
        inset.set(xlim=(0, 1), xticks=[], yticks=[])
        inset.spines["left"].set_visible(False)
        say(inset, 0.5, 1.1, name, 14.2, color, va="bottom", transform=inset.transAxes)
    ax.set(
        xlim=(0, 1),
        ylim=(0, 1.02),
        xticks=[0, 0.5, 1],
        yticks=[0, 0.5, 1],
        xlabel="predicted probability",
    )
    ax.set_xticklabels(["0", "0.5", "1"])
    ax.set_yticklabels(["0", "0.5", "1"])
    ax.set_title(
        "observed share of positives", loc="left", weight="normal", fontsize=14.2 * PT, pad=8
    )
    return fig


@figure("confusion-2x2")
def confusion():
    fig = canvas(318)
    b = board(fig)
    left, bottom, w, h, gap = 58, 48, 122, 96, 6
    xs = left + w / 2, left + 1.5 * w + gap
    ys = bottom + 1.5 * h + gap, bottom + h / 2
    say(b, left + w + gap / 2, 299, "predicted", 15, weight="bold")
    say(b, 17, bottom + h + gap / 2, "actual", 15, weight="bold", rotation=90)
    for at, text in zip(xs, ("positive", "negative")):
        say(b, at, 271, text, 14.2)
    for at, text in zip(ys, ("positive", "negative")):
        say(b, 42, at, text, 14.2, rotation=90)
    cells = (
        ("TP", "hit", LBLUE, BLUE),
        ("FN", "miss\n(type II)", LRED, RED),
        ("FP", "false alarm\n(type I)", LRED, RED),
        ("TN", "correct\nrejection", LBLUE, BLUE),
    )
    for k, (short, long, fill, color) in enumerate(cells):
        row, column = divmod(k, 2)
        box(b, xs[column], ys[row], w, h, fc=fill, ec=color, r=8, lw=1.2)
        say(b, xs[column], ys[row] + 23, short, 24, color, weight="bold", zorder=5)
        say(b, xs[column], ys[row] - 18, long, 14.2, zorder=5, linespacing=1.15)
    say(b, 324, ys[0], "recall", 14.2, GREEN, rotation=90)
    b.plot([312, 312], [ys[0] - h / 2 + 4, ys[0] + h / 2 - 4], color=GREEN, lw=2)
    say(b, xs[0], 20, "precision", 14.2, GREEN)
    b.plot([xs[0] - w / 2 + 4, xs[0] + w / 2 - 4], [38, 38], color=GREEN, lw=2)
    return fig
