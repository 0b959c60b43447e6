from __future__ import annotations

import os
import threading

import pytest

from napari_nuclei.model.native_output import suppress_native_output


def test_native_output_is_discarded_inside_and_shown_with_the_debug_variable(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with suppress_native_output():
        os.write(2, b"greeting")
    os.write(2, b"error")
    assert capfd.readouterr().err == "error"
    monkeypatch.setenv("NAPARI_NUCLEI_DEBUG", "1")
    with suppress_native_output():
        os.write(2, b"greeting")
    assert capfd.readouterr().err == "greeting"


def test_an_error_restores_standard_error(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(ValueError, match="wrong"), suppress_native_output():
        raise ValueError("wrong")
    os.write(2, b"heard")
    assert capfd.readouterr().err == "heard"


def test_threads_do_not_discard_later_output(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def greet() -> None:
        for _ in range(50):
            with suppress_native_output():
                os.write(2, b"greeting")

    threads = [threading.Thread(target=greet) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(2, b"error")
    assert capfd.readouterr().err == "error"
