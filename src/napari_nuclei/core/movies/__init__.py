"""Synthetic movies of nuclei, with their true tracks."""
