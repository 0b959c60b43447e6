"""Correct nuclei: pure functions that return what changes in a labels array."""
