"""OME-Zarr images and the labels in them."""
