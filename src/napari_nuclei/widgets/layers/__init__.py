"""Convert napari layers to arrays, axes and transforms, without Qt."""
