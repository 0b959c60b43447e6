from __future__ import annotations

import signal

import pytest

from napari_nuclei.cli.interrupt import stop_on_interrupt


def test_the_first_interrupt_is_a_wish_to_stop_and_says_so(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with stop_on_interrupt() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        assert stop()
    assert "the best model so far is being kept" in capsys.readouterr().err


def test_the_second_interrupt_interrupts() -> None:
    with stop_on_interrupt():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_interrupts_are_as_before_afterwards(error: type[BaseException] | None) -> None:
    before = signal.getsignal(signal.SIGINT)
    if error:
        with pytest.raises(error), stop_on_interrupt():
            raise error
    else:
        with stop_on_interrupt():
            assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_a_new_training_knows_nothing_of_the_last_ones_interrupt() -> None:
    with stop_on_interrupt():
        signal.raise_signal(signal.SIGINT)
    with stop_on_interrupt() as stop:
        assert not stop()
