"""Intensities of a plane: noise, background and preparation for the network."""
