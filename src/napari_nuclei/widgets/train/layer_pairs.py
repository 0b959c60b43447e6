"""The pairs of layers that the Train widget learns from, read as the form says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.layers.channel_axis import remove_channel_axis
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    AnnotatedImage,
    read_plane_annotation,
    split_samples,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import TrainConfig
    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import ImageSource
    from napari_nuclei.widgets.train.form import TrainForm

    Layers = tuple[napari.layers.Image, napari.layers.Labels]


class LayerPairs:
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
    def selected(self) -> list[Layers]:
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
        pairs = [self._whole(*pair) for pair in self.selected]
        own = [self._whole(*check.layers())] if check.uses_own_data else []
        return split_samples(pairs, self._form.data.unpainted.value, config, own)

    def read_displayed_plane(self) -> tuple[ImageSource, Sample | None]:
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
        source = make_image_source(
            data.image.value, point, RegionChoice(scope=CURRENT_SLICE)
        )
        if data.labels.value is None:
            return source, None
        pair = self._pair(source, data.labels.value)
        return source, read_plane_annotation(pair, data.unpainted.value)

    def _whole(
        self, image: napari.layers.Image, labels: napari.layers.Labels
    ) -> AnnotatedImage:
        return self._pair(make_image_source(image, self._viewer.dims.point), labels)

    def _pair(
        self, source: ImageSource, labels: napari.layers.Labels
    ) -> AnnotatedImage:
        controls, inside = self._form.data, None
        data = labels.data[0] if labels.multiscale else labels.data
        data = remove_channel_axis(source, data)
        boxes = controls.boxes.value
        if controls.unpainted.value == BACKGROUND_IN_BOXES and boxes is not None:
            masks = boxes.to_masks(mask_shape=source.layout.plane_shape)
            inside = masks.any(axis=0)
        metadata, background = dict(labels.metadata), controls.background.value
        return AnnotatedImage(source, data, metadata, inside, background)
