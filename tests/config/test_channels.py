from __future__ import annotations

from typing import Any

import pytest

from napari_nuclei.config.channels import channel_number


@pytest.mark.parametrize(("channel", "number"), [(0, 0), ("red", 0), ("Green", 1)])
def test_colours_have_numbers(channel: Any, number: int) -> None:
    assert channel_number(channel) == number


@pytest.mark.parametrize("channel", ["cyan", "", "1", 1.0, False, None], ids=repr)
def test_what_is_no_channel_is_refused(channel: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="counted from 0; got"):
        channel_number(channel)
