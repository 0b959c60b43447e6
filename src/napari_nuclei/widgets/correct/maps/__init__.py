"""Maps round a click: of the last run, of the network, or the image."""
