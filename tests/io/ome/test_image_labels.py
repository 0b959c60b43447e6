"""Labels in OME-Zarr images, checked with the models of the specification."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray
from ome_zarr.format import FormatV04, FormatV05
from ome_zarr.writer import write_image, write_labels
from ome_zarr_models import open_ome_zarr

from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.label_files import read_labels
from napari_nuclei.io.ome.image_labels import labels_path, open_labels
from napari_nuclei.scale.large import segment_large

FORMATS = {"0.4": FormatV04(), "0.5": FormatV05()}


@pytest.fixture(params=sorted(FORMATS))
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def source(tmp_path: Path, version: str, image: NDArray[np.uint8]) -> Path:
    """Return an OME-Zarr of two channels and two levels."""
    ome_format = FORMATS[version]
    group = zarr.open_group(
        tmp_path / "in.zarr", mode="w", zarr_format=ome_format.zarr_format
    )
    write_image(
        np.stack([image, image[::-1]]),
        group,
        axes="cyx",
        scale_factors=[2],
        scale={"c": 1.0, "y": 0.5, "x": 0.5},
        fmt=ome_format,
    )
    return tmp_path / "in.zarr"


def add_labels(
    group: zarr.Group, labels: NDArray[np.int32], name: str, version: str
) -> None:
    write_labels(
        labels,
        group,
        name,
        scaler=None,
        scale_factors=[2],
        axes="yx",
        fmt=FORMATS[version],
    )


def attributes(path: Path) -> dict[str, Any]:
    found = zarr.open_group(path, mode="r").attrs.asdict()
    return dict(found.get("ome", found))


def levels(path: Path) -> list[dict[str, Any]]:
    return list(attributes(path)["multiscales"][0]["datasets"])


def transforms(level: dict[str, Any]) -> list[list[float]]:
    return [move[move["type"]] for move in level["coordinateTransformations"]]


def test_labels_are_added_to_their_image(
    source: Path, version: str, segmenter: Segmenter, truth: NDArray[np.int32]
) -> None:
    result = segment_large(source, into_image=True, model=segmenter, channel=0)
    assert result.labels == source / "labels" / "nuclei"
    model = open_ome_zarr(zarr.open_group(source, mode="r"), version=version)
    assert model.labels is not None
    assert attributes(source / "labels")["labels"] == ["nuclei"]
    described = attributes(result.labels)
    assert described["image-label"]["source"] == {"image": "../.."}
    assert [transforms(level) for level in levels(result.labels)] == [
        [[0.5, 0.5]],  # an origin of 0 is not written
        [[1.0, 1.0], [0.25, 0.25]],
    ]
    assert transforms(levels(source)[1]) == [[1.0, 1.0, 1.0], [0.0, 0.25, 0.25]]
    np.testing.assert_array_equal(read_labels(source) > 0, truth > 0)
    np.testing.assert_array_equal(read_labels(result.labels) > 0, truth > 0)
    assert not list((source / "labels").glob("*.partial"))


def test_other_labels_stay(
    source: Path, version: str, segmenter: Segmenter, truth: NDArray[np.int32]
) -> None:
    group = zarr.open_group(source, mode="a")
    add_labels(group, truth * 7, "mine", version)
    segment_large(source, into_image=True, model=segmenter, channel=0)
    assert attributes(source / "labels")["labels"] == ["mine", "nuclei"]
    np.testing.assert_array_equal(read_labels(source / "labels/mine"), truth * 7)
    with pytest.raises(ValueError, match=r"holds 2 labels: mine, nuclei\. Name one"):
        read_labels(source)
    for name in ("mine", "nuclei"):
        with pytest.raises(FileExistsError, match=f"{name} already exists"):
            segment_large(
                source, into_image=True, labels_name=name, model=segmenter, channel=0
            )
    np.testing.assert_array_equal(read_labels(source / "labels/mine"), truth * 7)
    second = segment_large(
        source, into_image=True, labels_name="other", model=segmenter, channel=1
    )
    assert attributes(source / "labels")["labels"] == ["mine", "nuclei", "other"]
    np.testing.assert_array_equal(read_labels(second.labels) > 0, truth[::-1] > 0)


@pytest.mark.filterwarnings("ignore:Consolidated metadata")
def test_consolidated_metadata_list_the_new_labels(
    source: Path, segmenter: Segmenter
) -> None:
    zarr.consolidate_metadata(source)
    segment_large(source, into_image=True, model=segmenter, channel=0)
    group = zarr.open_consolidated(source)
    assert group["labels/nuclei/0"].shape == (60, 90)


def test_a_store_of_its_own_names_its_image_in_both_versions(
    tmp_path: Path, source: Path, segmenter: Segmenter
) -> None:
    for wanted in FORMATS:
        out = tmp_path / "results" / f"{wanted}.zarr"
        segment_large(source, out, ome_version=wanted, model=segmenter, channel=0)
        label = attributes(out)["image-label"]
        assert label["source"] == {"image": "../../in.zarr"}
        assert (out / label["source"]["image"]).resolve() == source
        open_ome_zarr(zarr.open_group(out, mode="r"), version=wanted)


def test_labels_are_not_segmented(
    tmp_path: Path, source: Path, segmenter: Segmenter
) -> None:
    segment_large(source, tmp_path / "out.zarr", model=segmenter, channel=0)
    with pytest.raises(ValueError, match=r"out\.zarr holds labels, not an image"):
        segment_large(tmp_path / "out.zarr", tmp_path / "again.zarr", model=segmenter)
    assert not (tmp_path / "again.zarr").exists()


def test_results_of_earlier_versions_are_read(
    tmp_path: Path, truth: NDArray[np.int32]
) -> None:
    """Their top is a group without metadata."""
    group = zarr.open_group(tmp_path / "old.zarr", mode="w")
    add_labels(group, truth, "nuclei", "0.5")
    np.testing.assert_array_equal(read_labels(tmp_path / "old.zarr"), truth)


def test_an_image_without_labels_is_refused(source: Path) -> None:
    with pytest.raises(ValueError, match=r"in\.zarr holds no labels"):
        open_labels(source)


@pytest.mark.parametrize("name", ["", "a/b", "../up", ".hidden"])
def test_a_name_that_is_no_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="The name of the labels must begin"):
        labels_path("image.zarr", name)


def test_labels_of_other_formats_need_a_destination(
    tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    zarr.create_array(str(tmp_path / "plain.zarr"), data=image)
    for source in (image, tmp_path / "plain.zarr"):
        with pytest.raises(ValueError, match="only be added to an OME-Zarr image"):
            segment_large(source, into_image=True, model=segmenter)


def test_contradicting_arguments_are_refused(
    tmp_path: Path, source: Path, version: str, segmenter: Segmenter
) -> None:
    with pytest.raises(ValueError, match="leave out the destination"):
        segment_large(source, tmp_path / "a.zarr", into_image=True, model=segmenter)
    with pytest.raises(ValueError, match="lies in the image itself"):
        segment_large(source, source / "labels" / "x", model=segmenter, channel=0)
    with pytest.raises(ValueError, match="Name a destination for the labels"):
        segment_large(source, model=segmenter, channel=0)
    (other,) = set(FORMATS) - {version}
    with pytest.raises(ValueError, match=f"Labels in an OME-Zarr {version} image"):
        segment_large(source, into_image=True, ome_version=other, model=segmenter)
