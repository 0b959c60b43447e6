"""Sort nuclei into classes by their measurements."""
