"""The loss that training minimises, and the metrics that it logs.

Targets have the channels of `outputs.batch_targets`, predictions those of the network.
Pixels of weight 0 are ignored by the loss and by every metric.

Each head has its own loss in `HEAD_LOSSES`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from keras import ops

from napari_nuclei.config.outputs import (
    DISTANCE,
    FIRST_CHANNELS,
    FOREGROUND,
    WEIGHT,
    ZERO_OFFSET,
    batch_targets,
    channel_index,
    channel_slice,
    channels_from_count,
    heads_of,
)
from napari_nuclei.core.targets import MAX_OFFSET

EPSILON = 1e-6

OFFSET_UNIT = 8.0
"""Unit of the offset error in the loss, in pixels."""


def target_channel(y_true: Any, name: str) -> Any:
    """Return a channel of a batch's targets, of shape (N, Y, X)."""
    return y_true[..., channel_index(batch_targets(), name)]


def foreground_of(y_pred: Any) -> Any:
    """Return the predicted foreground probability, of shape (N, Y, X)."""
    return y_pred[..., channel_index(FIRST_CHANNELS, FOREGROUND)]


def weighted_mean(values: Any, weight: Any) -> Any:
    """Return the mean of values, weighted by `weight`."""
    return ops.sum(values * weight) / (ops.sum(weight) + EPSILON)


def cross_entropy(truth: Any, probability: Any) -> Any:
    """Return the binary cross entropy of each pixel; the truth is from 0 to 1."""
    probability = ops.clip(probability, EPSILON, 1 - EPSILON)
    return -(truth * ops.log(probability) + (1 - truth) * ops.log(1 - probability))


def overlap_sums(y_true: Any, y_pred: Any, threshold: float | None) -> tuple[Any, Any]:
    """Return the intersection of true and predicted foreground, and the summed areas.

    Without a threshold, the areas are sums of probabilities.
    """
    truth, weight = target_channel(y_true, FOREGROUND), target_channel(y_true, WEIGHT)
    predicted = foreground_of(y_pred)
    if threshold is not None:
        predicted = ops.cast(predicted >= threshold, "float32")
    return ops.sum(truth * predicted * weight), ops.sum((truth + predicted) * weight)


def soft_dice(y_true: Any, y_pred: Any) -> Any:
    """Return 1 - Dice of the foreground probabilities in a batch."""
    both, areas = overlap_sums(y_true, y_pred, None)
    return 1 - (2 * both + 1) / (areas + 1)


def lovasz_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return the Lovász hinge of the foreground in a batch, a surrogate of 1 - IoU.

    Pixels with larger errors count more. A pixel that is right by a logit of 1 or more
    adds nothing to the loss. The areas of the IoU are sums of weights. A truth between
    0 and 1 is rounded.

    References
    ----------
    Berman, Triki and Blaschko, "The Lovász-softmax loss", 2018,
    https://arxiv.org/abs/1705.08790
    """
    truth, weight, predicted = (
        ops.reshape(part, (-1,))
        for part in (
            target_channel(y_true, FOREGROUND),
            target_channel(y_true, WEIGHT),
            foreground_of(y_pred),
        )
    )
    truth = ops.cast(truth >= 0.5, "float32")
    predicted = ops.clip(predicted, EPSILON, 1 - EPSILON)
    logits = ops.log(predicted) - ops.log(1 - predicted)
    errors = 1 - logits * (2 * truth - 1)
    total = ops.sum(truth * weight)
    # Sorting is slow, so only pixels with an error are sorted; others add nothing.
    (costly,) = ops.nonzero((weight > 0) & (errors > 0))
    order = ops.take(costly, ops.argsort(-ops.take(errors, costly)))
    errors, truth, weight = (ops.take(part, order) for part in (errors, truth, weight))
    # At each pixel: 1 - IoU if this pixel and those before it are wrong, others right.
    both = total - ops.cumsum(truth * weight)
    loss = 1 - both / (total + ops.cumsum((1 - truth) * weight) + EPSILON)
    steps = ops.concatenate([loss[:1], loss[1:] - loss[:-1]])
    return ops.sum(errors * ops.stop_gradient(steps))


AREA_LOSSES = {"dice": soft_dice, "lovasz": lovasz_hinge}
"""Losses of the foreground's area, by their names in `TrainConfig.loss`."""


