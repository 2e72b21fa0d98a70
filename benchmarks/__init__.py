"""How fast deckgen is, against the script that a user would write instead."""
