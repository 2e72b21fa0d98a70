"""Systems: retrieval-augmented generation, training-serving skew, ways to train in parallel."""

from matplotlib.patches import Rectangle

from style import (
    BLUE,
    FAINT,
    GRAY,
    GREEN,
    INK,
    LBLUE,
    LGOLD,
    LGRAY,
    LGREEN,
    LRED,
    PANEL,
    RED,
    arrow,
    board,
    box,
    canvas,
    figure,
    say,
)


@figure("rag-flow")
def rag_flow():
    fig = canvas(452)
    b = board(fig)
    left, right = 84, 242
    # ahead of time
    say(b, left, 434, "ahead of time", 14.5, weight="bold")
    say(b, right, 434, "per question", 14.5, weight="bold")
    b.plot([163, 163], [206, 444], color=FAINT, lw=0.9, ls=(0, (4, 3)))
    chain = (
        (left, 398, "documents", PANEL, INK),
        (left, 338, "chunks", LBLUE, BLUE),
        (left, 278, "vectors", LBLUE, BLUE),
    )
    for (x, y, text, fill, edge), step in zip(chain, ("split", "embed", "store")):
        box(b, x, y, 106, 32, text, fc=fill, ec=edge)
        arrow(b, (x, y - 16), (x, y - 44), GRAY, 1.8)
        say(b, x + 9, y - 29, step, 14, GRAY, ha="left")
    box(b, right, 398, 106, 32, "question", fc=PANEL, ec=INK)
    arrow(b, (right, 382), (right, 294), GRAY, 1.8)
    say(b, right + 9, 338, "embed", 14, GRAY, ha="left")
    box(b, right, 278, 106, 32, "vector", fc=LBLUE, ec=BLUE)
    arrow(b, (right, 262), (right, 234), GRAY, 1.8)
    say(b, right + 9, 249, "search", 14, GRAY, ha="left")
    box(b, 163, 217, 270, 34, "index: the k nearest chunks", fc=LGOLD, ec=INK)
    arrow(b, (163, 200), (163, 166), GRAY, 1.8)
    say(b, 172, 182, "rerank", 14, GRAY, ha="left")
    box(b, 163, 147, 270, 38, "prompt: question + chunks", fc=LGREEN, ec=GREEN)
    # the question itself goes into the prompt
    b.plot([295, 322, 322], [398, 398, 147], color=GRAY, lw=1.35, zorder=1)
    arrow(b, (322, 147), (298, 147), GRAY, 1.8)
    arrow(b, (163, 128), (163, 100), GRAY, 1.8)
    box(b, 163, 83, 150, 34, "language model", fc=LGRAY, ec=INK)
    arrow(b, (163, 66), (163, 44), GRAY, 1.8)
    box(b, 163, 27, 240, 32, "answer with its sources", fc=PANEL, ec=INK)
    return fig


# When each purchase of one customer happened and when it reached the store, in hours.
EVENTS = ((2, 2.1), (9, 9.2), (15, 15.1), (19, 26), (23, 31), (25, 25.1))
NOW = 24  # the prediction is made


@figure("train-serve-skew")
def train_serve_skew():
    """One feature of one customer at one moment, counted by two pieces of code."""
    fig = canvas(404)
    b = board(fig)
    # serving: what has arrived; training: by day of the event, from the finished table
    served = sum(arrived <= NOW for _, arrived in EVENTS)
    trained = sum(happened <= NOW for happened, _ in EVENTS)
    late = sum(happened <= NOW < arrived for happened, arrived in EVENTS)
    assert trained == served + late
    xs = 90, 250
    box(b, 170, 376, 286, 38, "same customer, same moment", fc=LGRAY, ec=INK)
    for x, word, store, code, value, fill, edge in (
        (xs[0], "training", "finished table", "batch code", trained, LBLUE, BLUE),
        (xs[1], "serving", "live events", "online code", served, LRED, RED),
    ):
        say(b, x, 331, word, 15, edge, weight="bold")
        arrow(b, (x, 357), (x, 344), GRAY, 1.8)
        box(b, x, 296, 140, 36, store, fc=PANEL, ec=GRAY)
        arrow(b, (x, 278), (x, 256), GRAY, 1.8)
        box(b, x, 238, 140, 36, code, fc=fill, ec=edge)
        arrow(b, (x, 220), (x, 196), GRAY, 1.8)
        say(b, x, 174, str(value), 26, edge, weight="bold")
    say(b, 170, 174, "≠", 26, INK)
    say(b, 170, 140, f"purchases today: {late} arrived late", 14.2)
    b.plot([14, 326], [118, 118], color=FAINT, lw=0.8)
    say(b, 170, 97, "remedies", 14.5, GREEN, weight="bold")
    box(b, 90, 50, 148, 60, "one code for both,\nby arrival time", fc=LGREEN, ec=GREEN)
    box(b, 250, 50, 148, 60, "log served values,\ntrain on them", fc=LGREEN, ec=GREEN)
    return fig


