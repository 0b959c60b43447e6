"""Separate the network's output into nuclei: markers, components, labels, filters."""
