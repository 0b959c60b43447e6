"""Measure a labels layer, and measure again what an edit changes; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.nuclei.live.matching_images import (
    channel_axis_of_labels,
    labels_data,
)
from napari_nuclei.widgets.nuclei.live.measuring import (
    MAX_SNAPSHOT,
    MeasureRequest,
    MeasureSettings,
    make_request,
)
from napari_nuclei.widgets.nuclei.live.remeasure import (
    LabelEdit,
    find_edit,
    measure_edit,
)

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

EDIT_EVENTS = ("paint", "labels_update", "data", "set_data", "visible")
"""Events of a labels layer after which its labels may have changed."""

TRANSFORM_EVENTS = ("scale", "translate", "rotate", "shear", "affine", "units")
"""Events after which sizes, or the pixels under the labels, may have changed."""

SMALL = 2**20
"""Labels of at most this number of pixels are measured while the user waits."""

Window = tuple[slice, ...]
"""A slice for each axis of the labels."""

Check = Callable[[], object]


def run_now(
    work: Callable[[Check], Any],
    finished: Callable[[Any], None],
    failed: Callable[[str], None],
) -> None:
    """Do work at once; call `finished` with its result, or `failed` with a message."""
    try:
        result = work(lambda: None)
    except (TypeError, ValueError) as error:
        failed(format_error(error))
        return
    finished(result)


class LiveTable:
    """Measure a layer and follow its edits.

    Attributes
    ----------
    request : MeasureRequest, optional
        What was measured last, with a copy of its labels.
    settings : MeasureSettings
    on_measured : callable
        Called with the measurements, and the labels that were edited.
    on_failed : callable
        Called with a message.
    start : callable
        Does long work; as `run_now`. The dock replaces it by a thread.
    later : callable
        Calls a function when no event has come for a moment; at once by default.
    cancel : callable
        Cancels the work that `start` does.
    """

    def __init__(self) -> None:
        self.request: MeasureRequest | None = None
        self.settings = MeasureSettings()
        self.on_measured: Callable[[pd.DataFrame, Iterable[int]], None] = (
            lambda frame, edited: None
        )
        self.on_failed: Callable[[str], None] = lambda message: None
        self.start = run_now
        self.later: Callable[[Callable[[], None]], None] = lambda call: call()
        self.cancel: Callable[[], object] = lambda: None
        self._layer: napari.layers.Labels | None = None
        self._images: list[napari.layers.Image] = []
        self._frame: pd.DataFrame | None = None
        self._busy = False
        self._painted: list[Window] = []
        self._whole = False
        self._dropped_axis: int | None = None

    def follow(
        self, layer: napari.layers.Labels, images: Sequence[napari.layers.Image]
    ) -> None:
        """Measure a layer now and after every edit.

        Raises
        ------
        ValueError
            If an image does not fit the labels; the layer is followed all the same.
        """
        self.stop()
        self._layer, self._images = layer, list(images)
        self._dropped_axis = channel_axis_of_labels(layer)
        self._connect(layer, EDIT_EVENTS, self._on_edit)
        for followed in (layer, *images):
            self._connect(followed, TRANSFORM_EVENTS, self._on_transform)
        for image in images:
            self._connect(image, ("data",), self._on_transform)
        self._measure_all()

    def stop(self) -> None:
        """Stop following the layer."""
        self.cancel()
        self._busy = False
        if self._layer is not None:
            self._disconnect(self._layer, EDIT_EVENTS, self._on_edit)
            for followed in (self._layer, *self._images):
                self._disconnect(followed, TRANSFORM_EVENTS, self._on_transform)
            for image in self._images:
                self._disconnect(image, ("data",), self._on_transform)
        self._layer, self._images = None, []
        self.request, self._frame = None, None

    def check_edits(self) -> None:
        """Measure what has changed since the labels were measured last."""
        layer, request = self._layer, self.request
        if layer is None or self._busy:  # the end of the work checks again
            return
        labels = labels_data(layer)
        if (
            request is None
            or self._frame is None
            or not has_snapshot(request)
            or not isinstance(labels, np.ndarray)
            or labels.shape != request.labels.shape
            or labels.dtype != request.labels.dtype
        ):
            self._measure_all_or_report()
            return
        edit = self._find_edit(request.labels, labels)
        if edit is None:
            return
        request.labels[edit.window] = labels[edit.window]
        try:
            table = measure_edit(self._frame, request, edit)
        except (TypeError, ValueError) as error:
            self._frame = None  # the next edit measures everything
            self.on_failed(format_error(error))
            return
        if table is None:
            self._measure(replace(request, labels=request.labels.copy()), edit)
        else:
            self._finish(request, table, edit.labels)

    def _find_edit(
        self, before: NDArray[np.integer], after: NDArray[np.integer]
    ) -> LabelEdit | None:
        windows = [join_windows(self._painted)] if self._painted else []
        if self._whole or not self._painted:
            windows = [tuple(slice(0, size) for size in before.shape)]
        edit = find_edit(before, after, windows[0])
        if edit is not None or self._whole:
            self._painted, self._whole = [], False
        return edit

    def _on_edit(self, event: Any) -> None:
        kind = event.type
        if kind == "paint":  # may come before the pixels change
            window = painted_window(event.value, self._dropped_axis)
            self._painted += [] if window is None else [window]
            self._whole = self._whole or window is None
        elif kind == "labels_update":
            if not self._painted:  # in the middle of a stroke
                return
        elif self.request is not None and not has_snapshot(self.request):
            # Files show no edits by a redraw, and there is no copy to compare with.
            if kind != "data":
                return
        else:
            self._whole = True
        self.later(self.check_edits)

    def _on_transform(self, event: Any) -> None:
        self.later(self._measure_all_or_report)

    def _measure_all_or_report(self) -> None:
        try:
            self._measure_all()
        except (TypeError, ValueError) as error:
            self.on_failed(format_error(error))

    def _measure_all(self) -> None:
        if self._layer is None:
            return
        self.request = self._frame = None
        self._measure(make_request(self._layer, self._images, self.settings), None)

    def _measure(self, request: MeasureRequest, edit: LabelEdit | None) -> None:
        edited = () if edit is None else edit.labels
        self.cancel()
        self._busy = True
        run = run_now if np.prod(request.labels.shape) <= SMALL else self.start
        run(
            request.measure,
            lambda frame: self._finish(request, frame, edited),
            self._fail,
        )

    def _fail(self, message: str) -> None:
        self._busy = False
        self.on_failed(message)

    def _finish(
        self,
        request: MeasureRequest,
        frame: pd.DataFrame,
        edited: Iterable[int] | NDArray[np.integer],
    ) -> None:
        self.request, self._frame, self._busy = request, frame, False
        self.on_measured(frame, [int(label) for label in edited])
        if self._layer is not None and self.start is not run_now:
            self.later(self.check_edits)  # edits while the thread was measuring

    def _connect(self, layer: Any, names: Sequence[str], call: Any) -> None:
        for name in names:
            if hasattr(layer.events, name):
                getattr(layer.events, name).connect(call)

    def _disconnect(self, layer: Any, names: Sequence[str], call: Any) -> None:
        for name in names:
            if hasattr(layer.events, name):
                getattr(layer.events, name).disconnect(call)


def painted_window(atoms: Any, dropped_axis: int | None) -> Window | None:
    """Return the window of an edit from napari's event; None if it is not clear.

    `dropped_axis` is an axis of the layer that the measured labels lack.
    """
    windows: list[Window] = []
    try:
        for atom in atoms:
            if hasattr(atom, "slice_key"):
                windows.append(tuple(atom.slice_key))
            else:  # indices, former values, new values
                spans = [(int(np.min(axis)), int(np.max(axis)) + 1) for axis in atom[0]]
                windows.append(tuple(slice(*span) for span in spans))
        window = list(join_windows(windows))
        if dropped_axis is not None:
            del window[dropped_axis]
        return tuple(window)
    except (IndexError, TypeError, ValueError):
        return None


def join_windows(windows: Sequence[Window]) -> Window:
    """Return the smallest window that holds others.

    Examples
    --------
    >>> join_windows([(slice(1, 3),), (slice(7, 9),)])
    (slice(1, 9, None),)
    """
    sides_of_axes = zip(*windows, strict=True)
    return tuple(
        slice(min(side.start for side in sides), max(side.stop for side in sides))
        for sides in sides_of_axes
    )


def has_snapshot(request: MeasureRequest) -> bool:
    """Return whether a request holds a copy of the labels to compare with."""
    labels = request.labels
    return isinstance(labels, np.ndarray) and labels.size <= MAX_SNAPSHOT
