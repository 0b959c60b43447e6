"""Measurements of nuclei: one row per nucleus."""
