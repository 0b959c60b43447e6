"""Arrays in, arrays out: the pure parts, on numpy, scipy, scikit-image, OpenCV."""
