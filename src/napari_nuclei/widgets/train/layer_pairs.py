"""Read the chosen image and labels layers as training data."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from napari_nuclei.widgets.layers.channel_axis import remove_channel_axis
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.train.annotated_image import AnnotatedImage
from napari_nuclei.widgets.train.plane_annotation import read_plane_annotation
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    split_samples,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import TrainConfig
    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import ImageSource
    from napari_nuclei.widgets.train.train_form import TrainForm

    LayerPair = tuple[napari.layers.Image, napari.layers.Labels]


class LayerPairs:
    """The pairs of layers that the user added, read as the form says.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    form : TrainForm
        Gives the chosen pair and the meaning of unpainted areas.
    """

    def __init__(self, viewer: napari.viewer.Viewer, form: TrainForm) -> None:
        self._viewer, self._form = viewer, form
        self._added: list[LayerPair] = []

    def add(self) -> None:
        """Add the chosen pair, unless it is added already."""
        pair = self._form.data.image.value, self._form.data.labels.value
        if None not in pair and pair not in self._added:
            self._added.append(pair)

    def clear(self) -> None:
        """Remove all added pairs."""
        self._added.clear()

    @property
    def names(self) -> str:
        """Names of the added layers, for a message; empty if there are none."""
        return ", ".join(
            f"{image.name} + {labels.name}" for image, labels in self._added
        )

    @property
    def selected(self) -> list[LayerPair]:
        """The added pairs whose layers are still open; else the chosen pair.

        Raises
        ------
        ValueError
            If there is neither.
        """
        data, open_layers = self._form.data, self._viewer.layers
        pairs = [
            (image, labels)
            for image, labels in self._added
            if image in open_layers and labels in open_layers
        ]
        chosen = data.image.value, data.labels.value
        if not pairs and None in chosen:
            raise ValueError("Open an image and a labels layer with painted nuclei.")
        return pairs or [chosen]

    def samples(self, config: TrainConfig) -> tuple[list[Sample], list[Sample]]:
        """Return the training samples and the held-out samples.

        Raises
        ------
        TypeError, ValueError
            If the layers cannot be used for training.
        """
        held_out = self._form.held_out
        pairs = [self._read_pair(*pair) for pair in self.selected]
        test_pairs = []
        if held_out.uses_own_data:
            test_pairs = [self._read_pair(*held_out.layers())]
        return split_samples(pairs, self._form.data.unpainted.value, config, test_pairs)

    def read_displayed_plane(self) -> tuple[ImageSource, Sample | None]:
        """Return the displayed plane of the chosen image, and its annotations.

        Raises
        ------
        TypeError, ValueError
            If there is no image, or it cannot be read.
        """
        data = self._form.data
        if data.image.value is None:
            raise ValueError("Open an image first.")
        point = self._viewer.dims.point
        choice = RegionChoice()
        with suppress(ValueError):  # one slice is the same in either case
            choice = data.short_axis.choice(data.image.value, data.labels.value)
        source = make_image_source(
            data.image.value, point, replace(choice, scope=CURRENT_SLICE)
        )
        if data.labels.value is None:
            return source, None
        pair = self._annotate(source, data.labels.value)
        return source, read_plane_annotation(pair, data.unpainted.value)

    def _read_pair(
        self, image: napari.layers.Image, labels: napari.layers.Labels
    ) -> AnnotatedImage:
        choice = self._form.data.short_axis.choice(image, labels)
        source = make_image_source(image, self._viewer.dims.point, choice)
        return self._annotate(source, labels)

    def _annotate(
        self, source: ImageSource, labels: napari.layers.Labels
    ) -> AnnotatedImage:
        controls, inside_boxes = self._form.data, None
        data = labels.data[0] if labels.multiscale else labels.data
        boxes = controls.boxes.value
        if controls.unpainted.value == BACKGROUND_IN_BOXES and boxes is not None:
            masks = boxes.to_masks(mask_shape=source.layout.plane_shape)
            inside_boxes = masks.any(axis=0)
        return AnnotatedImage(
            source,
            remove_channel_axis(source, data),
            metadata=dict(labels.metadata),
            boxes=inside_boxes,
            background=controls.background.value,
            layer=labels,
        )
