"""Train on one device, or synchronously on several.

Each device gets a part of every batch, and the gradients are averaged. Batch
normalisation uses the statistics of the part; the moving statistics are averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.loop.fused_batch_norm import fuse_batch_norm

Floats = NDArray[np.float32]


class Trainer:
    """Train a copy of a network on the devices that `config.strategy` names.

    Parameters
    ----------
    model : keras.Model
        Not changed.
    config : TrainConfig
    compile_fn : callable
        Compiles the copy; takes the model and `config`.

    Attributes
    ----------
    training_model : keras.Model
        The copy, with fused batch normalisation.

    Raises
    ------
    ValueError
        If the batch size is not a multiple of the number of devices.
    """

    def __init__(
        self,
        model: keras.Model,
        config: TrainConfig,
        compile_fn: Callable[[keras.Model, TrainConfig], None],
    ) -> None:
        strategy = tf.distribute.get_strategy()
        if config.strategy == "mirrored":
            strategy = tf.distribute.MirroredStrategy()
        self._strategy, self.num_devices = strategy, strategy.num_replicas_in_sync
        if config.batch % self.num_devices:
            raise ValueError(
                "With the strategy mirrored, batch must be a multiple of the "
                f"{self.num_devices} devices; got {config.batch}"
            )
        with strategy.scope():
            self.training_model = fuse_batch_norm(model)
            compile_fn(self.training_model, config)
            self.training_model.optimizer.build(self.training_model.trainable_variables)
        # Each device clips its part of the gradient, and the parts are added.
        self.training_model.optimizer.clipnorm /= self.num_devices
        self._ready = self.num_devices == 1

    def step(self, images: Floats, targets: Floats) -> dict[str, float]:
        """Train on a batch; return its loss and metrics."""
        if not self._ready:  # Keras creates its metrics on a batch that is not split
            self.training_model.evaluate(
                images, targets, batch_size=len(images), verbose=0
            )
            self._ready = True
        logs = self.training_model.train_on_batch(
            self._split_batch(images), self._split_batch(targets), return_dict=True
        )
        return {name: float(value) for name, value in logs.items()}

    def _split_batch(self, batch: Floats) -> Any:
        """Split a batch into one part per device, as Keras expects it."""
        if self.num_devices == 1:
            return batch
        parts = np.split(batch, self.num_devices)
        return self._strategy.experimental_distribute_values_from_function(
            lambda device: tf.constant(parts[device.replica_id_in_sync_group])
        )
