"""The Nuclei table dock: measure, sort, filter, select and colour nuclei."""
