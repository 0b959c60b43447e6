"""What the widgets' forms share: editors of settings, combos that stay narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

from magicgui.types import FileDialogMode
from magicgui.widgets import (
    ComboBox,
    Container,
    FileEdit,
    FloatSlider,
    Label,
    LineEdit,
    SpinBox,
    Widget,
)
from qtpy.QtCore import QEvent, QObject
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QComboBox, QLabel, QSizePolicy
from superqt import QCollapsible

from napari_nuclei.widgets.layers.viewport import unwrap_layer

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

DOCK_WIDTH = 290
"""Width that a dock asks for, in pixels: its title is read whole."""

COMBO_MIN_CHARACTERS = 12
"""Letters a combo makes room for; longer names are cut, so that docks stay narrow."""


QWIDGETSIZE_MAX = (1 << 24) - 1
"""Qt's height of a widget without a limit."""

MAX_INTEGER = 100_000
"""Largest whole number of a field without a limit of its own."""


def field_of(config: type, name: str) -> Field[Any]:
    """Return the field of a configuration, whose metadata says help and limits."""
    return next(item for item in fields(config) if item.name == name)


def number_slider(
    config: type,
    name: str,
    *,
    label: str = "",
    high: float | None = None,
    step: float = 0.01,
) -> FloatSlider:
    """Return a slider for a field; `high` is its end where the field has no limit."""
    field = field_of(config, name)
    slider = FloatSlider(
        name=name,
        label=label or label_from_name(name),
        tooltip=help_sentence(field),
        min=field.metadata["ge"],
        max=field.metadata["le"] if high is None else high,
        step=step,
    )
    slider.native.setMinimumWidth(0)
    return slider


def number_box(config: type, name: str, value: int) -> SpinBox:
    """Return a box for a field that is a whole number."""
    field = field_of(config, name)
    high = field.metadata["le"]
    return SpinBox(
        name=name,
        label=label_from_name(name),
        tooltip=help_sentence(field),
        value=value,
        min=int(field.metadata["ge"]),
        max=MAX_INTEGER if high is None else int(high),
    )


def text_line(
    config: type, name: str, *, label: str = "", placeholder: str = ""
) -> LineEdit:
    """Return a line for a field; `placeholder` is shown while nothing is written."""
    field = field_of(config, name)
    default = "" if field.default is None else str(field.default)
    line = LineEdit(
        name=name,
        label=label or label_from_name(name),
        tooltip=help_sentence(field),
        value=default,
    )
    line.native.setPlaceholderText(placeholder)
    return line


def folder_line(
    name: str, tooltip: str, *, label: str = "", placeholder: str = ""
) -> FileEdit:
    """Return a row for a folder; `placeholder` is shown if none is set."""
    line = FileEdit(
        name=name,
        label=label or label_from_name(name),
        tooltip=tooltip,
        mode=FileDialogMode.EXISTING_DIRECTORY,
        nullable=True,
    )
    line.choose_btn.text = "\u2026"
    line.choose_btn.tooltip = f"Choose a folder. {tooltip}"
    line.choose_btn.native.setFixedWidth(28)
    line.line_edit.tooltip = tooltip
    line.line_edit.native.setPlaceholderText(placeholder)
    line.margins = (0, 0, 0, 0)
    return line


def label_from_name(name: str) -> str:
    """Return the name of a field as a label: ``min_size`` becomes "Min size"."""
    return name.replace("_", " ").capitalize()


def help_sentence(field: Field[Any]) -> str:
    """Return the help text of a field with a capital letter and a full stop."""
    text = str(field.metadata["help"])
    return f"{text[:1].upper()}{text[1:]}."


def combo(name: str, choices: Callable[[Any], Sequence[Any]], tooltip: str) -> ComboBox:
    """Return a combo that is no wider than its dock, however long its entries."""
    box = ComboBox(
        name=name,
        label=label_from_name(name),
        choices=choices,
        tooltip=tooltip,
        nullable=False,
    )
    policy = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
    box.native.setSizeAdjustPolicy(policy)
    box.native.setMinimumContentsLength(COMBO_MIN_CHARACTERS)
    return box


