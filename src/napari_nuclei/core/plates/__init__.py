"""Well plates."""
