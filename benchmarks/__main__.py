"""Runs the benchmark: deckgen and the yardstick in turn, on the same questions.

    python -m benchmarks                                 1,000 notes, three rounds
    python -m benchmarks --notes 10000 --json FILE
    python -m benchmarks --growth 1000,10000,100000      one cold build and one edit of each
    python -m benchmarks --peers                         ankdown and ankcompiler, if installed

Seconds depend on the machine and on what else it does; read the ratios, each taken in one round.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import agreement, corpus
from benchmarks.measure import Cost, cost, package_size

YARDSTICK = Path(__file__).with_name("yardstick.py")
PYTHON = sys.executable
DECKGEN = (PYTHON, "-m", "deckgen")
FILES_OF_A_SMALL_DECK = 1  # many decks: one for each file


@dataclass(frozen=True, slots=True)
class Case:
    """Something to measure: made ready by `prepare`, then done by `command`."""

    name: str
    command: Sequence[str]
    prepare: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Row:
    """A case's median cost, and its medians of ratios to the yardstick in the same round."""

    name: str
    cpu: float
    wall: float
    peak_mib: float
    cpu_ratio: float
    wall_ratio: float


def main() -> None:
    """Run what the arguments ask for, print tables, and write JSON if asked."""
    asked = _arguments()
    console = Console()
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory(prefix="deckgen-benchmark-") as name:
        folder = Path(name)
        if asked.growth:
            results["growth"] = _growth(folder, asked.growth, console)
        else:
            results["builds"] = _builds(folder, asked.notes, asked.rounds, asked.peers, console)
            results["stages"] = _stages(folder, console)
            results["formulas"] = _formulas(folder, console)
            results["decks"] = _many_decks(folder, asked.notes, asked.rounds, console)
            results["start"] = _start(asked.rounds, console)
            results["anki"] = _anki(folder, console)
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks")
    parser.add_argument("--notes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--peers", action="store_true")
    parser.add_argument("--growth", type=lambda text: [int(part) for part in text.split(",")])
    return parser.parse_args()


# -- the builds --------------------------------------------------------------------------------


def _builds(
    folder: Path, notes: int, rounds: int, peers: bool, console: Console
) -> list[dict[str, object]]:
    """Each kind of build beside the yardstick; checks that the packages agree."""
    corpus.write(folder, notes)
    cases = [*_our_cases(folder), *(_peer_cases(folder) if peers else ())]
    costs: dict[str, list[Cost]] = {case.name: [] for case in cases}
    packages: dict[str, bytes] = {}
    for round_ in range(rounds + 1):
        for case in cases:
            case.prepare()
            spent = cost(case.command, folder)
            if round_:  # the first warms up
                costs[case.name].append(spent)
            if case.name in ("cold, one process", "cold", "remembered"):
                packages[case.name] = (folder / "ours.apkg").read_bytes()
    yardstick = costs["yardstick"]
    rows = [_row(name, spent, yardstick) for name, spent in costs.items()]
    _print(console, f"{notes:,} notes, median of {rounds} rounds", rows)
    if len(set(packages.values())) != 1:
        raise SystemExit("the packages of cold, parallel and remembered builds differ")
    found = agreement.compare(folder / "yardstick.apkg", packages["cold"])
    size = package_size(folder / "ours.apkg") / package_size(folder / "yardstick.apkg")
    console.print(f"packages agree on {found} notes; cold, parallel and remembered: same bytes")
    console.print(f"package: {size:.3f} of the yardstick's\n")
    return [*(asdict(row) for row in rows), {"name": "package size", "ratio": size}]


