from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.cli.profiles.profile_file import read_profile, write_profile


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "new" / "mine.toml"
    settings = {
        "diameter": '9µm "quoted" \\ \x7f \n',
        "probability": 0.1 + 0.2,
        "channel": 1,
        "track": True,
        "format": ["labels", "csv"],
    }
    write_profile(path, {"Nuclei": settings, "Tables": {}})
    assert read_profile(path) == settings
    text = path.read_text(encoding="utf-8")
    assert "version = 1\n" in text and "# Nuclei" in text and "# Tables" not in text


def test_a_profile_ends_in_toml(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"A profile is a \.toml file; got mine\.txt"):
        write_profile(tmp_path / "mine.txt", {})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("diameter = ", "is not a profile in TOML: "),
        ("version = 2", "is a profile of version 2; this program reads version 1"),
        ("version = 'x'", "version must be a whole number such as 1; got 'x'"),
        ("version = true", "version must be a whole number such as 1; got True"),
        ("[nuclei]\ndiameter = 3", "Write all settings without \\[sections\\]"),
        ("ring = 2026-01-01", "ring must be a text, a number, true, false or a list"),
        ("format = [[1]]", "format must be a text, a number, true, false or a list"),
        ("format = [true]", "format must be a text, a number, true, false or a list"),
        ("x = " + "[" * 5000, "is not a profile in TOML"),
    ],
)
def test_a_damaged_profile_gets_one_line(
    tmp_path: Path, content: str, message: str
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(ValueError, match=message) as raised:
        read_profile(path)
    assert str(raised.value).startswith(str(path))


def test_bytes_that_are_not_text_get_one_line(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not a profile in TOML"):
        read_profile(path)


def test_a_file_of_notepad_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes("\ufeffchannel = 1\r\n".encode())
    assert read_profile(path) == {"channel": 1}
