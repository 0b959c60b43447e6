"""The pairs of layers that the Train widget learns from, read as the form says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.layers.channel_axis import without_channels
from napari_nuclei.widgets.layers.image_source import PLANE, Choice, read_source
from napari_nuclei.widgets.train.samples_from_layers import (
    BOXES,
    Pair,
    annotated_on,
    divided,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import TrainConfig
    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import Source
    from napari_nuclei.widgets.train.form import TrainForm

    Layers = tuple[napari.layers.Image, napari.layers.Labels]


class Pairs:
    """The pairs that were added, and the one that is chosen.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    form : TrainForm
        Says which pair is chosen and what unpainted pixels mean.
    """

    def __init__(self, viewer: napari.viewer.Viewer, form: TrainForm) -> None:
        self._viewer, self._form = viewer, form
        self._added: list[Layers] = []

    def add(self) -> None:
        """Add the pair that is chosen."""
        pair = self._form.data.image.value, self._form.data.labels.value
        if None not in pair and pair not in self._added:
            self._added.append(pair)

    def clear(self) -> None:
        """Forget the pairs that were added."""
        self._added.clear()

    @property
    def names(self) -> str:
        """The names of the layers that were added."""
        return ", ".join(
            f"{image.name} + {labels.name}" for image, labels in self._added
        )

    @property
    def chosen(self) -> list[Layers]:
        """The pairs that were added and are open; else the one that is chosen.

        Raises
        ------
        ValueError
            If there is none.
        """
        data, layers = self._form.data, self._viewer.layers
        still = [x for x in self._added if x[0] in layers and x[1] in layers]
        pair = data.image.value, data.labels.value
        if not still and None in pair:
            raise ValueError("Open an image and a labels layer with painted nuclei.")
        return still or [pair]

    def samples(self, config: TrainConfig) -> tuple[list[Sample], list[Sample]]:
        """Return what is learnt from, and what the model is checked on.

        Raises
        ------
        TypeError, ValueError
            If the layers cannot be learnt from.
        """
        check = self._form.check
        pairs = [self._whole(*pair) for pair in self.chosen]
        own = [self._whole(*check.layers())] if check.on_own else []
        return divided(pairs, self._form.data.meaning.value, config, own)

    def in_view(self) -> tuple[Source, Sample | None]:
        """Return the plane of the chosen image that is in view, and its annotations.

        Raises
        ------
        TypeError, ValueError
            If there is no image, or it cannot be read.
        """
        data = self._form.data
        if data.image.value is None:
            raise ValueError("Open an image first.")
        point = self._viewer.dims.point
        source = read_source(data.image.value, point, Choice(scope=PLANE))
        if data.labels.value is None:
            return source, None
        pair = self._pair(source, data.labels.value)
        return source, annotated_on(pair, data.meaning.value)

    def _whole(self, image: napari.layers.Image, labels: napari.layers.Labels) -> Pair:
        return self._pair(read_source(image, self._viewer.dims.point), labels)

    def _pair(self, source: Source, labels: napari.layers.Labels) -> Pair:
        controls, inside = self._form.data, None
        data = labels.data[0] if labels.multiscale else labels.data
        data = without_channels(source, data)
        boxes = controls.boxes.value
        if controls.meaning.value == BOXES and boxes is not None:
            masks = boxes.to_masks(mask_shape=source.layout.plane_shape)
            inside = masks.any(axis=0)
        metadata, background = dict(labels.metadata), controls.background.value
        return Pair(source, data, metadata, inside, background)
