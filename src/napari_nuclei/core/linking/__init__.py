"""Join the nuclei of the slices of a stack to nuclei in three dimensions."""
