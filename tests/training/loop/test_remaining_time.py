from __future__ import annotations

from napari_nuclei.training.loop.remaining_time import RemainingTime


def test_the_end_of_an_epoch_is_a_validation_until_one_is_measured() -> None:
    remaining = RemainingTime()
    assert remaining.seconds == 0
    remaining.add_validation(9.0)
    assert remaining.seconds == 3
    remaining.add_validation(2.0)
    remaining.add_epoch_end(2.5)
    assert remaining.seconds == 2.5


def test_every_trial_takes_as_long_as_the_fastest_validation() -> None:
    remaining = RemainingTime(trials=3)
    for seconds in (9.0, 2.0, 4.0):
        remaining.add_validation(seconds)
    remaining.add_epoch_end(5.0)
    assert remaining.seconds == 5 + 3 * 2


def test_the_latest_step_counts_but_not_the_first() -> None:
    remaining = RemainingTime()
    remaining.add_step(30.0)
    assert remaining.seconds == 0
    remaining.add_step(1.0)
    remaining.add_step(2.0)
    assert remaining.seconds == 2
