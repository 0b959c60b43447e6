"""Files and folders of images."""
