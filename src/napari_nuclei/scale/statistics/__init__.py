"""Intensities, diameters and kinds of planes, from samples of large images."""
