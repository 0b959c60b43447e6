"""The rows and columns that are shown, and their selection."""
