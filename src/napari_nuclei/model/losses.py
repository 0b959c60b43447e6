"""What training minimises and watches.

The targets carry five channels: foreground, inner distance, weight of the pixel, and
the offsets to the centre down and right. The network gives two, or four with the
offsets. Pixels of weight 0 are unknown and count nowhere.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from napari_nuclei.core.targets import NO_OFFSET, REACH

EPSILON = 1e-6

OFFSET_UNIT = 8.0
"""Pixels in which the error of offsets is counted in the loss."""


def weighted_mean(values: Any, weight: Any) -> Any:
    """Mean of `values` where `weight` counts each."""
    return ops.sum(values * weight) / (ops.sum(weight) + EPSILON)


def cross_entropy(truth: Any, probability: Any) -> Any:
    """Binary cross entropy of each pixel; the truth may lie between 0 and 1."""
    probability = ops.clip(probability, EPSILON, 1 - EPSILON)
    return -(truth * ops.log(probability) + (1 - truth) * ops.log(1 - probability))


def overlap_sums(y_true: Any, y_pred: Any, threshold: float | None) -> tuple[Any, Any]:
    """Return the intersection, and the sum of the areas, of truth and prediction."""
    truth, weight, found = y_true[..., 0], y_true[..., 2], y_pred[..., 0]
    if threshold is not None:
        found = ops.cast(found >= threshold, "float32")
    return ops.sum(truth * found * weight), ops.sum((truth + found) * weight)


def nuclei_loss(y_true: Any, y_pred: Any, offset_weight: float = 1.0) -> Any:
    """Cross entropy and Dice of the foreground, cross entropy of the distance.

    And, of offsets, the mean absolute error in nuclei.

    Parameters
    ----------
    y_true : tensor of shape (N, Y, X, 5)
    y_pred : tensor of shape (N, Y, X, 2 or 4)
    offset_weight : float
        What an error of `OFFSET_UNIT` pixels in every offset adds.

    Returns
    -------
    tensor
        One number: 0 would be a perfect foreground with distances of 0 or 1 only.
    """
    weight = y_true[..., 2]
    foreground = weighted_mean(cross_entropy(y_true[..., 0], y_pred[..., 0]), weight)
    distance = weighted_mean(cross_entropy(y_true[..., 1], y_pred[..., 1]), weight)
    both, areas = overlap_sums(y_true, y_pred, None)
    loss = foreground + distance + 1 - (2 * both + 1) / (areas + 1)
    if y_pred.shape[-1] == 2:
        return loss
    return loss + offset_weight * offset_error(y_true, y_pred) / OFFSET_UNIT


def offset_error(y_true: Any, y_pred: Any) -> Any:
    """Mean absolute error of the offsets, down and right added, in pixels.

    A truth of exactly .5 twice is that of the background, and counts nowhere.
    """
    truth = y_true[..., 3:]
    told = ops.cast(ops.any(ops.not_equal(truth, NO_OFFSET), axis=-1), "float32")
    error = ops.sum(ops.abs(truth - y_pred[..., 2:]), axis=-1)
    return 2 * REACH * weighted_mean(error, y_true[..., 2] * told)


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Share of pixels whose foreground is right."""
    right = ops.equal(y_true[..., 0] >= 0.5, y_pred[..., 0] >= 0.5)
    return weighted_mean(ops.cast(right, "float32"), y_true[..., 2])


def dice(y_true: Any, y_pred: Any) -> Any:
    """Dice coefficient of the foreground in a batch."""
    both, areas = overlap_sums(y_true, y_pred, 0.5)
    return (2 * both + EPSILON) / (areas + EPSILON)


def iou(y_true: Any, y_pred: Any) -> Any:
    """Intersection over union of the foreground in a batch."""
    both, areas = overlap_sums(y_true, y_pred, 0.5)
    return (both + EPSILON) / (areas - both + EPSILON)
