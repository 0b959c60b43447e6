"""The command `models` and its actions."""
