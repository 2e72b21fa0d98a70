"""A content folder, and the command run in it as a user runs it: a process with its own exit."""

from __future__ import annotations

import ctypes
import os
import re
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MEMORY = 3 << 30  # bytes of address space, half a gigabyte of it MathJax's stack and heap
DECK = "name: Small\nnamespace: tests.example\n"
ONE_QUESTION = "# Topic\n\n## What is one?\n<!-- id: one -->\n\nThe first number, $1$.\n"
DROP_CAPABILITY = 24  # Linux: include/uapi/linux/prctl.h PR_CAPBSET_DROP
IGNORES_PERMISSIONS = (1, 2)  # Linux: CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@dataclass(frozen=True)
class Ran:
    """What a run left: its exit code and what it said."""

    code: int
    out: str
    err: str


def command(*arguments: str | Path) -> list[str]:
    return [sys.executable, "-m", "deckgen", *map(str, arguments)]


def environment(**more: str) -> dict[str, str]:
    """The tests' environment, without what changes how the command looks or counts."""
    kept = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "SOURCE_DATE_EPOCH")}
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **more}


class Folder:
    """`content/` and `build/` side by side, as in a repository."""

    def __init__(self, root: Path, deck: str = DECK) -> None:
        self.root = root
        self.content = root / "content"
        self.package = root / "build" / "small.apkg"
        self.lock = self.content / "deck.lock"
        self.write("deck.yaml", deck)

    def write(self, path: str, content: str | bytes) -> Path:
        target = self.content / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content.encode() if isinstance(content, str) else content)
        return target

    def run(
        self,
        *arguments: str | Path,
        below: str = "",
        seconds: float = 30,
        limit: Callable[[], None] | None = None,
        script: str = "",
        **more: str,
    ) -> Ran:
        """Run the command in the root, or in the folder `below` it.

        `script` is Python that runs before it in the same process; `limit` runs in the child
        before all; `more` goes into the environment.
        """
        argv = command(*arguments)
        if script:
            main = f"import sys\n{script}\nfrom deckgen.cli import main\nmain()"
            argv = [sys.executable, "-c", main, *map(str, arguments)]
        done = subprocess.run(
            argv,
            cwd=self.root / below,
            env=environment(**more),
            capture_output=True,
            timeout=seconds,
            preexec_fn=limit,
        )
        return Ran(done.returncode, done.stdout.decode(), done.stderr.decode())

    def run_unheard(self, *arguments: str) -> Ran:
        """Runs the command with its output going to a disk that is full."""
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                command(*arguments),
                cwd=self.root,
                env=environment(),
                stdout=full,
                stderr=subprocess.PIPE,
                text=True,
            )
        return Ran(done.returncode, "", done.stderr)

    def files(self) -> dict[str, bytes]:
        """Everything on the disk but what builds remember for themselves, by path."""
        found = [path for path in sorted(self.root.rglob("*")) if path.is_file()]
        found = [path for path in found if ".cache" not in path.parts]
        return {path.relative_to(self.root).as_posix(): path.read_bytes() for path in found}


def masked(text: str) -> str:
    """What a run said, without what differs from run to run: sizes and times."""
    text = re.sub(r"\d+ kB", "0 kB", text)
    return re.sub(r"\d+\.\d s\b(?: \(processor: [^)]*\))?", "0.0 s", text)


def bounded_memory() -> None:
    """In a child: no more memory than a small machine has."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def without_privilege() -> None:
    """In a child: file permissions count, also for root."""
    if os.geteuid() == 0:
        for capability in IGNORES_PERMISSIONS:
            if ctypes.CDLL(None, use_errno=True).prctl(DROP_CAPABILITY, capability, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "cannot drop a capability")


def assert_told(ran: Ran, code: int, *words: str) -> None:
    """The run ended with this exit code, said this on standard error, and showed no traceback."""
    assert ran.code == code, ran.err
    assert "Traceback" not in ran.err
    for word in words:
        assert word in ran.err