@figure("parallelism")
def parallelism():
    """Four layers on two GPUs, three ways."""
    fig = canvas(500)
    b = board(fig)
    centers, layers, samples = (212, 298), 4, 4
    everything = range(layers)
    ways = (  # what GPU 1 and GPU 2 hold and work on at one moment
        (
            "data parallel",
            "all layers,\nhalf the batch\n\naverage gradients,\nonce a step",
            (everything, everything),
            1,
            ((0, 1), (2, 3)),
        ),
        (
            "tensor parallel",
            "half of each layer,\nwhole batch\n\nsum activations,\nin each layer",
            (everything, everything),
            0.5,
            (everything, everything),
        ),
        (
            "pipeline parallel",
            "half of the layers,\none piece at a time\n\npass activations\nto the next GPU",
            ((0, 1), (2, 3)),
            1,
            ((1,), (0,)),
        ),
    )
    for k, (name, lines, held, share, batch) in enumerate(ways):
        top = 490 - k * 154
        say(b, 14, top - 16, name, 15, ha="left", weight="bold")
        say(b, 14, top - 84, lines, 14.2, ha="left", linespacing=1.2)
        b.plot([14, 326], [top - 148] * 2, color=FAINT, lw=0.8)
        for g, (x, fill, edge) in enumerate(zip(centers, (LBLUE, LRED), (BLUE, RED))):
            say(b, x, top - 16, f"GPU {g + 1}", 14.2, edge)
            box(b, x, top - 84, 60, 112, fc=PANEL, ec=INK)
            for layer in range(layers):
                y = top - 110 + layer * 19
                outline = {"fc": "none", "ec": FAINT, "lw": 0.8, "zorder": 3}
                b.add_patch(Rectangle((x - 24, y), 48, 13, **outline))
                if layer in held[g]:
                    start = x - 24 + (24 if g and share < 1 else 0)
                    outline = {"fc": fill, "ec": edge, "lw": 1, "zorder": 4}
                    b.add_patch(Rectangle((start, y), 48 * share, 13, **outline))
            for sample in range(samples):
                works = sample in batch[g]
                b.plot(
                    [x - 18 + 12 * sample],
                    [top - 126],
                    "s",
                    ms=6.5,
                    mfc=INK if works else "none",
                    mec=INK if works else GRAY,
                    mew=0.8,
                    zorder=4,
                )
        rows = {"data": (1.5,), "tensor": range(layers), "pipeline": (1,)}[name.split()[0]]
        for row in rows:
            y = top - 103.5 + row * 19
            if name.startswith("pipeline"):
                arrow(b, (236, y), (274, y + 19), INK, 1.8)
            else:
                arrow(b, (244, y), (266, y), INK, 1.5, head=4, style="<|-|>")
    b.add_patch(Rectangle((40, 11), 30, 13, fc=LGRAY, ec=GRAY, lw=1))
    say(b, 77, 17, "layer", 14, ha="left")
    b.plot([150], [17.5], "s", ms=6.5, color=INK)
    say(b, 161, 17, "sample in work", 14, ha="left")
    return fig
