"""Where `deckgen` starts: with the last answer, if nothing has changed, else with the commands."""

from __future__ import annotations

import os
import sys
from contextlib import suppress

from deckgen import unchanged


def main() -> None:
    """Run the command; the exit codes are those of `cli.main`."""
    told = unchanged.told(sys.argv[1:])
    if told is not None:
        with suppress(OSError, UnicodeError):  # which the command explains, or writes around
            sys.stdout.write(told)
            sys.stdout.flush()
            raise SystemExit(0)
    from deckgen import cli

    try:
        cli.main()
    except SystemExit as end:
        _leave(end.code)
        raise


def _leave(code: object) -> None:
    """End the process here: to free every note of a large deck takes longer than to check them."""
    if isinstance(code, int):
        with suppress(OSError, ValueError):  # what cannot be written is told at the usual end
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
