from __future__ import annotations

from napari_nuclei.scale.records.manifest_rows import (
    MANIFEST_COLUMNS,
    ManifestRow,
    cells_of,
    encode_rows,
    parse_manifest,
)

ROW = ManifestRow("a.tif", "done", 3, 0.5, "", "1f", "a_labels.tif", "Noisy.", "A01")


def test_rows_are_decoded_as_they_were_encoded() -> None:
    content = encode_rows([MANIFEST_COLUMNS, cells_of(ROW)])
    assert parse_manifest(content) == ({"a.tif": ROW}, True)


def test_manifests_of_earlier_versions_are_read() -> None:
    for count in (7, 8):
        header, cells = MANIFEST_COLUMNS[:count], cells_of(ROW)[:count]
        rows, complete = parse_manifest(encode_rows([header, cells]))
        assert complete
        assert rows["a.tif"].written == "a_labels.tif"
        assert rows["a.tif"].notes == ("Noisy." if count == 8 else "")
        assert rows["a.tif"].well == ""
