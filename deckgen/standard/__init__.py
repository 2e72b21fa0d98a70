"""The card-writing standard: what makes a card worth a learner's time, as rules for any deck."""
