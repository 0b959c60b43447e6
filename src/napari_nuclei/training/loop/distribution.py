"""One training on one device, or in step on several.

On several, each takes its share of a batch and the gradients are averaged. Batch
normalisation takes the statistics of a share, not of the batch; its moving ones are
averaged.
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
    """A copy of a network that is trained where a configuration says.

    Parameters
    ----------
    model : keras.Model
        Is left as it is.
    config : TrainConfig
    compile_fn : callable
        Compiles the copy.

    Attributes
    ----------
    training_model : keras.Model
        The copy.

    Raises
    ------
    ValueError
        If a batch cannot be shared out evenly.
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
                f"batch must be a multiple of the {self.num_devices} devices that "
                "strategy "
                f"mirrored trains on; got {config.batch}"
            )
        with strategy.scope():
            self.training_model = fuse_batch_norm(model)
            compile_fn(self.training_model, config)
            self.training_model.optimizer.build(self.training_model.trainable_variables)
        # Each device clips its share of the gradient, and the shares are added.
        self.training_model.optimizer.clipnorm /= self.num_devices
        self._ready = self.num_devices == 1

    def step(self, images: Floats, targets: Floats) -> dict[str, float]:
        """Train on a batch; return the loss and the metrics on it."""
        if not self._ready:  # Keras makes its metrics from a batch that is not shared
            self.training_model.evaluate(
                images, targets, batch_size=len(images), verbose=0
            )
            self._ready = True
        logs = self.training_model.train_on_batch(
            self._split_batch(images), self._split_batch(targets), return_dict=True
        )
        return {name: float(value) for name, value in logs.items()}

    def _split_batch(self, batch: Floats) -> Any:
        """Return a batch as Keras takes it, a share for each device."""
        if self.num_devices == 1:
            return batch
        shares = np.split(batch, self.num_devices)
        return self._strategy.experimental_distribute_values_from_function(
            lambda device: tf.constant(shares[device.replica_id_in_sync_group])
        )
