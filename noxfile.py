"""Everything that CI runs, in environments of its own: `nox` alone runs all sessions."""

from __future__ import annotations

import os
import shutil

import nox

nox.options.sessions = ["lint", "tests", "ankidroid"]
nox.options.error_on_missing_interpreters = True

TEST_RUNNER = ("pytest", "pytest-xdist", "hypothesis")
IN_PARALLEL = ("-n", "auto", "--dist", "worksteal", "--durations", "15")
ANKIDROID_BACKEND = "anki==25.9.2"  # what AnkiDroid 2.23 and 2.24 run


@nox.session
def lint(session: nox.Session) -> None:
    """Style and types."""
    session.install("-q", "-c", "constraints.txt", "-e", ".[test]")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")


@nox.session
def tests(session: nox.Session) -> None:
    """The whole suite, with the newest Anki, and the deck built as a stranger would."""
    _need_chromium(session)
    session.install("-q", "-c", "constraints.txt", "-e", ".[test,content]")
    session.run("deckgen", "build", "--locked")
    session.run("pytest", *IN_PARALLEL, *session.posargs)


@nox.session
def ankidroid(session: nox.Session) -> None:
    """The import tests once more, with the backend that AnkiDroid runs."""
    session.install("-q", "-c", "constraints.txt", "-e", ".", *TEST_RUNNER)
    session.install("-q", ANKIDROID_BACKEND)
    session.run("pytest", "tests/anki", *IN_PARALLEL, *session.posargs)


def _need_chromium(session: nox.Session) -> None:
    """Chromium cannot come from PyPI; on Debian, install it where that is allowed."""
    if shutil.which("chromium"):
        return
    if not shutil.which("apt-get") or os.geteuid() != 0:
        session.error("the browser tests need Chromium: install your system's package for it")
    session.run("apt-get", "update", "-qq", external=True)
    session.run("apt-get", "install", "-y", "-qq", "chromium", external=True)
