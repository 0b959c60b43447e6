"""Write TensorBoard logs and figures of predictions during a training run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.outputs import (
    DISTANCE,
    FOREGROUND,
    batch_targets,
    channel_index,
    channels_from_count,
)
from napari_nuclei.core.colours import colour_labels
from napari_nuclei.core.instances.label import find_instances
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.evaluation import figures
from napari_nuclei.evaluation.titled_pictures import join_pictures
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.png import encode_png
from napari_nuclei.training.loop.compile import Patches
from napari_nuclei.training.loop.run_folder import PREVIEW_FILE
from napari_nuclei.training.loop.state import Epoch

PATCHES_SHOWN = 6
"""Validation patches in a figure."""


class TrainingLogger:
    """Write logs and figures at the end of each epoch.

    Parameters
    ----------
    folder : Path
        Folder in which `logs/` (for TensorBoard) and `figures/` are created.
    validation : tuple of ndarray
        Images and targets of validation patches. Patches with much foreground are
        shown.
    figure_interval : int
        Number of epochs between figures in `figures/`. TensorBoard gets a picture of
        every epoch.
    tensorboard : bool
        Whether to write `logs/`.
    """

    def __init__(
        self,
        folder: Path,
        validation: Patches,
        *,
        figure_interval: int,
        tensorboard: bool,
    ) -> None:
        images, targets = validation
        foreground = targets[..., channel_index(batch_targets(), FOREGROUND)]
        order = np.argsort(-foreground.mean(axis=(1, 2)))
        # Every n-th patch by foreground, to show sparse ones as well as crowded ones.
        chosen = order[:: max(1, len(order) // (2 * PATCHES_SHOWN))][:PATCHES_SHOWN]
        self._images = images[chosen]
        truth = (
            targets[chosen][..., channel_index(batch_targets(), name)]
            for name in (FOREGROUND, DISTANCE)
        )
        self._truth = list(map(find_instances, *truth))
        self._folder, self._every = folder, figure_interval
        self._writer: Any = None
        if tensorboard:
            import tensorflow as tf

            self._writer = tf.summary.create_file_writer(str(folder / "logs"))

    def __call__(self, epoch: Epoch, model: keras.Model) -> None:
        """Log an epoch; draw a figure every `figure_interval` epochs."""
        labels = self.predict(model)
        if self._writer is not None:
            self._log(epoch, labels)
        self.save_preview(labels[0])
        if epoch.number == 1 or epoch.number % self._every == 0:
            self.save_predictions(labels, f"epoch{epoch.number:03}.png")

    def predict(self, model: keras.Model) -> list[NDArray[np.int32]]:
        """Return the predicted labels of the patches in the figures."""
        output = np.asarray(model(self._images, training=False))
        return [decode_instances(part) for part in output]

    def save_preview(self, labels: NDArray[np.int32]) -> None:
        """Write a picture of the first patch and its predicted labels."""
        colours = colour_labels(labels)
        image = (self._images[0] * 255).astype(np.uint8)
        write_atomic(
            self._folder / PREVIEW_FILE, encode_png(np.concatenate([image, colours], 1))
        )

    def save_predictions(self, labels: Sequence[NDArray[np.int32]], name: str) -> None:
        """Write a figure with patch, true labels and predicted labels in each row."""
        figure = figures.draw_predictions(list(self._images), self._truth, labels)
        figures.save_figure(figure, self._folder / "figures" / name)

    def _log(self, epoch: Epoch, labels: list[NDArray[np.int32]]) -> None:
        import tensorflow as tf

        with self._writer.as_default(step=epoch.number):
            for part, scores in (
                ("train", epoch.train),
                ("validation", epoch.validation),
            ):
                for name, value in scores.items():
                    tf.summary.scalar(f"{name}/{part}", value)
            pictures = [
                join_pictures(
                    [(image * 255).astype(np.uint8), *map(colour_labels, pair)],
                    ("image", "true mask", "predicted mask"),
                    zoom=2,
                )
                for image, *pair in zip(self._images, self._truth, labels, strict=True)
            ]
            tf.summary.image(
                "image, true mask, predicted mask",
                np.stack(pictures),
                max_outputs=PATCHES_SHOWN,
            )
        self._writer.flush()

    def close(self) -> None:
        """Close the logs."""
        if self._writer is not None:
            self._writer.close()


def decode_instances(output: NDArray[np.float32]) -> NDArray[np.int32]:
    """Return the labels in the output of the network for a patch, (Y, X, channels)."""
    height, width, count = output.shape
    names = channels_from_count(count)
    maps = OutputMaps(np.moveaxis(output, -1, 0), (height, width), 1.0, names)
    return find_instances(maps.foreground, maps.channel(DISTANCE), maps.offsets)
