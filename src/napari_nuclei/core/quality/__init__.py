"""Measure the quality of segmented images, and flag the images to look at."""
