"""`deckgen preview`: the deck's cards in the browser, while they are written or to be published."""
