"""A run in progress: its request, its layer, and its last steps."""
