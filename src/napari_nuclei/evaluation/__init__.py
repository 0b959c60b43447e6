"""Metrics and figures of a model on annotated images."""
