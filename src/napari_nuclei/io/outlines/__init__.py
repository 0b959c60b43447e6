"""The outlines of nuclei and of regions as files."""