HeadLoss = Callable[[Any, Any, Any], Any]
"""Takes a head's targets and predictions (N, Y, X, channels), each from 0 to 1, and the
weights (N, Y, X); returns one number."""


def mean_cross_entropy(truth: Any, predicted: Any, weight: Any) -> Any:
    """Return the weighted mean cross entropy of a head of one channel."""
    return weighted_mean(cross_entropy(truth, predicted), ops.expand_dims(weight, -1))


def mean_offset_error(truth: Any, predicted: Any, weight: Any) -> Any:
    """Return the weighted mean absolute error of offsets, in units of `OFFSET_UNIT`.

    The errors down and right are added. Pixels whose target is `ZERO_OFFSET` in both
    directions are background and ignored.
    """
    inside = ops.cast(ops.any(ops.not_equal(truth, ZERO_OFFSET), axis=-1), "float32")
    error = ops.sum(ops.abs(truth - predicted), axis=-1)
    return 2 * MAX_OFFSET / OFFSET_UNIT * weighted_mean(error, weight * inside)


HEAD_LOSSES: dict[str, HeadLoss] = {
    FOREGROUND: mean_cross_entropy,
    DISTANCE: mean_cross_entropy,
    "offsets": mean_offset_error,
}
"""The loss of each head, by the head's name."""


def nuclei_loss(
    y_true: Any,
    y_pred: Any,
    offset_weight: float = 1.0,
    area_loss: str = "dice",
    *,
    channels: Sequence[str] | None = None,
) -> Any:
    """Return the sum of the heads' losses and of the foreground's area loss.

    Parameters
    ----------
    y_true : tensor of shape (N, Y, X, targets)
        Targets, with the channels of `outputs.batch_targets`.
    y_pred : tensor of shape (N, Y, X, channels)
        Predictions from 0 to 1.
    offset_weight : float
        Factor of the offsets' loss.
    area_loss : str
        One of `AREA_LOSSES`.
    channels : sequence of str, optional
        Names of the network's output channels; derived from their number by default.

    Returns
    -------
    tensor
        One number. It is 0 for a perfect foreground, if every distance is 0 or 1.
    """
    channels = channels or channels_from_count(y_pred.shape[-1])
    factors = {"offsets": offset_weight}
    weight = target_channel(y_true, WEIGHT)
    loss = AREA_LOSSES[area_loss](y_true, y_pred)
    for head in heads_of(channels):
        truth = y_true[..., channel_slice(batch_targets(), head.channels)]
        predicted = y_pred[..., channel_slice(channels, head.channels)]
        head_loss = HEAD_LOSSES[head.name](truth, predicted, weight)
        loss = loss + factors.get(head.name, 1.0) * head_loss
    return loss


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Return the fraction of pixels that are classified correctly."""
    truth, weight = target_channel(y_true, FOREGROUND), target_channel(y_true, WEIGHT)
    right = ops.equal(truth >= 0.5, foreground_of(y_pred) >= 0.5)
    return weighted_mean(ops.cast(right, "float32"), weight)


def dice(y_true: Any, y_pred: Any) -> Any:
    """Return the Dice coefficient of the foreground in a batch."""
    both, areas = overlap_sums(y_true, y_pred, 0.5)
    return (2 * both + EPSILON) / (areas + EPSILON)


def iou(y_true: Any, y_pred: Any) -> Any:
    """Return the intersection over union of the foreground in a batch."""
    both, areas = overlap_sums(y_true, y_pred, 0.5)
    return (both + EPSILON) / (areas - both + EPSILON)
