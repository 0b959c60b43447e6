"""Measure the nuclei of layers, now and after every edit."""
