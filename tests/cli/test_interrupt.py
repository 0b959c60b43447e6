from __future__ import annotations

import signal

import pytest

from napari_nuclei.cli.interrupt import stop_on_interrupt


def test_the_first_interrupt_requests_a_stop_and_prints_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with stop_on_interrupt() as stop:
        assert not stop()
        signal.raise_signal(signal.SIGINT)
        assert stop()
        assert stop()
    assert "the best model so far will be saved" in capsys.readouterr().err


def test_the_second_interrupt_raises() -> None:
    with stop_on_interrupt():
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("error", [None, ValueError, KeyboardInterrupt])
def test_the_previous_handler_is_restored_at_the_end(
    error: type[BaseException] | None,
) -> None:
    before = signal.getsignal(signal.SIGINT)
    if error:
        with pytest.raises(error), stop_on_interrupt():
            raise error
    else:
        with stop_on_interrupt():
            assert signal.getsignal(signal.SIGINT) != before
    assert signal.getsignal(signal.SIGINT) == before


def test_a_new_block_starts_without_a_request_to_stop() -> None:
    with stop_on_interrupt():
        signal.raise_signal(signal.SIGINT)
    with stop_on_interrupt() as stop:
        assert not stop()
