from __future__ import annotations

from typing import Any

import pytest

from napari_nuclei.config.channel_names import channel_notes, number_of_channel


@pytest.mark.parametrize(
    ("names", "channel", "number"),
    [
        ((), None, None),
        ((), "red", "red"),
        (("GFP", "Hoechst 33342"), None, 1),
        (("GFP", "DAPI"), "gfp", 0),
        (("GFP", "DAPI"), 0, 0),
        (("red", "DAPI"), "red", 0),
        (("GFP", "DAPI"), "red", "red"),
        (("GFP",), None, 0),
    ],
)
def test_a_name_stands_for_a_number(names: Any, channel: Any, number: Any) -> None:
    assert number_of_channel(names, channel) == number


@pytest.mark.parametrize("names", [("GFP", "RFP"), ("DAPI", "DAPI 2")])
def test_names_are_listed_if_none_is_clear(names: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=rf"2 channels.*0 \({names[0]}\), 1 \("):
        number_of_channel(names, None)


def test_a_name_that_no_channel_has_is_refused() -> None:
    with pytest.raises(ValueError, match=r"There is no channel w1; choose from 0 \(G"):
        number_of_channel(("GFP", "DAPI"), "w1")


@pytest.mark.parametrize(
    ("names", "channel"),
    [((), None), (("DAPI",), None), (("GFP", "RFP"), None), (("GFP", "DAPI"), 1)],
)
def test_nothing_is_noted_if_no_channel_was_found(names: Any, channel: Any) -> None:
    assert channel_notes(names, channel) == ()
