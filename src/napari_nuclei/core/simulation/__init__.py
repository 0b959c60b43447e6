"""Simulate stacks of nuclei in three dimensions."""
