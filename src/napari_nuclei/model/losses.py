"""What training minimises and watches.

The targets carry five channels: foreground, inner distance, weight of the pixel, and
the offsets to the centre down and right. The network gives two, or four with the
offsets. Pixels of weight 0 are unknown and count nowhere.
"""

from __future__ import annotations

from typing import Any

from keras import ops

from napari_nuclei.core.targets import MAX_OFFSET, ZERO_OFFSET

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


def soft_dice(y_true: Any, y_pred: Any) -> Any:
    """Return 1 - Dice of the foreground in a batch, of probabilities."""
    both, areas = overlap_sums(y_true, y_pred, None)
    return 1 - (2 * both + 1) / (areas + 1)


def lovasz_hinge(y_true: Any, y_pred: Any) -> Any:
    """Return the Lovász hinge of the foreground in a batch, a surrogate of 1 - IoU.

    The worse a pixel is beside all others, the more it counts; one that is right by a
    logit of 1 or more costs nothing. The areas of the IoU are sums of weights. A truth
    between 0 and 1 is rounded.

    References
    ----------
    Berman, Triki and Blaschko, "The Lovász-softmax loss", 2018,
    https://arxiv.org/abs/1705.08790
    """
    truth, weight, found = (
        ops.reshape(part, (-1,))
        for part in (y_true[..., 0], y_true[..., 2], y_pred[..., 0])
    )
    truth = ops.cast(truth >= 0.5, "float32")
    found = ops.clip(found, EPSILON, 1 - EPSILON)
    logits = ops.log(found) - ops.log(1 - found)
    errors = 1 - logits * (2 * truth - 1)
    total = ops.sum(truth * weight)
    # Sorting is dear, and pixels that cost nothing come last: they are left out.
    (costly,) = ops.nonzero((weight > 0) & (errors > 0))
    order = ops.take(costly, ops.argsort(-ops.take(errors, costly)))
    errors, truth, weight = (ops.take(part, order) for part in (errors, truth, weight))
    # 1 - IoU where the pixels so far are wrong and all others right.
    both = total - ops.cumsum(truth * weight)
    loss = 1 - both / (total + ops.cumsum((1 - truth) * weight) + EPSILON)
    steps = ops.concatenate([loss[:1], loss[1:] - loss[:-1]])
    return ops.sum(errors * ops.stop_gradient(steps))


AREA_LOSSES = {"dice": soft_dice, "lovasz": lovasz_hinge}
"""What is minimised of the foreground's area, by its name in `TrainConfig.loss`."""


def nuclei_loss(
    y_true: Any, y_pred: Any, offset_weight: float = 1.0, area_loss: str = "dice"
) -> Any:
    """Cross entropy and area of the foreground, cross entropy of the distance.

    And, of offsets, the mean absolute error in nuclei.

    Parameters
    ----------
    y_true : tensor of shape (N, Y, X, 5)
    y_pred : tensor of shape (N, Y, X, 2 or 4)
    offset_weight : float
        What an error of `OFFSET_UNIT` pixels in every offset adds.
    area_loss : str
        One of `AREA_LOSSES`.

    Returns
    -------
    tensor
        One number: 0 would be a perfect foreground with distances of 0 or 1 only.
    """
    weight = y_true[..., 2]
    foreground = weighted_mean(cross_entropy(y_true[..., 0], y_pred[..., 0]), weight)
    distance = weighted_mean(cross_entropy(y_true[..., 1], y_pred[..., 1]), weight)
    loss = foreground + distance + AREA_LOSSES[area_loss](y_true, y_pred)
    if y_pred.shape[-1] == 2:
        return loss
    return loss + offset_weight * offset_error(y_true, y_pred) / OFFSET_UNIT


def offset_error(y_true: Any, y_pred: Any) -> Any:
    """Mean absolute error of the offsets, down and right added, in pixels.

    A truth of exactly .5 twice is that of the background, and counts nowhere.
    """
    truth = y_true[..., 3:]
    told = ops.cast(ops.any(ops.not_equal(truth, ZERO_OFFSET), axis=-1), "float32")
    error = ops.sum(ops.abs(truth - y_pred[..., 2:]), axis=-1)
    return 2 * MAX_OFFSET * weighted_mean(error, y_true[..., 2] * told)


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
