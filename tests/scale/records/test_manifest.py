from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pytest

from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.scale.records.manifest import (
    DONE,
    MANIFEST_NAME,
    ManifestRow,
    append_to_manifest,
    is_done,
    list_output_names,
    read_manifest,
    repair_manifest,
    run_fingerprint,
    update_manifest,
    write_manifest,
)

ROW = ManifestRow(
    *("in/a.png", DONE, 3, 0.25, "", "1f", "a_labels.tif/a_nuclei.csv"),
    notes="It is noisy. (planes 0, 2); The background is uneven.",
    flags="out of focus; low contrast",
    quality=Quality(3, 0.1 + 0.2, 0.25, 2.5, 0.5, 0.125, 0.75, 1.0, 2.0, 1),
)
OTHER = replace(ROW, file='in/b, "c".png', status="failed", reason="empty\n(0 bytes)")
OTHER = replace(OTHER, flags="", quality=None)


def test_rows_are_read_as_they_were_written(tmp_path: Path) -> None:
    write_manifest(tmp_path, [ROW, OTHER])
    assert read_manifest(tmp_path) == {ROW.file: ROW, OTHER.file: OTHER}
    assert read_manifest(tmp_path / "other") == {}


def test_the_last_row_of_a_file_counts(tmp_path: Path) -> None:
    for row in (OTHER, ROW, replace(ROW, nuclei=9)):
        append_to_manifest(tmp_path, row)
    assert read_manifest(tmp_path)[ROW.file].nuclei == 9
    update_manifest(tmp_path, [replace(ROW, nuclei=5)])
    rows = read_manifest(tmp_path)
    assert [*rows] == [OTHER.file, ROW.file]
    assert rows[ROW.file].nuclei == 5
    assert (tmp_path / MANIFEST_NAME).read_text().count("a_labels.tif") == 2


def test_a_row_that_was_cut_short_is_skipped(tmp_path: Path) -> None:
    write_manifest(tmp_path, [ROW, OTHER])
    path = tmp_path / MANIFEST_NAME
    text = path.read_text()
    path.write_text(text[: text.index("failed") + 3])
    assert [*read_manifest(tmp_path)] == [ROW.file]


def test_a_file_is_done_if_its_run_and_its_results_are_the_same(tmp_path: Path) -> None:
    assert ROW.output_names == ["a_labels.tif", "a_nuclei.csv"]
    assert not is_done(ROW, "1f", tmp_path)
    for name in ROW.output_names:
        (tmp_path / name).touch()
    assert is_done(ROW, "1f", tmp_path)
    assert not is_done(ROW, "20", tmp_path)
    assert not is_done(replace(ROW, status="failed"), "1f", tmp_path)
    assert not is_done(None, "1f", tmp_path)


def test_the_fingerprint_changes_with_the_file_and_the_settings(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    missing = run_fingerprint(path, [1])
    path.write_bytes(b"1")
    found = run_fingerprint(path, [1])
    assert found == run_fingerprint(path, [1])
    assert len({missing, found, run_fingerprint(path, [2])}) == 3
    path.write_bytes(b"12")
    assert run_fingerprint(path, [1]) != found


def test_the_manifest_is_a_result_too(tmp_path: Path) -> None:
    assert list_output_names(tmp_path) == set()
    write_manifest(tmp_path, [ROW])
    of_run = {MANIFEST_NAME, "results.json"}
    assert list_output_names(tmp_path) == {*ROW.output_names, *of_run}


def test_another_table_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).write_text("plate,cells\nA1,7\n")
    with pytest.raises(ValueError, match="is not a manifest of an earlier run"):
        read_manifest(tmp_path)
    assert list_output_names(tmp_path) == set()


def test_notes_are_read_one_by_one() -> None:
    expected = ("It is noisy. (planes 0, 2)", "The background is uneven.")
    assert ROW.separate_notes == expected
    assert replace(ROW, notes="").separate_notes == ()


def test_a_manifest_of_an_earlier_version_is_continued(tmp_path: Path) -> None:
    old = replace(OTHER, notes="")
    write_manifest(tmp_path, [old])
    path = tmp_path / MANIFEST_NAME
    header, rest = path.read_text().split("\n", 1)
    assert ",written,notes," in header
    earlier, notes, more = header.partition(",notes")
    commas = "," * (notes + more).count(",")
    assert rest.rstrip().endswith(commas)
    lines = [earlier, rest.rstrip().removesuffix(commas), ""]
    path.write_text("\n".join(lines))
    assert read_manifest(tmp_path) == {old.file: old}
    append_to_manifest(tmp_path, ROW)
    assert read_manifest(tmp_path) == {old.file: old, ROW.file: ROW}
    update_manifest(tmp_path, [ROW])
    assert path.read_text().startswith(header)


@pytest.mark.parametrize("cut", range(1, 40, 3))
def test_a_row_after_one_that_was_cut_short_is_read(tmp_path: Path, cut: int) -> None:
    quoted = replace(OTHER, file='in/b, "c"\n".png')
    write_manifest(tmp_path, [ROW, quoted])
    path = tmp_path / MANIFEST_NAME
    path.write_bytes(path.read_bytes()[:-cut])
    repair_manifest(tmp_path)
    append_to_manifest(tmp_path, replace(ROW, file="in/new.png"))
    assert [*read_manifest(tmp_path)] == [ROW.file, "in/new.png"]


def test_a_manifest_that_was_emptied_is_continued(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_NAME).touch()
    append_to_manifest(tmp_path, ROW)
    append_to_manifest(tmp_path, OTHER)
    assert read_manifest(tmp_path) == {ROW.file: ROW, OTHER.file: OTHER}


def test_two_threads_lose_no_row_of_each_other(tmp_path: Path) -> None:
    def run(name: str) -> None:
        rows = [replace(ROW, file=f"{name}{number}") for number in range(20)]
        for row in rows:
            append_to_manifest(tmp_path, row)
        update_manifest(tmp_path, rows)

    threads = [Thread(target=run, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read_manifest(tmp_path)) == 60
    assert os.listdir(tmp_path) == [MANIFEST_NAME]


def test_a_message_with_characters_that_cannot_be_written_is_listed(
    tmp_path: Path,
) -> None:
    append_to_manifest(tmp_path, replace(ROW, reason="bad tag \ud800"))
    assert read_manifest(tmp_path)[ROW.file].reason == r"bad tag \ud800"


def test_the_error_of_a_full_disk_names_the_manifest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_manifest(tmp_path, [ROW])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as raised:
        append_to_manifest(tmp_path, OTHER)
    assert raised.value.filename == str(tmp_path / MANIFEST_NAME)
