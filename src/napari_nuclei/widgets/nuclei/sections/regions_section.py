"""The section that counts the nuclei of regions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import PushButton
from numpy.typing import NDArray

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.widgets.layers.transform import layer_transform
from napari_nuclei.widgets.nuclei.sections.columns_section import numeric_columns
from napari_nuclei.widgets.nuclei.sections.section import Section
from napari_nuclei.widgets.nuclei.sections.shown_nuclei import (
    filter_note,
    shown_nuclei,
)
from napari_nuclei.widgets.shared.form import column, combo, layers_of, row

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

    from napari_nuclei.widgets.nuclei.sections.region_outlines import RegionArrays

NO_REGIONS = "Draw regions in a Shapes layer, or open a GeoJSON file."
NO_MEDIAN = "none"
EDGE = "#ed8936"
NOT_NEGATIVE = "not negative"

REGION_EVENTS = {
    *("data", "set_data", "paint", "labels_update", "features", "name"),
    *("scale", "translate", "rotate", "shear", "affine"),
}
"""Events of a layer after which its regions may have changed."""


class RegionsSection(Section):
    """Count nuclei by region; the counts follow the shapes and the table."""

    name = "Regions"
    tooltip = (
        "Count the nuclei of regions: number, area, density, share of positive nuclei, "
        "and the median of a column."
    )

    def build(self) -> None:
        """Create the combos, the table and the buttons."""
        from napari_nuclei.widgets.nuclei.sections.region_table import RegionTable

        self.counts: pd.DataFrame | None = None
        self._files: list[Path] = []
        self._read: tuple[Any, Any] = (None, None)
        self._followed: Any = None
        self._corners = b""
        self.regions = combo(
            "regions",
            self._sources,
            "A Shapes layer, a labels layer of regions, or a GeoJSON file. A nucleus "
            "belongs to the region that holds its centre.",
        )
        self.positive = combo(
            "positive",
            self._classes,
            "Class that counts as positive. Make classes in a section below first.",
        )
        self.median = combo(
            "median",
            lambda _: [NO_MEDIAN, *numeric_columns(self.session.frame)],
            "Column whose median is shown for each region.",
        )
        self.median.label = "Median of"
        self.draw = PushButton(
            text="Draw", tooltip="Add a Shapes layer, and draw polygons in it."
        )
        self.open_file = PushButton(
            text="Open\u2026",
            tooltip="Read regions from GeoJSON, as QuPath exports them.",
        )
        self.save = PushButton(text="Save\u2026", tooltip="Save the counts as a table.")
        self.table = RegionTable()
        self.add(
            column([self.regions, self.positive, self.median]),
            self.table,
            row([self.draw, self.open_file, self.save]),
            self.message,
        )
        for box in (self.regions, self.positive, self.median):
            box.changed.connect(self.update_now)
        self.draw.changed.connect(self._draw)
        self.open_file.changed.connect(self._open_file)
        self.save.changed.connect(self._save)
        layers = self.session.viewer.layers.events
        layers.inserted.connect(self.request_update)
        layers.removed.connect(self.request_update)

    def update(self) -> None:
        """Count again."""
        for box in (self.regions, self.positive, self.median):
            with box.changed.blocked():
                box.reset_choices()
        source = self.regions.value
        self._follow(source)
        self.counts = None
        self.table.show_counts(empty_table())
        self.save.enabled = False
        labels = self.session.labels_layer
        if labels is None or source is None:
            self.show_message(NO_REGIONS)
            return
        self.counts = self._count(labels, source)
        self.table.show_counts(self.counts)
        self.save.enabled = True
        self.show_message(self._describe(labels))

    def closed(self) -> None:
        """Stop following the layer of regions."""
        self._follow(None)

    def add_file(self, path: Path) -> None:
        """List a GeoJSON file and count its regions."""
        self._files = [path, *(listed for listed in self._files if listed != path)]
        with self.regions.changed.blocked():
            self.regions.reset_choices()
        if self.regions.value == path:
            self._read = (None, None)
            self.update_now()
        else:
            self.regions.value = path

    def save_counts(self, path: Path) -> None:
        """Save the counts as a table; show the outcome."""
        from napari_nuclei.io.tables import write_table

        if self.counts is None:
            return
        try:
            write_table(self.counts.reset_index(), path)
        except USER_ERRORS as error:
            self.show_message(format_error(error))
        else:
            self.show_message(f"Saved {path}.")

    def _count(self, labels: napari.layers.Labels, source: Any) -> pd.DataFrame:
        from napari_nuclei.core.measure.regions import count_regions
        from napari_nuclei.widgets.layers.transform import layer_pixel_size
        from napari_nuclei.widgets.nuclei.sections.region_outlines import (
            plane_of_labels,
            plane_shape,
        )

        table = shown_nuclei(self.session)
        if "volume" in table:
            raise ValueError(
                "Regions are areas of planes, but these nuclei extend over slices. "
                "Choose labels of one slice"
            )
        median = self.median.value
        return count_regions(
            table,
            self._arrays(labels, source),
            shape=plane_shape(labels),
            pixel_size=layer_pixel_size(labels, plane_of_labels(labels).axes),
            positive=self._is_positive(table),
            medians=[] if median in (None, NO_MEDIAN) else [median],
        )

    def _arrays(self, labels: napari.layers.Labels, source: Any) -> RegionArrays:
        import napari.layers

        from napari_nuclei.io.outlines.region_files import read_regions
        from napari_nuclei.widgets.nuclei.sections.region_outlines import (
            outlines_of_shapes,
            plane_shape,
            regions_of_labels,
        )

        if isinstance(source, napari.layers.Shapes):
            return outlines_of_shapes(source, labels)
        if isinstance(source, napari.layers.Labels):
            return regions_of_labels(source, labels)
        source_and_shape = source, plane_shape(labels)
        if self._read[0] != source_and_shape:
            self._read = source_and_shape, read_regions(*source_and_shape)
        arrays: RegionArrays = self._read[1]
        return arrays

    def _is_positive(self, table: pd.DataFrame) -> NDArray[np.bool_] | None:
        chosen = self.positive.value
        if chosen is None or "class" not in table:
            return None
        classes = table["class"].to_numpy()
        if chosen == NOT_NEGATIVE:
            return np.asarray(classes != "negative", bool)
        return np.asarray(classes == chosen, bool)

    def _describe(self, labels: napari.layers.Labels) -> str:
        assert self.counts is not None
        text = f"{counted(len(self.counts) - 1, 'region')}."
        frame = self.session.frame
        if any(name in frame for name in ("t", "z", "plane")):
            text += " They apply to all planes of the stack."
        if "area_mm2" not in self.counts:
            text += f" The layer {labels.name} has no pixel size, so areas are in px²."
        return text + filter_note(self.session)

    def _sources(self, _: object = None) -> list[tuple[str, Any]]:
        viewer = self.session.viewer
        shapes = layers_of(viewer, "Shapes")
        labels = [
            layer
            for layer in layers_of(viewer, "Labels")
            if layer is not self.session.labels_layer
        ]
        layers = [(layer.name, layer) for layer in (*shapes, *labels)]
        return [*((path.name, path) for path in self._files), *layers]

    def _classes(self, _: object = None) -> list[str]:
        frame = self.session.frame
        if "class" not in frame:
            return []
        names = sorted({str(name) for name in frame["class"].dropna()})
        if "negative" in names:
            names.remove("negative")
            return [NOT_NEGATIVE, *names] if len(names) > 1 else names
        return names

    def _follow(self, source: Any) -> None:
        """Update when a layer of regions changes; stop following the earlier one."""
        events = getattr(source, "events", None)
        self.session.region_layer = None if events is None else source
        if events is self._followed:
            return
        if self._followed is not None:
            self._followed.disconnect(self._source_changed)
        self._followed = events
        if events is not None:
            events.connect(self._source_changed)

    def _source_changed(self, event: Any) -> None:
        """Update for what changes regions; the mouse over them emits events too."""
        if event.type == "set_data":
            corners = corners_of(event.source)
            if corners == self._corners:
                return
            self._corners = corners
        if event.type in REGION_EVENTS:
            self.request_update()

    def _draw(self) -> None:
        labels = self.session.labels_layer
        if labels is None:
            self.show_message(NO_REGIONS)
            return
        layer = self.session.viewer.add_shapes(
            ndim=labels.ndim,
            name="Regions",
            **layer_transform(labels),
        )
        layer.current_face_color, layer.current_edge_color = "transparent", EDGE
        layer.current_edge_width = 2
        layer.mode = "add_polygon"
        with self.regions.changed.blocked():
            self.regions.reset_choices()
            self.regions.value = layer
        self.update_now()

    def _open_file(self) -> None:
        from napari_nuclei.widgets.nuclei.sections.ask_file import ask_open

        path = ask_open(self.fold, "Open regions", "GeoJSON (*.geojson *.json)")
        if path is not None:
            self.add_file(path)

    def _save(self) -> None:
        from napari_nuclei.widgets.nuclei.sections.ask_file import ask_save

        path = ask_save(
            self.fold, "Save counts", "regions.csv", "CSV (*.csv);;parquet (*.parquet)"
        )
        if path is not None:
            self.save_counts(path)


def corners_of(layer: Any) -> bytes:
    """Return the corners of shapes, to compare; of another layer nothing."""
    data = layer.data
    if not isinstance(data, list):
        return b""
    return b"".join(np.asarray(corners).tobytes() for corners in data)


def empty_table() -> pd.DataFrame:
    """Return a table without rows."""
    import pandas as pd

    return pd.DataFrame()
