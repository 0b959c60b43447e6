"""The queue of nuclei and places that are probably wrong."""