def _our_cases(folder: Path) -> tuple[Case, ...]:
    ours, lock = folder / "ours", folder / "ours" / "deck.lock"
    cache = folder / "build"
    build = (*DECKGEN, "build", "--quiet", "ours", "-o", "ours.apkg")
    edited = sorted(ours.rglob("*.md"))[0]

    def forget() -> None:
        lock.unlink(missing_ok=True)
        shutil.rmtree(cache, ignore_errors=True)

    def edit() -> None:
        head, _, rest = edited.read_text(encoding="utf-8").partition("-->\n\n")
        edited.write_text(f"{head}-->\n\nEdited {rest}", encoding="utf-8")

    def restore() -> None:
        text = edited.read_text(encoding="utf-8")
        edited.write_text(text.replace("Edited ", ""), encoding="utf-8")
        forget()

    answer = (*DECKGEN, "build", "ours", "-o", "ours.apkg")
    return (
        Case("yardstick", (PYTHON, str(YARDSTICK), "yardstick", "yardstick.apkg")),
        Case("cold, one process", (*build, "--jobs", "1"), restore),
        Case("cold", build, forget),
        Case("remembered", (*build, "--jobs", "1")),
        Case("one edit", build, edit),
        Case("nothing changed", answer, lambda: _until_remembered(answer, folder)),
    )


def _until_remembered(command: Sequence[str], folder: Path) -> None:
    """Builds are answered at once only if no file is younger than two seconds."""
    import time

    time.sleep(2.1)
    cost(command, folder)


def _peer_cases(folder: Path) -> tuple[Case, ...]:
    """The peers that stand beside this Python or on the path."""
    found: list[Case] = []
    if tool := _installed("ankdown"):
        found += (
            Case("ankdown", (tool, "-r", "ankdown", "-p", "ankdown.apkg")),
            Case("ankdown, colored", (tool, "-r", "ankdown", "-p", "ankdown.apkg", "--highlight")),
        )
    if tool := _installed("ankc"):
        (folder / "peer").mkdir()
        found.append(
            Case("ankcompiler", (tool, "build", "--all", "--path", "ankc", "--output", "peer"))
        )
    return tuple(found)


def _installed(name: str) -> str | None:
    beside = Path(PYTHON).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


# -- what else is asked --------------------------------------------------------------------------


def _stages(folder: Path, console: Console) -> dict[str, float]:
    """The seconds of each stage of a cold build in one process."""
    shutil.rmtree(folder / "build", ignore_errors=True)
    stages = _summary(folder, "ours", "--jobs", "1")["stages"]
    assert isinstance(stages, dict)
    table = Table(title="where a cold build's time goes", title_justify="left")
    table.add_column("stage")
    table.add_column("seconds", justify="right")
    for stage, seconds in stages.items():
        table.add_row(stage, f"{seconds:.2f}")
    console.print(table)
    return stages


def _formulas(folder: Path, console: Console) -> dict[str, float]:
    """The seconds that 1,000 notes' formulas take, new and known; no two notes share one."""
    place = folder / "formulas"
    corpus.write(place, 500, new_formulas=True)
    new = _summary(place, "ours", "--jobs", "1")
    for file in (place / "ours").rglob("*.md"):
        file.write_text(file.read_text(encoding="utf-8") + "\nEdited.\n", encoding="utf-8")
    seen = _summary(place, "ours", "--jobs", "1")
    result = {
        "formulas": float(str(new["formulas"])),
        "new": _formula_seconds(new),
        "seen": _formula_seconds(seen),
    }
    console.print("{formulas:.0f} formulas: new {new:.2f} s, seen {seen:.3f} s\n".format(**result))
    return result


def _formula_seconds(summary: dict[str, object]) -> float:
    stages = summary["stages"]
    assert isinstance(stages, dict)
    return float(stages.get("formulas", 0))


def _many_decks(folder: Path, notes: int, rounds: int, console: Console) -> dict[str, float]:
    """Cost of a cold build with a deck for each file against ten files a deck."""
    costs: dict[int, list[float]] = {FILES_OF_A_SMALL_DECK: [], corpus.FILES_A_DECK: []}
    for files in costs:
        corpus.write(folder / f"decks{files}", notes, decks_of=files)
    for _ in range(rounds):
        for files, spent in costs.items():
            place = folder / f"decks{files}"
            command = (*DECKGEN, "build", "-q", "--no-cache", "-j", "1", "ours", "-o", "d.apkg")
            spent.append(cost(command, place).cpu)
    many, few = (statistics.median(spent) for spent in costs.values())
    console.print(f"a deck for each file: {many / few:.2f} of ten files a deck\n")
    return {"many": many, "few": few, "ratio": many / few}


