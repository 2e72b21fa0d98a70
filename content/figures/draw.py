"""Draw the figures of the deck into content/img/.

python content/figures/draw.py              all figures
python content/figures/draw.py losses …     only these
python content/figures/draw.py --check      draw nothing; fail if a file is not what the code draws
python content/figures/draw.py --out DIR    draw into another folder
"""

import importlib
import os
import sys
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"  # sums in one order: the same bytes every time

FAMILIES = (
    "clustering",
    "data",
    "ensembles",
    "evaluation",
    "fitting",
    "generalization",
    "layers",
    "neural",
    "overview",
    "projection",
    "regression",
    "systems",
    "transformers",
)
LARGEST = 60_000  # bytes


def main(arguments):
    style = importlib.import_module("style")
    for family in FAMILIES:
        importlib.import_module(family)
    arguments, folder = list(arguments), style.IMG
    if "--out" in arguments:
        at = arguments.index("--out")
        if at + 1 == len(arguments):
            print("--out: which folder?")
            return 2
        folder = Path(arguments.pop(at + 1))
    check = "--check" in arguments
    names = [a for a in arguments if not a.startswith("-")] or sorted(style.FIGURES)
    unknown = [n for n in names if n not in style.FIGURES]
    if unknown:
        print(f"unknown: {', '.join(unknown)}; there are: {', '.join(sorted(style.FIGURES))}")
        return 2
    folder.mkdir(parents=True, exist_ok=True)
    bad = 0
    for name in names:
        fig = style.FIGURES[name]()
        text = style.svg(fig, name)
        faults = style.problems(fig)
        style.plt.close(fig)
        if len(text) > LARGEST:
            faults.append(f"large file: {len(text)} bytes")
        path = folder / f"{name}.svg"
        if check:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                faults.append(f"{path.name} differs from what the code draws")
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}.svg {style.WIDTH}x{fig.height} {len(text)} bytes")
        for fault in faults:
            bad += 1
            print(f"  {fault}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
