"""The training bench: data, patches, fitting, evaluation and figures."""

import napari_nuclei.model  # noqa: F401  sets what TensorFlow reads as it is imported
