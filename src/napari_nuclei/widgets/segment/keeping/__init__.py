"""Keep the corrected nuclei of an earlier result in a run."""
