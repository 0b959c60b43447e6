"""What to train on: the corrections of the open layers; without Qt."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.model.store import DEFAULT_MODEL, list_models
from napari_nuclei.widgets.layers.channel_axis import remove_channel_axis
from napari_nuclei.widgets.layers.image_source import (
    INSIDE_SHAPES,
    ImageSource,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.layers.layer_corrections import (
    has_corrections,
    predicted_labels,
)
from napari_nuclei.widgets.layers.lazy_crop import crop_lazily
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.layer_data import record_of
from napari_nuclei.widgets.train.annotated_image import AnnotatedImage
from napari_nuclei.widgets.train.job import TrainRequest
from napari_nuclei.widgets.train.model_name import suggest_name
from napari_nuclei.widgets.train.samples_from_layers import (
    CORRECTIONS_ONLY,
    UNPAINTED_IS_BACKGROUND,
    split_samples,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer


def make_improve_request(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Labels | None,
    *,
    all_checked: bool = False,
) -> TrainRequest:
    """Return the request to improve the model that made a layer.

    All images with a corrected result are used: the given layer, and of other images
    the topmost corrected result.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Labels, optional
    all_checked : bool
        Whether everything in these layers is right, corrected or not, background too.

    Raises
    ------
    TypeError, ValueError
        If there are no corrections, or an image is missing or cannot be read.
    """
    if layer is None:
        raise ValueError("Open the labels that you want to correct first.")
    if predicted_labels(layer) is None:
        raise ValueError(
            f"{layer.name} was not made by Segment nuclei. To learn from labels that "
            "you painted, use the dock Train a model."
        )
    pairs = find_corrected(viewer, layer)
    if not pairs:
        raise ValueError(
            f"{layer.name} is as Segment nuclei made it. Correct or accept some "
            "nuclei first."
        )
    annotated = [annotate(viewer, *pair) for pair in pairs]
    mode = CORRECTIONS_ONLY
    if all_checked:
        for _, one in pairs:
            if record_of(one).get("region") == INSIDE_SHAPES:
                raise ValueError(
                    f"{one.name} covers only the inside of shapes. Untick Everything "
                    "is checked."
                )
        mode = UNPAINTED_IS_BACKGROUND
    config = TrainConfig.fine_tuning()
    samples, held_out = split_samples(annotated, mode, config)
    base = str(record_of(layer).get("model"))
    if base not in {entry.name for entry in list_models()}:
        base = DEFAULT_MODEL
    image = pairs[0][0]
    return TrainRequest(suggest_name(), config, base, samples, held_out, image=image)


def find_corrected(
    viewer: napari.viewer.Viewer, layer: napari.layers.Labels
) -> list[tuple[napari.layers.Image, napari.layers.Labels]]:
    """Return the images with corrected results: that of a layer, then the others.

    Raises
    ------
    ValueError
        If the image of the layer is not open.
    """
    import napari.layers

    layers = [unwrap_layer(candidate) for candidate in reversed(viewer.layers)]
    results = [
        candidate for candidate in layers if isinstance(candidate, napari.layers.Labels)
    ]
    found: dict[str, tuple[napari.layers.Image, napari.layers.Labels]] = {}
    for result in [layer, *results]:
        name = str(record_of(result).get("image"))
        if name in found or not has_corrections(result):
            continue
        image = next(
            (
                x
                for x in layers
                if isinstance(x, napari.layers.Image) and x.name == name
            ),
            None,
        )
        if image is not None:
            found[name] = image, result
        elif result is layer:
            raise ValueError(
                f"The image {name} of {layer.name} is not open. Open it, and give its "
                "layer this name."
            )
    return list(found.values())


def annotate(
    viewer: napari.viewer.Viewer,
    image: napari.layers.Image,
    layer: napari.layers.Labels,
) -> AnnotatedImage:
    """Return an image and its corrected labels as training data.

    Raises
    ------
    TypeError, ValueError
        If the image cannot be read.
    """
    source = source_of(viewer, image, record_of(layer))
    return AnnotatedImage(
        source,
        remove_channel_axis(source, layer.data),
        metadata=dict(layer.metadata),
        layer=layer,
    )


def source_of(
    viewer: napari.viewer.Viewer, image: napari.layers.Image, record: dict[str, Any]
) -> ImageSource:
    """Return the part of an image that a run segmented.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    image : napari.layers.Image
    record : dict
        As returned by `record_of`.

    Raises
    ------
    TypeError, ValueError
        If the image cannot be read.
    """
    axes = str(record.get("axes", ""))
    choice = RegionChoice(
        level=int(record.get("level") or 0),
        channel_axis=axes.index("C") if "C" in axes else None,
        channel=record.get("channel"),
    )
    source = make_image_source(image, viewer.dims.point, choice)
    bounds = tuple((int(a), int(b)) for a, b in record.get("bounds") or ())
    if not bounds or bounds == source.box or len(bounds) != len(source.box):
        return source
    data = image.data[source.choice.level] if image.multiscale else image.data
    part = crop_lazily(data, bounds, [1] * len(bounds))
    layout = make_layout(tuple(part.shape), source.layout.axes, source.layout.channel)
    return replace(source, data=part, layout=layout, box=bounds)
