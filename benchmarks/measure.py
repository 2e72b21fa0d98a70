"""What a command costs: processor seconds with those of its children, wall seconds, memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

KIB = 1024 if sys.platform == "darwin" else 1  # macOS counts bytes. getrusage(2)
ROOT = Path(__file__).parent.parent
EPOCH = "1700000000"  # so that packages do not differ by when they were made


@dataclass(frozen=True, slots=True)
class Cost:
    """`cpu` and `wall` in seconds; `peak_mib` is of the largest process; what it said."""

    cpu: float
    wall: float
    peak_mib: float
    output: str


def cost(command: Sequence[str], folder: Path) -> Cost:
    """Run a command in a folder. Raises SystemExit with what it said if it fails."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SOURCE_DATE_EPOCH": EPOCH}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed deckgen is compiled once
    with tempfile.TemporaryFile() as said:
        started = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=said, stderr=subprocess.STDOUT
        )
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        output = said.read().decode(errors="replace")
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{output}")
    return Cost(used.ru_utime + used.ru_stime, wall, used.ru_maxrss / KIB / 1024, output)


def package_size(path: Path) -> int:
    """The bytes of a package."""
    return path.stat().st_size
