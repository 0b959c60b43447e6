"""Give the foreground of the network to Keras metrics of the user."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import keras

from napari_nuclei.config.outputs import FOREGROUND, WEIGHT
from napari_nuclei.model.losses import foreground_of, target_channel

UserMetric: TypeAlias = str | keras.metrics.Metric | Callable[[Any, Any], Any]
"""A metric as `keras.Model.compile` accepts it."""


class ForegroundMetric(keras.metrics.Metric):  # type: ignore[misc]
    """Pass true and predicted foreground to a metric, and ignore other outputs.

    Parameters
    ----------
    metric : keras.metrics.Metric
        Called with arrays of shape (N, Y, X, 1): the true mask, 0 or 1, and the
        foreground probability. The sample weight is 0 where nothing is annotated.
    """

    def __init__(self, metric: keras.metrics.Metric) -> None:
        super().__init__(name=metric.name)
        self.metric = metric

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch, with the targets and outputs of the network."""
        ops = keras.ops
        truth = ops.expand_dims(target_channel(y_true, FOREGROUND), -1)
        predicted = ops.expand_dims(foreground_of(y_pred), -1)
        weight = ops.expand_dims(target_channel(y_true, WEIGHT), -1)
        self.metric.update_state(truth, predicted, ops.cast(weight > 0, "float32"))

    def result(self) -> Any:
        """Return the value of the metric."""
        return self.metric.result()

    def reset_state(self) -> None:
        """Start again."""
        self.metric.reset_state()


def foreground_metrics(metrics: Sequence[UserMetric]) -> list[ForegroundMetric]:
    """Return new metrics that see the foreground, for one model.

    Parameters
    ----------
    metrics : sequence of str, keras.metrics.Metric or callable
        Names such as "AUC", metrics, or functions of truth and prediction.

    Raises
    ------
    TypeError
        If an item is none of these.
    ValueError
        If Keras has no metric of a name.
    """
    return [ForegroundMetric(copy_metric(metric)) for metric in metrics]


def copy_metric(given: UserMetric) -> keras.metrics.Metric:
    """Return a new metric; two models must not share one."""
    metric: Any = keras.metrics.get(given) if isinstance(given, str) else given
    if isinstance(metric, type):
        metric = metric()
    if isinstance(metric, keras.metrics.Metric):
        settings = metric.get_config()
        if isinstance(given, str):  # Keras would number the metrics of a session
            settings["name"] = given.lower()
        return type(metric).from_config(settings)
    if callable(metric):
        name = getattr(metric, "__name__", "metric")
        return keras.metrics.MeanMetricWrapper(metric, name=name)
    raise TypeError(
        "metrics must contain names, keras.metrics.Metric or functions; got "
        f"{type(metric).__name__}"
    )
