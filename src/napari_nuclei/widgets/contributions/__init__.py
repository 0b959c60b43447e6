"""Sample data and writers that napari lists."""
