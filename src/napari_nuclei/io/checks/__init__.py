"""Checks of files that may be damaged, hostile, or change while they are read."""
