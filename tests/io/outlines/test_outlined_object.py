from __future__ import annotations

import pytest

from napari_nuclei.io.outlines.outlined_object import check_layout, label_of_name


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("nucleus 7", 7),
        ("00012", 12),
        ("0003-123456", 123456),
        ("0012-0345", None),  # ImageJ's own names: y and x of the centre
        ("0001-0012-0345", None),
        ("Nucleus", None),
        ("nucleus 0", None),
        ("nucleus 99999999999", None),
        (None, None),
        (5, None),
    ],
)
def test_only_names_of_this_package_state_a_label(name, label) -> None:
    assert label_of_name(name) == label


@pytest.mark.parametrize(
    ("axes", "shape"),
    [(None, None), (["Y"], [3]), (["X", "Y"], [3, 4]), ("YX", [3, "4"]), ([1, 2], [3])],
)
def test_axes_that_do_not_fit_are_not_used(axes, shape) -> None:
    assert check_layout(axes, shape) == ("", ())
