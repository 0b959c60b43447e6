"""How a stack that the network segments slice by slice is joined."""

from __future__ import annotations

from dataclasses import replace

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.linking.linking_settings import LinkSettings, NucleusLimits
from napari_nuclei.core.linking.stack_joiner import StackJoiner

GIVE_SPACING = "Give it with --pixel-size and --z-spacing (pixel_size=, z_spacing=)."
"""How a command or Python code states the voxel size; in the dock the layer does."""


def joins_slices(config: SegmentConfig) -> bool:
    """Return whether the slices of a stack are joined."""
    return config.join == "z"


def config_of_slices(config: SegmentConfig, card: ModelCard) -> SegmentConfig:
    """Return the settings with which each slice is segmented.

    If slices are joined, limits apply to nuclei in 3-D: a slice alone would lose the
    ends of a nucleus, or its middle.

    Parameters
    ----------
    config : SegmentConfig
    card : ModelCard
    """
    if not joins_slices(config):
        return config
    smallest = config.min_size
    if smallest is not None and smallest > card.min_size:
        smallest = None
    return replace(config, min_size=smallest, max_size=None, drop_border=False)


def make_joiner(
    layout: PlaneLayout,
    config: SegmentConfig,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
) -> tuple[StackJoiner | None, tuple[str, ...]]:
    """Return what joins the slices of a stack, if they are joined, and notes on it.

    Parameters
    ----------
    layout : PlaneLayout
    config : SegmentConfig
    pixel_size, z_spacing : float, optional
        Side of a pixel and distance between slices, in µm.

    Raises
    ------
    ValueError
        If there are no slices to join.
    """
    if not joins_slices(config):
        return None, ()
    anisotropy = 1.0
    if pixel_size is not None and z_spacing is not None:
        anisotropy = z_spacing / pixel_size
    joiner = StackJoiner(
        layout,
        LinkSettings(anisotropy=anisotropy),
        NucleusLimits(config.min_size, config.max_size, config.drop_border),
    )
    note = spacing_note(pixel_size, z_spacing)
    return joiner, ((note,) if note else ())


def spacing_note(pixel_size: float | None, z_spacing: float | None) -> str:
    """Return a sentence on what is assumed if the voxel size is not known.

    Examples
    --------
    >>> spacing_note(0.5, None)[:72]
    'The distance between slices is not stated: slices are taken to be as far'
    >>> spacing_note(0.5, 2.0)
    ''
    """
    if pixel_size is not None and z_spacing is not None:
        return ""
    missing = "voxel size"
    if pixel_size is not None:
        missing = "distance between slices"
    elif z_spacing is not None:
        missing = "pixel size"
    return (
        f"The {missing} is not stated: slices are taken to be as far apart as pixels. "
        f"{GIVE_SPACING}"
    )