def _start(rounds: int, console: Console) -> dict[str, float]:
    """How long `--help` takes, against Python doing nothing."""
    here = Path.cwd()
    commands = {"pass": (PYTHON, "-c", "pass"), "help": (*DECKGEN, "--help")}
    costs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(2 * rounds + 1):
        for name, command in commands.items():
            costs[name].append(cost(command, here).wall)
    nothing, told = (statistics.median(spent) for spent in costs.values())
    console.print(f"--help: {told * 1e3:.0f} ms, {told / nothing:.1f} of an empty Python\n")
    return {"help": told, "pass": nothing, "ratio": told / nothing}


def _anki(folder: Path, console: Console) -> dict[str, float] | None:
    """How long Anki takes to import the package, twice; None if `anki` is not installed."""
    try:
        from benchmarks.learner import import_twice
    except ImportError:
        console.print("anki is not installed: its import was not measured")
        return None
    first, again = import_twice(folder / "ours.apkg", folder / "learner")
    console.print(f"Anki imports it in {first:.2f} s, and again in {again:.2f} s")
    return {"first": first, "again": again}


def _growth(folder: Path, sizes: Sequence[int], console: Console) -> list[dict[str, object]]:
    """One cold build and one edit of decks of these sizes."""
    rows: list[dict[str, object]] = []
    table = Table(title="growth", title_justify="left")
    for column in ("notes", "cold CPU s", "µs a note", "peak MiB", "one edit s", "peak MiB"):
        table.add_column(column, justify="right")
    for notes in sizes:
        place = folder / str(notes)
        corpus.write(place, notes)
        _, cold, _, _, edit, _ = _our_cases(place)
        edit.prepare()
        cold.prepare()
        first = cost(cold.command, place)
        edit.prepare()
        again = cost(edit.command, place)
        each = first.cpu / notes * 1e6
        numbers = (first.cpu, each, first.peak_mib, again.cpu, again.peak_mib)
        table.add_row(f"{notes:,}", *(f"{number:,.1f}" for number in numbers))
        rows.append({"notes": notes, "cold": asdict(first), "one edit": asdict(again)})
        shutil.rmtree(place)
    console.print(table)
    return rows


def _summary(folder: Path, content: str, *options: str) -> dict[str, object]:
    command = (*DECKGEN, "build", "--format", "json", content, "-o", "s.apkg", *options)
    summary = json.loads(cost(command, folder).output)["summary"]
    assert isinstance(summary, dict)
    return summary


def _row(name: str, spent: Sequence[Cost], yardstick: Sequence[Cost]) -> Row:
    pairs = list(zip(spent, yardstick, strict=True))
    return Row(
        name=name,
        cpu=statistics.median(one.cpu for one in spent),
        wall=statistics.median(one.wall for one in spent),
        peak_mib=max(one.peak_mib for one in spent),
        cpu_ratio=statistics.median(one.cpu / other.cpu for one, other in pairs),
        wall_ratio=statistics.median(one.wall / other.wall for one, other in pairs),
    )


def _print(console: Console, title: str, rows: Sequence[Row]) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("build")
    for column in ("CPU s", "wall s", "peak MiB", "CPU ratio", "wall ratio"):
        table.add_column(column, justify="right")
    for row in rows:
        ratios = (f"{row.cpu_ratio:.3f}", f"{row.wall_ratio:.3f}")
        table.add_row(row.name, f"{row.cpu:.3f}", f"{row.wall:.3f}", f"{row.peak_mib:.0f}", *ratios)
    console.print(table)


if __name__ == "__main__":
    main()
