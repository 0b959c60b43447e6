"""Track the nuclei of files of labels."""
