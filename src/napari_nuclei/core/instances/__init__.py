"""Nuclei told apart: markers, votes, labels, filters."""
