"""The figures of the deck: drawn by the scripts beside them, safe to embed, and in use."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import pytest

CONTENT = Path(__file__).parent.parent / "content"
FIGURES, IMG = CONTENT / "figures", CONTENT / "img"
SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}href"
PARTS = {"svg", "defs", "style", "g", "path", "use", "clipPath", "rect"}
NAMES = sorted(path.stem for path in IMG.glob("*.svg"))
IMAGE = re.compile(r"!\[([^\]]*)\]\(img/([^)]*)\)")


def pins(path: Path) -> dict[str, str]:
    """The versions that a file of requirements or constraints names."""
    lines = (line.split(";")[0].strip() for line in path.read_text("utf-8").splitlines())
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


def faults(text: str) -> list[str]:
    """What would look different elsewhere, or reach out of the file."""
    found = []
    root = ElementTree.fromstring(text)
    for element in root.iter():
        name = element.tag.removeprefix(SVG)
        if name not in PARTS:  # no <image>, <text>, <script>, <a>, <foreignObject>, …
            found.append(f"element {name}")
        for key, value in element.attrib.items():
            if key in ("href", XLINK) and not value.startswith("#"):
                found.append(f"reference {value}")
            if key.startswith("on"):
                found.append(f"handler {key}")
    if re.search(r"<!(DOCTYPE|ENTITY)|<\?xml-stylesheet", text):
        found.append("declaration")
    styles = [element.text or "" for element in root.iter(f"{SVG}style")]
    styles += [value for element in root.iter() for value in element.attrib.values()]
    for style in styles:
        if re.search(r"url\((?!#)", style):
            found.append(f"reference {style}")
        if re.search(r"font|@", style):
            found.append(f"font or rule {style}")
    return found


def test_the_pins_of_the_figures_are_those_of_the_test_environment() -> None:
    """So that `pip install -c constraints.txt .[content]` draws what the authors draw."""
    wanted = pins(FIGURES / "requirements.txt")
    constraints = pins(CONTENT.parent / "constraints.txt")
    assert {name: constraints.get(name) for name in wanted} == wanted


@pytest.mark.skipif(sys.version_info < (3, 11), reason="the pinned packages need Python 3.11")
def test_the_scripts_draw_the_files(tmp_path: Path) -> None:
    """The same bytes, no more and no fewer files; the command itself looks for bad texts.

    Bytes, not numbers within a tolerance: coordinates have two decimals, and other processors'
    sums, which differ in the last of 16 digits, drew the same files (OpenBLAS's code for
    SSE2, Sandy Bridge, Haswell, Zen and Skylake-X).
    """
    wanted = pins(FIGURES / "requirements.txt")
    installed = {
        re.sub("[-_.]+", "-", each.metadata["Name"]).lower(): each.version
        for each in metadata.distributions()
        if each.metadata["Name"]
    }
    assert {name: installed.get(name, "missing") for name in wanted} == wanted, (
        "pip install -c constraints.txt -e .[test,content]"
    )
    env = {**os.environ, "MPLCONFIGDIR": str(tmp_path / "empty"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, str(FIGURES / "draw.py"), "--out", str(tmp_path / "img")]
    run = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    assert run.returncode == 0, run.stdout + run.stderr
    assert {path.suffix for path in IMG.iterdir()} == {".svg"}
    drawn = {path.stem: path.read_bytes() for path in (tmp_path / "img").iterdir()}
    kept = {path.stem: path.read_bytes() for path in IMG.iterdir()}
    alone = drawn.keys() ^ kept.keys()
    assert not alone, f"a file without its script, or a script without its file: {alone}"
    differ = [name for name in drawn if drawn[name] != kept[name]]
    assert not differ, f"draw again: content/figures/draw.py {' '.join(differ)}"


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_stands_alone(name: str) -> None:
    """It parses, has a size, and needs neither a font, a picture nor anything outside itself."""
    text = (IMG / f"{name}.svg").read_text("utf-8")
    assert faults(text) == []
    root = ElementTree.fromstring(text)
    assert root.get("width") == "340" and int(root.get("height", "0")) > 0
    assert len(text) <= 60_000


@pytest.mark.parametrize(
    ("planted", "fault"),
    [
        ('<image href="data:image/png;base64,AAAA"/>', "element image"),
        ('<text style="font-family:Arial">a</text>', "element text"),
        ('<path style="font-size:12px"/>', "font or rule font-size:12px"),
        ("<style>@import 'a.css';</style>", "font or rule @import 'a.css';"),
        ('<use href="other.svg#a"/>', "reference other.svg#a"),
        ('<path fill="url(other.svg#a)"/>', "reference url(other.svg#a)"),
        ('<g onclick="f()"/>', "handler onclick"),
        ("<script/>", "element script"),
    ],
)
def test_a_planted_fault_is_found(planted: str, fault: str) -> None:
    """The checks above can fail."""
    text = f'<svg xmlns="http://www.w3.org/2000/svg"><g/>{planted}</svg>'
    assert fault in faults(text)


def test_each_figure_is_used_and_described() -> None:
    """Each stands on a card, with an alt text that says what one sees."""
    texts = [path.read_text("utf-8") for path in sorted(CONTENT.glob("*.md"))]
    images = [image for text in texts for image in IMAGE.findall(text)]
    used, there = {name for _, name in images}, {f"{name}.svg" for name in NAMES}
    assert (used - there, there - used) == (set(), set()), "not drawn, or not used"
    terse = [name for alt, name in images if len(alt.split()) < 8]
    assert not terse
