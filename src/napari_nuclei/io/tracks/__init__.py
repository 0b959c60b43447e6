"""Files of tracked nuclei."""
