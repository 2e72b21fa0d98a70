"""Data: the parts of a box plot."""

import numpy as np

from style import BLUE, GRAY, INK, LBLUE, RED, arrow, axes, canvas, figure, say


@figure("boxplot-anatomy")
def boxplot():
    """60 simulated waiting times: quartiles, fences and whiskers by computation."""
    fig = canvas(262)
    values = np.round(np.random.default_rng(7).gamma(4.0, 5.0, 60), 1)
    q1, median, q3 = np.percentile(values, [25, 50, 75])
    iqr = q3 - q1
    fences = q1 - 1.5 * iqr, q3 + 1.5 * iqr
    inside = values[(values >= fences[0]) & (values <= fences[1])]
    outliers = values[(values < fences[0]) | (values > fences[1])]

    ax = axes(
        fig,
        14,
        30,
        312,
        226,
        ylim=(0, 226),
        xlim=(fences[0] - 2, values.max() + 7),
        yticks=[],
        xticks=(0, 20, 40),
    )
    ax.spines["left"].set_visible(False)
    rng = np.random.default_rng(0)
    ax.plot(
        values, 22 + rng.uniform(-11, 11, len(values)), "o", color=GRAY, ms=3, mew=0, alpha=0.75
    )

    y, half = 124, 24
    line = {"color": BLUE, "linewidth": 1.4}
    ax.bxp(
        [
            {
                "med": median,
                "q1": q1,
                "q3": q3,
                "whislo": inside.min(),
                "whishi": inside.max(),
                "fliers": outliers,
            }
        ],
        positions=[y],
        widths=[2 * half],
        orientation="horizontal",
        manage_ticks=False,
        patch_artist=True,
        boxprops={"facecolor": LBLUE, "edgecolor": BLUE, "linewidth": 1.4},
        medianprops={"color": BLUE, "linewidth": 2.6},
        whiskerprops=line,
        capprops=line,
        flierprops={
            "marker": "o",
            "markersize": 5.5,
            "markeredgecolor": RED,
            "markeredgewidth": 1.4,
        },
    )
    for fence in fences:
        ax.plot([fence, fence], [100, 196], color=INK, lw=1, ls=(0, (3, 2.5)))
    say(ax, fences[0], 208, r"$Q_1-1.5\,$IQR", 14.2, ha="left")
    say(ax, fences[1], 208, r"$Q_3+1.5\,$IQR", 14.2)
    say(ax, q1, y + half + 13, "$Q_1$", 16, BLUE)
    say(ax, q3, y + half + 13, "$Q_3$", 16, BLUE)
    ax.plot([median, median], [y + half, y + half + 24], color=BLUE, lw=0.9)
    say(ax, median, y + half + 32, "median", 14.2, BLUE)
    arrow(ax, (q1, 88), (q3, 88), BLUE, 1.4, head=4, style="<|-|>")
    say(ax, (q1 + q3) / 2, 72, "IQR", 14.2, BLUE)
    say(ax, outliers.mean() + 1, y + 20, "outliers", 14.2, RED)
    say(ax, inside.max(), 80, "last point\ninside fence", 14.2, BLUE, ha="center", linespacing=1.1)
    return fig
