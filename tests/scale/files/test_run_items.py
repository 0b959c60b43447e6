from __future__ import annotations

from pathlib import Path

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.files.file_task import FileTask
from napari_nuclei.scale.files.run_items import segment_items
from napari_nuclei.scale.inputs import FileToSegment


def test_results_go_to_the_manifest_of_each_folder_in_the_order_of_the_items(
    tmp_path: Path, plate: Path, segmenter: Segmenter
) -> None:
    folders = [tmp_path / "x", tmp_path / "y"]
    items = [
        FileToSegment(plate / name, folder, name[0])
        for folder, name in zip(
            folders * 2, ["c.tif", "a.png", "b.png", "broken.png"], strict=True
        )
    ]
    for folder in folders:
        folder.mkdir()
    calls: list[tuple[int, int]] = []
    results = segment_items(
        FileTask(segmenter, ("labels",)),
        items,
        record={"made": "here"},
        workers=1,
        scheduler=None,
        progress=lambda done, total: calls.append((done, total)),
        on_result=lambda result: None,
    )
    assert [result.path.name for result in results] == [i.path.name for i in items]
    assert [bool(result.reason) for result in results] == [False] * 3 + [True]
    assert sorted(set(calls)) == [(n, 4) for n in range(5)]
    for folder, names in zip(
        folders, (["b.png", "c.tif"], ["a.png", "broken.png"]), strict=True
    ):
        text = (folder / "results.csv").read_text()
        assert all(name in text for name in names)
        assert "here" in (folder / "results.json").read_text()
