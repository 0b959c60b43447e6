"""The queue of nuclei and positions that are probably wrong."""
