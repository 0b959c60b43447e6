"""Files of corrections of nuclei."""
