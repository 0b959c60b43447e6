"""Tables of the nuclei of files."""
