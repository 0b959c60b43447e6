"""Patches for training: sampling and augmentation."""
