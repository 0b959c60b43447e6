"""Measurements of nuclei: one row a nucleus."""
