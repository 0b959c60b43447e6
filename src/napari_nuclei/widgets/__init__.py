"""The napari plugin: its dock widgets and its sample images."""
