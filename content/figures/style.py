"""Shared look of the figures, and the one way to save them.

A figure is designed on a canvas WIDTH CSS pixels wide, the size at which a
phone shows it, so every length and font size below is in those pixels.
"""

import io
import re
from collections import Counter
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch
from matplotlib.text import Text
from matplotlib.transforms import Affine2D

IMG = Path(__file__).resolve().parent.parent / "img"
WIDTH = 340  # CSS pixels
MIN_TEXT = 14  # CSS pixels; smaller text is an error (indices in formulas excepted)

PANEL, EDGE = "#fbfaf7", "#d5d1c5"
INK, GRAY, FAINT = "#1f2328", "#5b6068", "#c9c6bd"
# Okabe-Ito hues, darkened where needed so that text in them keeps 4.5:1 on PANEL and on the fills.
BLUE, RED, GREEN = "#005f99", "#a84100", "#006b52"
# Light fills of the same hues, for areas under dark ink.
LBLUE, LRED, LGREEN, LGOLD, LGRAY = "#d3e6f3", "#fae0cf", "#cfeae1", "#fbe6b4", "#e9e7e0"

PT = 0.75  # points per CSS pixel

plt.rcParams.update(
    {
        "font.family": "DejaVu Sans",  # shipped with matplotlib: same on every machine
        "mathtext.fontset": "dejavusans",
        "font.size": 14.2 * PT,
        "axes.titlesize": 15 * PT,
        "axes.titleweight": "bold",
        "axes.labelsize": 14.2 * PT,
        "xtick.labelsize": 14 * PT,
        "ytick.labelsize": 14 * PT,
        "axes.facecolor": "none",
        "axes.edgecolor": GRAY,
        "axes.linewidth": 0.8,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.color": INK,
        "xtick.color": GRAY,
        "ytick.color": GRAY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.major.size": 3,
        "ytick.major.size": 3,
        "axes.labelpad": 2,
        "xtick.major.pad": 2,
        "ytick.major.pad": 2,
        "lines.linewidth": 2,
        "lines.solid_capstyle": "round",
        "svg.fonttype": "path",
        "svg.hashsalt": "deckgen",
        "path.simplify": True,
    }
)

FIGURES = {}


def figure(name):
    """Register a drawing function under the name of its file."""

    def register(draw):
        FIGURES[name] = draw
        return draw

    return register


def canvas(height):
    """A figure of WIDTH x height pixels with its rounded panel."""
    fig = plt.figure(figsize=(WIDTH / 96, height / 96), dpi=96)
    fig.patch.set_visible(False)
    fig.add_artist(
        FancyBboxPatch(
            (0.75, 0.75),
            WIDTH - 1.5,
            height - 1.5,
            transform=Affine2D().scale(1 / 96) + fig.dpi_scale_trans,
            boxstyle="round,pad=0,rounding_size=10",
            fc=PANEL,
            ec=EDGE,
            lw=1 * PT,
            zorder=-10,
        )
    )
    fig.height = height
    return fig


def axes(fig, left, bottom, width, height, **kw):
    """Axes at a place given in pixels from the lower left corner."""
    return fig.add_axes(
        (left / WIDTH, bottom / fig.height, width / WIDTH, height / fig.height), **kw
    )


def board(fig):
    """Invisible axes over the whole figure whose data units are pixels."""
    ax = axes(fig, 0, 0, WIDTH, fig.height)
    ax.set(xlim=(0, WIDTH), ylim=(0, fig.height))
    ax.axis("off")
    return ax


def say(ax, x, y, text, size=14.2, color=INK, ha="center", va="center", **kw):
    return ax.text(x, y, text, fontsize=size * PT, color=color, ha=ha, va=va, **kw)


def box(ax, x, y, w, h, text="", fc=LGRAY, ec=GRAY, size=14.2, color=INK, r=6, lw=1, **kw):
    """A rounded box whose center is (x, y)."""
    ax.add_patch(
        FancyBboxPatch(
            (x - w / 2, y - h / 2),
            w,
            h,
            boxstyle=f"round,pad=0,rounding_size={r}",
            fc=fc,
            ec=ec,
            lw=lw * PT,
            zorder=2,
        )
    )
    if text:
        say(ax, x, y, text, size, color, zorder=4, **kw)


def arrow(ax, start, end, color=GRAY, lw=1.6, head=5, bend=0, style="-|>", **kw):
    ax.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle=f"{style},head_length={head},head_width={head * 0.45}"
            if "|>" in style
            else style,
            connectionstyle=f"arc3,rad={bend}",
            color=color,
            lw=lw * PT,
            shrinkA=0,
            shrinkB=0,
            zorder=3,
            **kw,
        )
    )


def bare(ax, frame=True):
    """No ticks; a full thin frame, or nothing."""
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(visible=frame, color=FAINT)


def problems(fig):
    """Text that is too small, cut by the panel, or over other text."""
    renderer = fig.canvas.get_renderer()
    hidden = [
        t for ax in fig.axes if not ax.axison for a in (ax.xaxis, ax.yaxis) for t in a.findobj(Text)
    ]
    found, seen = [], []
    for t in fig.findobj(Text):
        if not t.get_text().strip() or not t.get_visible() or t in hidden:
            continue
        if t.get_fontsize() / PT < MIN_TEXT - 1e-6:
            found.append(f"text too small: {t.get_text()!r} {t.get_fontsize() / PT:.1f} px")
        b = t.get_window_extent(renderer)
        w, h = fig.bbox.width, fig.bbox.height
        k = w / WIDTH
        if b.x0 < 3 * k or b.y0 < 2 * k or b.x1 > w - 3 * k or b.y1 > h - 2 * k:
            found.append(f"text cut by the panel: {t.get_text()!r}")
        for other, s in seen:
            if min(b.x1, s.x1) - max(b.x0, s.x0) > k and min(b.y1, s.y1) - max(b.y0, s.y0) > 2 * k:
                found.append(f"text over text: {t.get_text()!r} and {other!r}")
        seen.append((t.get_text(), b))
    return found


def _short(match):
    """Two decimals in the numbers of one attribute."""
    return (
        match[1] + re.sub(r"-?\d+\.\d+", lambda m: f"{round(float(m[0]), 2) + 0:g}", match[2]) + '"'
    )


def _classes(text):
    """Styles that come back often, as classes."""
    counts = Counter(re.findall(r' style="([^"]*)"', text))
    rules = ""
    for i, (css, n) in enumerate(counts.most_common()):
        if n < 4:
            break
        text = text.replace(f' style="{css}"', f' class="s{i}"')
        rules += f".s{i}{{{css}}}\n"
    return text.replace("</style>", rules + "</style>", 1)


def svg(fig, name):
    """The figure as the text of a small SVG file without dates or machine traces."""
    buffer = io.StringIO()
    fig.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = re.sub(r"<!DOCTYPE.*?>\s*", "", text, flags=re.S)
    text = re.sub(r"\s*<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.S)
    text = re.sub(
        r'<svg [^>]*?(viewBox="[^"]*")[^>]*>',
        rf'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        rf'width="{WIDTH}" height="{fig.height}" \1>\n'
        rf"<!-- {name}: drawn by content/figures/draw.py; CC BY 4.0 -->",
        text,
        count=1,
    )
    text = re.sub(r'((?:\sd|\sx|\sy|\swidth|\sheight|\spoints)=")([^"]*)"', _short, text)
    text = re.sub(r"\n\s*", "\n", text).strip() + "\n"
    return _classes(text)
