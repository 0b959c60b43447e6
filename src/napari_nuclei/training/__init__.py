"""Train models: sample patches, fit, interpolate weights, package the model."""

import napari_nuclei.model  # noqa: F401  sets variables that TensorFlow reads at import
