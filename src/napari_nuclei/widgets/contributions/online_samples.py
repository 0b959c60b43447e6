"""Download samples of scikit-image in a thread, so that napari never waits for them."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback

if TYPE_CHECKING:
    import napari
    import napari.layers

LayerData = tuple[Any, dict[str, Any], str]

HOST = "https://gitlab.com"
"""Server of the samples."""

TIMEOUT = 5.0
"""Time that the server has to answer, in seconds."""

DOWNLOAD_KEY = "napari_nuclei_download"
"""Key in the metadata of a layer whose pixels are being downloaded."""


@dataclass(frozen=True, slots=True, eq=False)
class OnlineSample:
    """A sample that scikit-image downloads at the first call.

    Attributes
    ----------
    function : str
        Name in `skimage.data`.
    name : str
        Name of the layer.
    shape : tuple of int
    dtype : str
    arguments : dict
        Further arguments of the layer.
    """

    function: str
    name: str
    shape: tuple[int, ...]
    dtype: str
    arguments: dict[str, Any] = field(default_factory=dict)


def open_online(sample: OnlineSample) -> list[LayerData]:
    """Return the layer of a sample, at once.

    In a viewer the layer is empty until the pixels have been read or downloaded in a
    thread. Without a viewer they are returned.

    Raises
    ------
    OSError
        If there is no viewer, and the sample cannot be downloaded.
    """
    import napari

    viewer = napari.current_viewer()
    if viewer is None:
        pixels = fetch_sample(sample.function)
        return [(pixels, {"name": sample.name} | sample.arguments, "image")]
    fill_later(viewer, sample)
    # One value broadcast to the whole image takes no memory.
    empty = np.broadcast_to(np.zeros((), sample.dtype), sample.shape)
    arguments = {
        "name": f"{sample.name} (opening)",
        "metadata": {DOWNLOAD_KEY: sample},
        **sample.arguments,
    }
    return [(empty, arguments, "image")]


def fill_later(viewer: napari.Viewer, sample: OnlineSample) -> None:
    """Fetch a sample in a thread; then fill its layer, or remove it with a message."""
    from napari.utils.notifications import show_error
    from qtpy.QtWidgets import QApplication

    from napari_nuclei.widgets.shared.worker import Worker

    def fetch(report: ProgressCallback) -> Any:
        report(Progress(0, 0))
        return fetch_sample(sample.function)

    def layers() -> list[napari.layers.Layer]:
        everything = [unwrap_layer(layer) for layer in viewer.layers]
        return [x for x in everything if x.metadata.get(DOWNLOAD_KEY) is sample]

    def fill(pixels: Any) -> None:
        for layer in layers():
            layer.metadata = {}
            layer.data = pixels
            layer.reset_contrast_limits()
            layer.name = sample.name

    def give_up(message: str) -> None:
        for layer in layers():
            viewer.layers.remove(layer)
        show_error(message)

    worker = Worker(QApplication.instance())
    worker.finished.connect(fill)
    worker.failed.connect(give_up)
    worker.running_changed.connect(lambda on: None if on else worker.deleteLater())
    worker.start(fetch, f"Sample {sample.name}")


def fetch_sample(name: str) -> Any:
    """Return a sample that scikit-image downloads at the first call.

    Raises
    ------
    OSError
        If it cannot be downloaded. The message begins with what to do, because napari
        shows no more than its beginning.
    """
    from skimage import data

    try:
        if not is_stored(name):
            check_server()
        return getattr(data, name)()
    except ModuleNotFoundError as error:
        raise OSError(
            f"Run: python -m pip install pooch. The sample {name} needs it"
        ) from error
    except Exception as error:  # the error when offline depends on pooch's version
        raise OSError(
            "No internet: open a synthetic sample. The sample "
            f"{name} cannot be downloaded ({type(error).__name__})"
        ) from error


def is_stored(name: str) -> bool:
    """Return whether an earlier call has downloaded a sample."""
    from pathlib import Path

    from skimage import data

    files = {"human_mitosis": "mitosis.tif", "cells3d": "cells3d.tif"}
    return (Path(data.data_dir) / files[name]).is_file()


def check_server() -> None:
    """Raise an OSError within seconds if the server of the samples is not reached."""
    request = urllib.request.Request(HOST, method="HEAD")
    try:
        urllib.request.urlopen(request, timeout=TIMEOUT).close()
    except urllib.error.HTTPError:  # an answer, whatever it says
        return
