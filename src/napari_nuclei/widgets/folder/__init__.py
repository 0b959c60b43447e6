"""The dock that segments folders and plates."""
