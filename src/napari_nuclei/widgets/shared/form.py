"""Parts of the docks' forms: controls of settings, narrow combos, layouts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import Field, fields
from typing import TYPE_CHECKING, Any

from magicgui.types import FileDialogMode
from magicgui.widgets import (
    CheckBox,
    ComboBox,
    Container,
    FileEdit,
    FloatSlider,
    Label,
    LineEdit,
    SpinBox,
    Widget,
)
from qtpy.QtCore import QEvent, Qt
from qtpy.QtWidgets import QComboBox, QDoubleSpinBox, QLabel, QSizePolicy

from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.shared.elide import ElideMiddle
from napari_nuclei.widgets.shared.event_callback import EventCallback

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

COMBO_MIN_CHARACTERS = 12
"""Width of a combo, in characters; longer names are cut, so docks stay narrow."""


READOUT_WIDTH = 48
"""Width of the number beside a slider, in pixels."""

MAX_INTEGER = 100_000
"""Largest value of an integer field without a limit."""


def field_of(config: type, name: str) -> Field[Any]:
    """Return a field of a configuration; its metadata has the help and the limits."""
    return next(item for item in fields(config) if item.name == name)


def number_slider(
    config: type,
    name: str,
    *,
    label: str = "",
    tooltip: str = "",
    high: float | None = None,
    step: float = 0.01,
) -> FloatSlider:
    """Return a slider for a field; `high` is its maximum if the field has none."""
    field = field_of(config, name)
    slider = FloatSlider(
        name=name,
        label=label or label_from_name(name),
        tooltip=tooltip or help_sentence(field),
        min=field.metadata["ge"],
        max=field.metadata["le"] if high is None else high,
        step=step,
    )
    slider.native.setMinimumWidth(0)
    readout = slider.native.findChild(QDoubleSpinBox)
    # The theme's width of a spin box leaves little room for the slider.
    readout.setStyleSheet(
        "background: transparent; border: 0; padding: 0px; "
        f"min-width: {READOUT_WIDTH}px; max-width: {READOUT_WIDTH}px;"
    )
    readout.setAlignment(Qt.AlignmentFlag.AlignRight)
    return slider


def number_box(config: type, name: str, value: int) -> SpinBox:
    """Return a spin box for an integer field."""
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
    """Return a text line for a field; `placeholder` is shown while it is empty."""
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
    """Return a control for a folder; `placeholder` is shown while it is empty."""
    mode = FileDialogMode.EXISTING_DIRECTORY
    return path_line(name, tooltip, label, placeholder, mode, "Choose a folder.")


def file_line(
    name: str, tooltip: str, *, filter: str, label: str = "", placeholder: str = ""
) -> FileEdit:
    """Return a control for a file; `placeholder` is shown while it is empty."""
    mode = FileDialogMode.EXISTING_FILE
    line = path_line(name, tooltip, label, placeholder, mode, "Choose a file.")
    line.filter = filter
    return line


def path_line(
    name: str,
    tooltip: str,
    label: str,
    placeholder: str,
    mode: FileDialogMode,
    button_help: str,
) -> FileEdit:
    """Return a control for a path, with a narrow button that opens a dialog."""
    line = FileEdit(
        name=name,
        label=label or label_from_name(name),
        tooltip=tooltip,
        mode=mode,
        nullable=True,
    )
    line.choose_btn.text = "\u2026"
    line.choose_btn.tooltip = f"{button_help} {tooltip}"
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
    """Return a combo that is not wider than its dock, even with long entries."""
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
    ElideMiddle(box.native)
    return box


def column(widgets: Sequence[Widget]) -> Container[Widget]:
    """Return widgets below each other, with their labels in one column."""
    box: Container[Widget] = Container(widgets=widgets)
    box.margins = (0, 0, 0, 0)
    keep_height(box)
    align_columns([box])
    return box


def align_columns(boxes: Sequence[Container[Widget]]) -> None:
    """Give the labels of several columns one width, from now on."""
    for box in boxes:
        EventCallback(box, QEvent.Type.Show, lambda: align_labels(boxes))
        for widget in box:
            widget.label_changed.connect(lambda: align_labels(boxes))


def align_labels(boxes: Sequence[Container[Widget]]) -> None:
    """Give the labels of columns the width of the widest one.

    magicgui aligns them by the default font, which is narrower than napari's.
    """
    layouts = [box.native.layout() for box in boxes]
    items = [layout.itemAt(n) for layout in layouts for n in range(layout.count())]
    rows = [item.widget().layout() for item in items]
    firsts = [row.itemAt(0).widget() for row in rows if row is not None]
    labels = [widget for widget in firsts if isinstance(widget, QLabel)]
    width = max((label.sizeHint().width() for label in labels), default=0)
    for label in labels:
        label.setMinimumWidth(width)


def row(widgets: Sequence[Widget]) -> Container[Widget]:
    """Return widgets in a row, without labels."""
    box = Container(widgets=widgets, layout="horizontal", labels=False)
    box.margins = (0, 0, 0, 0)
    keep_height(box)
    return box


def keep_height(box: Container[Widget]) -> None:
    """Let a dock scroll rather than squeeze the controls in a container."""
    policy = QSizePolicy.Policy
    box.native.setSizePolicy(policy.Preferred, policy.Minimum)


def status_line() -> Label:
    """Return a label that wraps its text and adapts its height to it."""
    label = Label(name="status", value="")
    native: QLabel = label.native
    native.setWordWrap(True)
    native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
    EventCallback(label, QEvent.Type.Resize, lambda: fit_height(label))
    fit_height(label)
    return label


def fit_height(label: Label) -> None:
    """Set the height of a label to that of its wrapped text, at least two lines.

    The layout of a dock does not support heights that depend on the width.
    """
    native: QLabel = label.native
    two_lines = 2 * native.fontMetrics().lineSpacing()
    native.setMinimumHeight(max(two_lines, native.heightForWidth(native.width())))


def layers_of(viewer: napari.viewer.Viewer, kind: str) -> list[napari.layers.Layer]:
    """Return the viewer's layers of a type, such as "Image", the topmost first."""
    import napari.layers

    layer_class = getattr(napari.layers, kind)
    layers = [unwrap_layer(layer) for layer in reversed(viewer.layers)]
    return [layer for layer in layers if isinstance(layer, layer_class)]


def choose_active(viewer: napari.viewer.Viewer, box: ComboBox) -> None:
    """Select the viewer's active layer in a combo of layers, if it is listed."""
    active = viewer.layers.selection.active
    for layer in box.choices:
        if layer == active:
            box.value = layer


def number_or_none(name: str, text: str) -> float | None:
    """Return the number in a text line, or None if it is empty.

    Raises
    ------
    ValueError
        If the text is not a number; the message starts with `name`.
    """
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{name} must be a number or empty; got {text!r}") from None


def make_checkbox(name: str, text: str, tooltip: str) -> CheckBox:
    """Return a checkbox with its text on the right."""
    return CheckBox(name=name, label="", text=text, value=False, tooltip=tooltip)
