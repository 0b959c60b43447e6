"""Files in and out: images, labels, tables, polygons, OME-Zarr."""
