"""Intensities of a plane: noise, background, and what the network is given."""
