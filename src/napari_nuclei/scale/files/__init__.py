"""The image files of a run: what their names say, and which belong together."""
