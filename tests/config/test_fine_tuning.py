from __future__ import annotations

from typing import Any

import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.config.fine_tuning import fine_tuning_defaults


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, (10_000, 10, 90)),
        ({"budget": 30}, (10_000, 10, 30)),
        ({"epochs": 5}, (5, None, None)),
        ({"steps": 20}, (40, 20, None)),
        ({"epochs": 5, "steps": 20}, (5, 20, None)),
        ({"epochs": 5, "budget": 30}, (5, 10, 30)),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_fine_tuning_with_epochs_or_steps_has_no_budget_of_its_own(
    given: dict[str, Any], expected: tuple[int, int | None, float | None]
) -> None:
    config = TrainConfig.fine_tuning(**given)
    assert (config.epochs, config.steps, config.budget) == expected


def test_every_default_is_a_setting_that_differs_from_the_usual_one() -> None:
    usual = TrainConfig().as_dict()
    for name, value in fine_tuning_defaults({}).items():
        assert value != usual[name], name
