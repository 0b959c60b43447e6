"""Follow nuclei over time: links between frames, divisions, gaps and tracks."""
