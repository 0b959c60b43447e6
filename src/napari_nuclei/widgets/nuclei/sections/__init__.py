"""The folded sections below the table: rings, plots, regions, classes, files."""
