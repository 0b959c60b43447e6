"""What training minimises and watches.

The targets carry three channels (foreground, inner distance, weight of the pixel);
the network gives two. Pixels of weight 0 are unknown and count nowhere.
"""

from __future__ import annotations

from typing import Any

from keras import ops

EPSILON = 1e-6


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


def nuclei_loss(y_true: Any, y_pred: Any) -> Any:
    """Cross entropy and Dice of the foreground, cross entropy of the distance.

    Parameters
    ----------
    y_true : tensor of shape (N, Y, X, 3)
    y_pred : tensor of shape (N, Y, X, 2)

    Returns
    -------
    tensor
        One number: 0 would be a perfect foreground with distances of 0 or 1 only.
    """
    weight = y_true[..., 2]
    foreground = weighted_mean(cross_entropy(y_true[..., 0], y_pred[..., 0]), weight)
    distance = weighted_mean(cross_entropy(y_true[..., 1], y_pred[..., 1]), weight)
    both, areas = overlap_sums(y_true, y_pred, None)
    return foreground + distance + 1 - (2 * both + 1) / (areas + 1)


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
