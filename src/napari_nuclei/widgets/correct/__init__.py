"""The Correct nuclei dock: tools, a queue of suspects, and the edits they make."""
