"""JavaScript engines with MathJax loaded: the 3.2.2 that Anki runs, from Python, without Node.

The files are MathJax's own (PyPI: django-static-mathjax), the engine is quickjs-ng, or mini-racer
where there is no quickjs-ng.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from html.entities import html5
from pathlib import Path
from typing import Any, Protocol

from deckgen.diagnostic import DeckgenError
from deckgen.tex import FormulaFault

VERSION = "3.2.2"
SECONDS_PER_CALL = 5
MEMORY_BYTES = 512 << 20
STACK_BYTES = 64 << 20  # MathJax recurses: 1 MB for deep formulas, and Windows gives 1 MB in all

_INSTALL_FILES = "pip install django-static-mathjax==3.2.2.1"
_INSTALL_ENGINE = "pip install quickjs-ng (or mini-racer)"
_ENTITIES = {name[:-1]: text for name, text in html5.items() if name.endswith(";")}


class Engine(Protocol):
    """A JavaScript engine in which MathJax is loaded."""

    def call(self, function: str, arguments: str) -> str:
        """Call a function of mathjax_engine.js, JSON to JSON. Raises GaveUp: no time or memory."""

    def close(self) -> None:
        """Free it; it is not called again."""


Starter = Callable[[Sequence[str]], Engine]
"""Starts an engine and runs these scripts in it; ImportError: it is not installed."""

_REASONS = (
    (r"interrupted|timeout", "TooSlow", "MathJax does not get through this in reasonable time"),
    (r"stack", "TooDeep", "this is nested too deeply for MathJax"),
    (r"memory|OOM", "TooLarge", "MathJax runs out of memory on this"),
)


class GaveUp(Exception):
    """The engine could not finish a call and is in no state for another."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.fault = FormulaFault("Internal", f"MathJax failed: {reason[:200]}", -1)
        for pattern, code, message in _REASONS:
            if re.search(pattern, reason, re.IGNORECASE):
                self.fault = FormulaFault(code, message, -1)
                break


class QuickJS:
    """quickjs-ng, in a thread of its own for the sake of its stack."""

    def __init__(self, scripts: Sequence[str]) -> None:
        self._quickjs = importlib.import_module("quickjs")
        self._thread = _thread_with_large_stack()
        self._context: Any = self._thread.submit(self._load, scripts).result()

    def _load(self, scripts: Sequence[str]) -> Any:
        context = self._quickjs.Context()
        context.set_max_stack_size(STACK_BYTES * 3 // 4)
        context.set_memory_limit(MEMORY_BYTES)
        for script in scripts:
            context.eval(script)
        context.set_time_limit(SECONDS_PER_CALL)
        return context

    def call(self, function: str, arguments: str) -> str:
        return self._thread.submit(self._call, function, arguments).result()

    def _call(self, function: str, arguments: str) -> str:
        try:
            return str(self._context.eval(f"deckgen.{function}")(arguments))
        except (self._quickjs.JSException, self._quickjs.StackOverflow) as error:
            raise GaveUp(str(error)) from None

    def close(self) -> None:
        self._thread.submit(self._forget).result()
        self._thread.shutdown()

    def _forget(self) -> None:
        self._context = None


class MiniRacer:
    """mini-racer (V8), for platforms without a wheel of quickjs-ng.

    In a thread of its own, because it refuses time limits where an event loop runs.
    """

    def __init__(self, scripts: Sequence[str]) -> None:
        self._library = importlib.import_module("py_mini_racer")
        self._thread = ThreadPoolExecutor(1)
        self._context = self._thread.submit(self._load, scripts).result()

    def _load(self, scripts: Sequence[str]) -> Any:
        context = self._library.MiniRacer()
        context.set_hard_memory_limit(MEMORY_BYTES)
        for script in scripts:
            context.eval(f"{script}\n;0")  # 0, for not every object can be returned
        return context

    def call(self, function: str, arguments: str) -> str:
        return self._thread.submit(self._call, function, arguments).result()

    def _call(self, function: str, arguments: str) -> str:
        code = f"deckgen.{function}({json.dumps(arguments)})"
        try:
            return str(self._context.eval(code, timeout_sec=SECONDS_PER_CALL))
        except self._library.JSEvalException as error:
            self._settle()
            raise GaveUp(type(error).__name__) from None  # its text quotes the scripts, 1.2 MB

    def _settle(self) -> None:
        """Wait until the call is stopped, or closing would print a traceback (0.14.1)."""
        with suppress(self._library.JSEvalException):
            self._context.eval("0", timeout_sec=SECONDS_PER_CALL)

    def close(self) -> None:
        self._thread.submit(self._context.close).result()
        self._thread.shutdown()


STARTERS: tuple[Starter, ...] = (QuickJS, MiniRacer)


def _thread_with_large_stack() -> ThreadPoolExecutor:
    default = threading.stack_size(STACK_BYTES)
    try:
        executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mathjax")
        executor.submit(int).result()  # only now is the thread made
    finally:
        threading.stack_size(default)
    return executor


def start(starters: Sequence[Starter]) -> Engine:
    """The first engine of these that is installed, with MathJax loaded.

    Raises DeckgenError if there is none, or no MathJax 3.2.2.
    """
    scripts = _scripts()
    for starter in starters:
        with suppress(ImportError):
            engine = starter(scripts)
            _require_version(engine)
            ask(engine, "addEntities", [_ENTITIES])
            return engine
    raise DeckgenError(f"formulas cannot be checked without a JavaScript engine: {_INSTALL_ENGINE}")


def _require_version(engine: Engine) -> None:
    (version,) = ask(engine, "version", [None])
    if version != VERSION:
        engine.close()
        raise DeckgenError(f"Anki runs MathJax {VERSION}, found {version}: {_INSTALL_FILES}")


def ask(engine: Engine, function: str, arguments: Sequence[object]) -> list[Any]:
    """What a function of mathjax_engine.js answers to each argument. Raises GaveUp."""
    answer = json.loads(engine.call(function, json.dumps(arguments)))
    if "failure" in answer:
        raise GaveUp(answer["failure"])
    answers: list[Any] = answer["answers"]
    return answers


def _scripts() -> tuple[str, ...]:
    ours = Path(__file__).parent
    package = importlib.util.find_spec("mathjax")
    if package is None or not package.submodule_search_locations:
        raise DeckgenError(f"MathJax {VERSION} is not installed: {_INSTALL_FILES}")
    theirs = Path(package.submodule_search_locations[0]) / "static" / "mathjax" / "es5"
    paths = (
        ours / "mathjax_host.js",
        theirs / "tex-chtml-full.js",
        theirs / "adaptors" / "liteDOM.js",
        ours / "mathjax_engine.js",
    )
    try:
        return tuple(path.read_text(encoding="utf-8") for path in paths)
    except OSError as error:
        raise DeckgenError(f"cannot read {error.filename}: {_INSTALL_FILES}") from None
