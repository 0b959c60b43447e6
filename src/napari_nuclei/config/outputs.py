"""The network's output channels and the training targets, by name.

A *head* is a group of output channels that the network learns together. No other
module knows the number of a channel: each asks for a name's index in a tuple of names.

To add a head, add it to `HEADS`, add the function that draws its target to
`napari_nuclei.core.targets`, and add its loss to `napari_nuclei.model.losses`. The
network, the sampling of patches, distillation and the model card follow. To use it when
nuclei are separated, read it with `OutputMaps.channel` in `napari_nuclei.core.maps`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from napari_nuclei.config.model import ModelConfig

FOREGROUND = "foreground"
"""Output and target: probability that the pixel lies in a nucleus."""

DISTANCE = "distance"
"""Output and target: inner distance, 0 at a nucleus' edge, 1 at its deepest pixel."""

OFFSETS = ("offset_y", "offset_x")
"""Outputs and targets: offset to the centre of the pixel's nucleus, down and right."""

BORDER = "border"
"""Target only: 1 where two nuclei touch or nearly touch."""

ANNOTATED = "annotated"
"""Target only: 1 for annotated pixels, 0 for pixels to ignore."""

WEIGHT = "weight"
"""Target of a batch only: weight of the pixel in the loss, 0 to ignore the pixel."""

ZERO_OFFSET = 0.5
"""Value of an offset of 0 pixels, and of every offset in the background."""


@dataclass(frozen=True, slots=True)
class Head:
    """A group of output channels that the network learns together.

    Attributes
    ----------
    name : str
    channels : tuple of str
        Names of the channels, as model cards list them.
    setting : str
        Field of `ModelConfig` that switches the head on; empty if it is always on.
    own_decoder : bool
        Give the head its own decoder stage if `ModelConfig` asks for one.
    per_patch : bool
        Draw the target for each patch, since its values change when the patch is
        rotated or scaled; otherwise the target is drawn once for an image.
    binary : bool
        The target is 0 or 1, also after interpolation.
    empty : float
        Value of the target where there is no nucleus.
    inside_only : bool
        Ignore pixels whose target is `empty` in every channel.
    """

    name: str
    channels: tuple[str, ...]
    setting: str = ""
    own_decoder: bool = False
    per_patch: bool = False
    binary: bool = False
    empty: float = 0.0
    inside_only: bool = False


HEADS: tuple[Head, ...] = (
    Head(FOREGROUND, (FOREGROUND,), binary=True),
    Head(DISTANCE, (DISTANCE,)),
    Head(
        "offsets",
        OFFSETS,
        setting="offsets",
        own_decoder=True,
        per_patch=True,
        empty=ZERO_OFFSET,
        inside_only=True,
    ),
)
"""Every head that a network can have."""

FIRST_CHANNELS = (FOREGROUND,)
"""First output channels of every network, imported networks included."""

REQUIRED_CHANNELS = (FOREGROUND, DISTANCE)
"""Channels of every network that this package trains."""


def channel_index(names: Sequence[str], name: str) -> int:
    """Return the index of a channel in a tuple of channel names.

    Raises
    ------
    KeyError
        If there is no such channel.

    Examples
    --------
    >>> channel_index(("foreground", "distance"), "distance")
    1
    """
    if name not in names:
        raise KeyError(f"There is no channel {name}; use one of {tuple(names)}")
    return names.index(name)


def channel_slice(names: Sequence[str], wanted: Sequence[str]) -> slice:
    """Return the slice of neighbouring channels in a tuple of channel names.

    A slice selects a view of an array, where a list of indices would copy it.

    Raises
    ------
    KeyError
        If a channel is missing, or the channels are not adjacent and in this order.

    Examples
    --------
    >>> channel_slice(("foreground", "offset_y", "offset_x"), OFFSETS)
    slice(1, 3, None)
    """
    start = channel_index(names, wanted[0]) if wanted else 0
    positions = slice(start, start + len(wanted))
    if tuple(names[positions]) != tuple(wanted):
        raise KeyError(
            f"The channels {tuple(wanted)} are not adjacent in {tuple(names)}; list "
            "them in this order"
        )
    return positions


def heads_of(names: Sequence[str]) -> tuple[Head, ...]:
    """Return the heads whose channels are all in `names`."""
    return tuple(head for head in HEADS if set(head.channels) <= set(names))


def ordered_channels(heads: Iterable[Head]) -> tuple[str, ...]:
    """Return the channels of heads; heads with their own decoder stage come last."""
    return tuple(
        name
        for head in sorted(heads, key=lambda head: head.own_decoder)
        for name in head.channels
    )


def network_channels(config: ModelConfig) -> tuple[str, ...]:
    """Return the output channels of the network that a configuration describes.

    Examples
    --------
    >>> from napari_nuclei.config import ModelConfig
    >>> network_channels(ModelConfig(offsets=False))
    ('foreground', 'distance')
    """
    return ordered_channels(enabled_heads(config))


def branch_channels(config: ModelConfig) -> tuple[str, ...]:
    """Return the output channels of heads with their own decoder stage."""
    if not config.offset_branch:
        return ()
    return ordered_channels(h for h in enabled_heads(config) if h.own_decoder)


def enabled_heads(config: ModelConfig) -> list[Head]:
    """Return the heads that a configuration switches on."""
    return [h for h in HEADS if not h.setting or getattr(config, h.setting)]


def trainable_channels() -> list[tuple[str, ...]]:
    """Return the output channels of each network that this package can train.

    Networks that include every mandatory head come first.
    """
    mandatory = {head.name for head in HEADS if not head.setting}
    counts = range(1, len(HEADS) + 1)
    subsets = [heads for count in counts for heads in combinations(HEADS, count)]
    subsets.sort(key=lambda heads: len(mandatory - {head.name for head in heads}))
    required = len(REQUIRED_CHANNELS)
    return [
        channels
        for channels in map(ordered_channels, subsets)
        if channels[:required] == REQUIRED_CHANNELS
    ]


def channels_from_count(count: int) -> tuple[str, ...]:
    """Return the names of a network's output channels, given their number.

    Raises
    ------
    ValueError
        If no network of this package has this number of channels.

    Examples
    --------
    >>> channels_from_count(4)
    ('foreground', 'distance', 'offset_y', 'offset_x')
    """
    for names in trainable_channels():
        if len(names) == count:
            return names
    raise ValueError(
        f"A network with {count} output channels cannot be trained; use one with "
        f"{', '.join(REQUIRED_CHANNELS)} and complete further heads"
    )


def head_channels(*, per_patch: bool) -> tuple[str, ...]:
    """Return the target channels drawn for each patch, or once for an image."""
    return ordered_channels(head for head in HEADS if head.per_patch == per_patch)


def image_targets(*, annotated: bool) -> tuple[str, ...]:
    """Return the target channels that are drawn once for an image.

    Parameters
    ----------
    annotated : bool
        Include the channel `ANNOTATED`, for an image with pixels to ignore.
    """
    return (*head_channels(per_patch=False), BORDER, *[ANNOTATED] * annotated)


def patch_targets() -> tuple[str, ...]:
    """Return the target channels of a patch."""
    return (*image_targets(annotated=True), *head_channels(per_patch=True))


def batch_targets() -> tuple[str, ...]:
    """Return the target channels of a batch: the channels of all heads, and WEIGHT."""
    return (
        *head_channels(per_patch=False),
        WEIGHT,
        *head_channels(per_patch=True),
    )
