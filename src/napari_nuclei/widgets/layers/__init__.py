"""Layers of napari as images and arrays, without Qt."""