def column(widgets: Sequence[Widget]) -> Container[Widget]:
    """Return widgets below each other, with their labels in a column of one width."""
    box: Container[Widget] = Container()
    box.extend(widgets)  # widths are made equal for what is added afterwards only
    box.margins = (0, 0, 0, 0)
    return box


def row(widgets: Sequence[Widget]) -> Container[Widget]:
    """Return widgets beside each other, without labels."""
    box = Container(widgets=widgets, layout="horizontal", labels=False)
    box.margins = (0, 0, 0, 0)
    return box


def status_line() -> Label:
    """Return a label that wraps its text, and is always as high as it then is."""
    label = Label(name="status", value="")
    native: QLabel = label.native
    native.setWordWrap(True)
    native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    EventCallback(label, QEvent.Type.Resize, lambda: fit_height(label))
    fit_height(label)
    return label


def fit_height(label: Label) -> None:
    """Give a label that wraps its text the height of it, or of two lines.

    A dock's layout passes on no heights that depend on a width.
    """
    native: QLabel = label.native
    two_lines = 2 * native.fontMetrics().lineSpacing()
    native.setMinimumHeight(max(two_lines, native.heightForWidth(native.width())))


def layers_of(viewer: napari.viewer.Viewer, kind: str) -> list[napari.layers.Layer]:
    """Return the viewer's layers of a kind, such as Image, the topmost first."""
    import napari.layers

    wanted = getattr(napari.layers, kind)
    layers = [unwrap_layer(layer) for layer in reversed(viewer.layers)]
    return [layer for layer in layers if isinstance(layer, wanted)]


def choose_active(viewer: napari.viewer.Viewer, box: ComboBox) -> None:
    """Choose the viewer's active layer in a combo of layers, if it is among them."""
    active = viewer.layers.selection.active
    for layer in box.choices:
        if layer == active:
            box.value = layer


def make_collapsible(
    name: str,
    controls: Sequence[Widget],
    tooltip: str,
    footer: Sequence[Widget] = (),
) -> QCollapsible:
    """Return parts that are hidden until their title is clicked.

    `footer` stand beside each other below the others.
    """
    # Its arrows stand in the text, which has the theme's colour; its icons are black.
    folded = QCollapsible(f"▸ {name}", expandedIcon=QIcon(), collapsedIcon=QIcon())
    folded.setDuration(0)  # an animation's end cannot be waited for
    folded.toggleButton().setToolTip(tooltip)
    # A theme's colour for a button that is down would shout.
    folded.toggleButton().setStyleSheet(
        "QPushButton { text-align: left; border: none; outline: none; "
        "background: transparent; padding: 2px; font-weight: bold; }"
    )
    for layout in (folded.layout(), folded.content().layout()):
        layout.setContentsMargins(0, 0, 0, 0)
    content: Container[Widget] = Container(labels=False)
    content.margins = (0, 0, 0, 0)
    content.append(column(controls))
    if footer:
        content.append(row(footer))
    folded.addWidget(content.native)
    folded.part = content  # magicgui's container must outlive this function
    content.native.hide()

    def show(on: bool) -> None:
        # A height of nothing would leave the parts within reach of the Tab key.
        content.native.setVisible(on)
        folded.setText(f"{'▾' if on else '▸'} {name}")
        if on:
            folded.content().setMaximumHeight(QWIDGETSIZE_MAX)

    folded.toggled.connect(show)
    return folded


def number_or_none(name: str, text: str) -> float | None:
    """Read an optional number from a line of a form."""
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number or empty; got {text!r}") from None


class EventCallback(QObject):  # type: ignore[misc]
    """Calls a function each time an event of one kind comes to a widget.

    Parameters
    ----------
    widget : magicgui Widget
    kind : QEvent.Type
        Such as that of being shown.
    call : callable
    """

    def __init__(
        self, widget: Widget, kind: QEvent.Type, call: Callable[[], object]
    ) -> None:
        super().__init__(widget.native)
        self._kind, self._call = kind, call
        widget.native.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Qt's hook for every event of the widget; lets all of them pass."""
        if event.type() == self._kind:
            self._call()
        return False
