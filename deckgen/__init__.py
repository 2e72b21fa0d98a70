"""deckgen: Markdown question files in, an Anki package out."""

__version__ = "0.1.0"
