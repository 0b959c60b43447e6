"""From an image to labelled nuclei: the one loop over planes."""

from __future__ import annotations

import time
from typing import Any, Unpack

import numpy as np

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.fields import apply_settings
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.number_checks import check_above_zero
from napari_nuclei.config.segment_config import SegmentSettings
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.axes import as_array, make_layout
from napari_nuclei.core.diameter import describe_impossible_diameter, median_of_areas
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.intensity.notes import join_notes
from napari_nuclei.core.linking.segmented_stack import make_joiner
from napari_nuclei.core.maps import Floats, Labels
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.quality.assess_plane import assess_plane
from napari_nuclei.core.quality.quality import Quality, combine_planes
from napari_nuclei.core.segmentation import Segmentation
from napari_nuclei.core.tiling import Progress
from napari_nuclei.core.tracking.segmented_movie import check_trackable, track_movie
from napari_nuclei.core.trial_segmenter import TrialSegmenter

ARGUMENTS = ("axes", "channel", "pixel_size", "z_spacing", "progress", "config")
"""Arguments of `Segmenter.segment` that are not settings."""


class Segmenter(TrialSegmenter):
    """Find the nuclei of images and stacks; `load_segmenter` returns one.

    `segment` returns labels, `run` returns counts and probabilities too.

    Parameters
    ----------
    network : callable
        Takes float32 tiles (N, Y, X, C) with values from 0 to 1, returns float32 tiles
        (N, Y, X, D) with values from 0 to 1, a channel for each of `card.channels`. Y
        and X are multiples of 32 px. It is called from several threads.
    card : ModelCard
        Describes the network's channels, and the nuclei that it was trained for.
    folder : Path, optional
        Folder of the model, if it was loaded from one.

    See Also
    --------
    SegmentConfig : The settings of `segment` and `run`, with limits and units.

    Examples
    --------
    >>> from napari_nuclei import load_segmenter, synthetic_nuclei
    >>> image, truth = synthetic_nuclei((128, 128), seed=0)
    >>> segmenter = load_segmenter("nuclei-fast")
    >>> segmenter
    <Segmenter nuclei-fast, for nuclei of 20.9 px>
    >>> segmenter.segment(image, diameter=20).shape
    (128, 128)
    """

    def __repr__(self) -> str:
        """Return the name of the model and the diameter of its nuclei."""
        card = self.card
        return f"<Segmenter {card.name}, for nuclei of {card.diameter:g} px>"

    @shows_progress("tile")
    def segment(
        self,
        image: Any,
        *,
        axes: str | None = None,
        channel: int | str | None = None,
        pixel_size: float | None = None,
        z_spacing: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
        **settings: Unpack[SegmentSettings],
    ) -> Labels:
        """Label the nuclei of an image.

        Parameters
        ----------
        image : array-like of shape (Y, X) or (Y, X, 3), or as `axes` says
            Any integer or float type; numpy, dask or zarr.
        axes : str, optional
            One letter per axis, such as TYX or ZCYX; each plane is segmented on its
            own.
        channel : int or str, optional
            Channel to segment if there is an axis C, counted from 0; "red", "green" or
            "blue" for one channel of RGB.
        pixel_size : float, optional
            Side of a pixel, in µm.
        z_spacing : float, optional
            Distance between slices, in µm; used if slices are joined.
        progress : callable, optional
            Called with (done, total) in tiles; raise an error in it to cancel.
        config : SegmentConfig, optional
        **settings
            Fields of `SegmentConfig`, such as ``diameter=30``.

        Returns
        -------
        ndarray of int32
            The shape of the image without channels; 0 is background. Nuclei are
            numbered from 1 over all planes, or in each plane with
            ``numbering="plane"``. With ``join="z"`` a nucleus has one number in all
            its slices, unique over the stack; with ``track=True`` in all frames.

        Raises
        ------
        TypeError, ValueError
            If the image or a setting is not valid.

        Warns
        -----
        ImageWarning
            If the image is unusual: one warning for each of `Segmentation.notes`.
        """
        config = apply_settings("segment", SegmentConfig, config, settings, ARGUMENTS)
        result = self.run(
            image,
            axes=axes,
            channel=channel,
            pixel_size=pixel_size,
            z_spacing=z_spacing,
            progress=progress,
            config=config,
        )
        for note in result.notes:
            warn_user(note, ImageWarning)
        return result.labels

    def predict(
        self,
        image: Any,
        *,
        axes: str | None = None,
        channel: int | str | None = None,
        pixel_size: float | None = None,
        z_spacing: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
        **settings: Unpack[SegmentSettings],
    ) -> Floats:
        """Return the foreground probability of each pixel of an image.

        Parameters and errors are as for `segment`.

        Returns
        -------
        ndarray of float32
            From 0 to 1, of the shape of the image without channels.
        """
        return self.run(
            image,
            axes=axes,
            channel=channel,
            pixel_size=pixel_size,
            z_spacing=z_spacing,
            progress=progress,
            config=apply_settings(
                "predict", SegmentConfig, config, settings, ARGUMENTS
            ),
        ).foreground

    @suggests_keywords
    def run(
        self,
        image: Any,
        *,
        axes: str | None = None,
        channel: int | str | None = None,
        pixel_size: float | None = None,
        z_spacing: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
    ) -> Segmentation:
        """Label the nuclei of an image, and return counts and probabilities too.

        Parameters
        ----------
        image, axes, channel, pixel_size, z_spacing, progress, config
            As for `segment`.

        Returns
        -------
        Segmentation

        Raises
        ------
        TypeError, ValueError
            If the image or a setting is not valid.
        """
        started = time.perf_counter()
        config = config_or_defaults(config, SegmentConfig)
        check_above_zero("pixel_size", pixel_size, "µm")
        check_above_zero("z_spacing", z_spacing, "µm")
        image = as_array(image)
        layout = make_layout(tuple(image.shape), axes, channel)
        check_trackable(layout, config)
        joiner, join_note = make_joiner(layout, config, pixel_size, z_spacing)
        diameter = config.diameter_in_pixels(pixel_size)
        size_note = describe_impossible_diameter(diameter, layout.plane_shape)
        plane_notes: list[tuple[str, ...]] = []
        plane_qualities: list[Quality] = []
        labels = np.zeros(layout.label_shape, np.int32)
        foreground = np.zeros(layout.label_shape, np.float32)
        plane_areas, dropped = [np.zeros(0, np.intp)], DroppedCounts()
        scale = 1.0
        planes = self.planes(
            image, layout, pixel_size=pixel_size, progress=progress, config=config
        )
        curve = count_range = None
        for number, plane in enumerate(planes):
            scale = plane.maps.scale
            if number == 0:
                curve = plane.maps.curve
            plane_areas.append(plane.filtered.areas)
            dropped += plane.filtered.dropped
            plane_notes.append(plane.notes)
            plane_qualities.append(
                assess_plane(
                    plane.segmented_pixels,
                    plane.maps,
                    plane.filtered,
                    self.card.diameter,
                )
            )
            plane_labels = plane.labels
            if joiner is not None:
                plane_labels = plane.filtered.labels
                joiner.add(plane.plane_index, plane_labels, plane.pixels)
            if layout.label_axes == "YX" and config.selects_by_model:
                count_range = plane.count_range
            if layout.axes in ("YX", "YXS"):  # no copy of a single plane
                labels, foreground = plane_labels, plane.foreground
            else:
                layout.write_plane(labels, plane.plane_index, plane_labels)
                layout.write_plane(foreground, plane.plane_index, plane.foreground)
        areas = np.concatenate(plane_areas)
        if joiner is not None:
            joined = joiner.finish()
            joined.join_stack(labels, image, layout)
            areas, dropped = joined.areas, dropped + joined.dropped
        tracking = track_movie(labels, layout, config, pixel_size, z_spacing)
        if tracking is not None:
            tracking = tracking.renumber_in_place()
        count = len(areas) if tracking is None else len(tracking.tracks)
        return Segmentation(
            labels=labels,
            foreground=foreground,
            count=count,
            diameter=median_of_areas(areas),
            scale=scale,
            seconds=time.perf_counter() - started,
            dropped=dropped,
            notes=(*join_notes(plane_notes), *join_note, *size_note),
            axes=layout.label_axes,
            curve=curve,
            count_range=count_range,
            joined=joiner is not None,
            tracking=tracking,
            quality=combine_planes(plane_qualities, count),
        )
