from __future__ import annotations

import pytest

from napari_nuclei.io.optional_packages import import_extra


def test_a_missing_package_gives_the_command_that_installs_it() -> None:
    with pytest.raises(
        ModuleNotFoundError,
        match=r"no_such_package is needed here: .*'napari-nuclei\[large\]'",
    ):
        import_extra("no_such_package.part")


def test_a_module_of_an_installed_package_is_returned() -> None:
    import json.decoder

    assert import_extra("json.decoder") is json.decoder
