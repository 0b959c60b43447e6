"""Join the slices of a z stack in the Segment dock."""
