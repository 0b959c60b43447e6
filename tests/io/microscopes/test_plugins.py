from __future__ import annotations

import pytest

from napari_nuclei.io.microscopes import plugins


def test_only_formats_whose_package_is_installed_are_readable(fake_bioio) -> None:
    assert plugins.readable_suffixes() == (".czi",)


def test_bio_formats_reads_every_format(fake_bioio, monkeypatch) -> None:
    both = {"bioio", "bioio_bioformats"}
    monkeypatch.setattr(plugins, "is_installed", both.__contains__)
    assert plugins.readable_suffixes() == tuple(plugins.PLUGINS)


def test_plugins_without_bioio_read_nothing(fake_bioio, monkeypatch) -> None:
    monkeypatch.setattr(plugins, "is_installed", {"bioio_czi"}.__contains__)
    assert plugins.readable_suffixes() == ()


def test_other_suffixes_are_those_of_the_plugins(fake_bioio) -> None:
    assert plugins.plugin_suffixes() == {".czi", ".abc", ".tif"}


def test_no_suffix_is_read_without_bioio(no_bioio) -> None:
    assert plugins.plugin_suffixes() == frozenset()


@pytest.mark.parametrize(
    ("name", "packages"),
    [
        ("a.CZI", "'napari-nuclei[bioio]'"),
        ("a.nd2", "'napari-nuclei[bioio]'"),
        ("a.oib", "bioio bioio-bioformats"),
    ],
)
def test_the_command_brings_the_package_of_a_format(name: str, packages: str) -> None:
    text = plugins.describe_missing_plugin(name)
    assert text.startswith(plugins.PLUGINS[name[-4:].lower()])
    assert text.endswith(f"needed to read {name}: python -m pip install {packages}")
