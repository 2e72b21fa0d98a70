"""The benchmark runs, and its packages agree; what it measures is for people to read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_the_smallest_benchmark_runs(tmp_path: Path) -> None:
    """Every part of it, with the agreement of the packages that it insists on."""
    result = tmp_path / "result.json"
    asked = ("--notes", "40", "--rounds", "1", "--json", str(result))
    subprocess.run([sys.executable, "-m", "benchmarks", *asked], cwd=ROOT, check=True)
    found = json.loads(result.read_text())
    assert set(found) == {"builds", "stages", "formulas", "decks", "start", "anki"}
    assert found["anki"] is not None
    names = [row["name"] for row in found["builds"]]
    assert names[0] == "yardstick" and names[-1] == "package size"


def test_growth_is_measured(tmp_path: Path) -> None:
    """A row for each size."""
    result = tmp_path / "result.json"
    asked = ("--growth", "30,60", "--json", str(result))
    subprocess.run([sys.executable, "-m", "benchmarks", *asked], cwd=ROOT, check=True)
    assert [row["notes"] for row in json.loads(result.read_text())["growth"]] == [30, 60]
