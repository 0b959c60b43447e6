"""Follow nuclei over time in the Segment dock."""
