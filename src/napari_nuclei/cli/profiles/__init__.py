"""Profiles: the settings of a run in a file."""
