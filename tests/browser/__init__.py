"""Cards as a learner's client shows them, in a real browser."""
