"""What each command of `deckgen` does; `cli.py` finds them by name."""
