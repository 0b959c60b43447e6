"""Folded sections of the Nuclei table dock: plots, regions, classes."""
