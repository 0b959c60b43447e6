"""A process that gives damaged files to runs: one line per case.

Usage: fuzz_worker.py KIND FIRST COUNT FOLDER. Each case prints its number before it
begins, and "FAULT ..." if the result is no row and no line for a user. The last line
is the peak memory, in MB.
"""

from __future__ import annotations

import copy
import io
import json
import logging
import random
import resource
import shutil
import signal
import struct
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import tifffile
import zarr
from numpy.typing import NDArray
from peak_memory import peak_memory

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.readers import open_image
from napari_nuclei.scale.batch import segment_files
from napari_nuclei.scale.large import segment_large
from napari_nuclei.scale.plates import segment_plate

MAX_ADDRESSES = 12 << 30
MAX_SECONDS = 10
NUMBERS = (0, 1, 2, 3, 7, 8, 255, 256, 65535, 1 << 16, 1 << 31, (1 << 32) - 1)


Case = Callable[[random.Random, Path], str | None]
"""Takes a seeded generator and a folder; returns what is wrong."""


def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return bright pixels as nuclei."""
    inside = (tiles.mean(axis=-1, keepdims=True) > 0.5).astype(np.float32)
    return np.concatenate([inside, inside], axis=-1)


SEGMENTER = Segmenter(bright, ModelCard("bright", diameter=12, min_size=4))
CONFIG = SegmentConfig(diameter="native", tile=64, overlap=16, correct=False)


def draw(shape: tuple[int, int] = (40, 50)) -> NDArray[np.uint8]:
    """Return an image of two nuclei."""
    image = np.full(shape, 10, np.uint8)
    for centre in ((12, 12), (35, 25)):
        cv2.circle(image, centre, 6, 200, cv2.FILLED)
    return image


def check_line(text: str) -> str | None:
    """Return what is wrong with a message for users."""
    if not text.strip() or "\n" in text:
        return f"FAULT not one line: {text!r}"
    if text.startswith("Unexpected error"):
        return f"FAULT {text}"
    if "MemoryError" in text or "Unable to allocate" in text:
        return f"FAULT asked for too much memory: {text}"
    return None


# TIFF ---------------------------------------------------------------------------------


def make_tiffs() -> list[bytes]:
    """Return small TIFF files of several kinds."""
    image = draw()
    colours = np.stack([image] * 3, axis=-1)
    stack = np.stack([image, image // 2, image])
    options: list[tuple[Any, dict[str, Any]]] = [
        (image, {}),
        (image.astype(np.uint16) * 20, {"compression": "zlib", "predictor": True}),
        (image.astype(np.float32), {"tile": (16, 16), "compression": "lzw"}),
        (colours, {"photometric": "rgb", "compression": "jpeg"}),
        (stack, {"imagej": True, "metadata": {"axes": "ZYX", "unit": "um"}}),
        (
            stack,
            {"ome": True, "metadata": {"axes": "CYX", "PhysicalSizeX": 0.5}},
        ),
        (stack, {"bigtiff": True, "byteorder": ">", "tile": (16, 32)}),
        (
            image // 64,
            {"photometric": "palette", "colormap": np.ones((3, 256), np.uint16)},
        ),
        (image > 100, {"photometric": "miniswhite"}),
        (stack, {"metadata": {"axes": "TYX"}, "compression": "deflate"}),
    ]
    files = []
    for pixels, how in options:
        file = io.BytesIO()
        tifffile.imwrite(file, pixels, **how)
        files.append(file.getvalue())
    return files


def tag_places(content: bytes) -> list[tuple[int, int, str]]:
    """Return position, size and byte order of all tags of a TIFF."""
    with tifffile.TiffFile(io.BytesIO(content)) as file:
        size, order = (20 if file.is_bigtiff else 12), file.byteorder
        return [(tag.offset, size, order) for page in file.pages for tag in page.tags]


def damage_tiff(content: bytes, places: Any, rng: random.Random) -> bytes:
    """Return a TIFF with damaged tags, bytes or text, or cut short."""
    damaged = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        how = rng.randrange(6)
        if how < 3:
            at, size, order = rng.choice(places)
            number = rng.choice(NUMBERS)
            part = rng.randrange(4)
            if part == 0:
                struct.pack_into(order + "H", damaged, at, rng.choice(TAG_CODES))
            elif part == 1:
                struct.pack_into(order + "H", damaged, at + 2, rng.randrange(20))
            elif part == 2 or size == 20:
                struct.pack_into(order + "I", damaged, at + 4, number)
            else:
                struct.pack_into(order + "I", damaged, at + 8, number)
        elif how == 3:
            for _ in range(rng.randrange(1, 20)):
                damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        elif how == 4:
            del damaged[rng.randrange(4, len(damaged)) :]
            return bytes(damaged)
        else:
            digits = [n for n, byte in enumerate(damaged) if chr(byte).isdigit()]
            for _ in range(3):
                damaged[rng.choice(digits)] = ord(rng.choice('0123456789-e"<>&'))
    return bytes(damaged)


TAG_CODES = (254, 256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 282, 284, 296)
TAG_CODES += (317, 320, 322, 323, 324, 325, 330, 338, 339, 270, 305, 34412, 50838)


def fuzz_tiff() -> Case:
    """Return a function that segments a damaged TIFF."""
    files = [(content, tag_places(content)) for content in make_tiffs()]

    def run(rng: random.Random, folder: Path) -> str | None:
        path = folder / "a.tif"
        path.write_bytes(damage_tiff(*rng.choice(files), rng))
        (result,) = segment_files(
            path, folder / "out", model=SEGMENTER, config=CONFIG, workers=1
        )
        fault = check_line(result.reason) if result.reason else None
        try:
            image = open_image(path)
            image.close()
        except USER_ERRORS as error:
            fault = fault or check_line(format_error(error))
        return fault

    return run


# zarr ---------------------------------------------------------------------------------


def make_zarrs(folder: Path) -> list[Path]:
    """Write a zarr array, OME-Zarr images of two versions, and a plate."""
    from ome_zarr.writer import write_image, write_plate_metadata, write_well_metadata

    image = draw()
    paths = [folder / f"{n}.zarr" for n in range(4)]
    zarr.create_array(paths[0], data=image, chunks=(32, 32))
    for version, path in ((2, paths[1]), (3, paths[2])):
        group = zarr.open_group(path, mode="w", zarr_format=version)
        units = {"y": "micrometer", "x": "micrometer"}
        how: dict[str, Any] = {"axes_units": units, "scale_factors": [2]}
        write_image(np.stack([image, image]), group, axes="cyx", **how)
    group = zarr.open_group(paths[3], mode="w")
    write_plate_metadata(group, ["A"], ["1"], ["A/1"], name="test")
    well = group.require_group("A/1")
    write_well_metadata(well, ["0"])
    write_image(image, well.require_group("0"), axes="yx", scale_factors=[2])
    return paths


VALUES: tuple[Any, ...] = (
    *(None, True, "", "0", "../0", "/", [], {}, [0], [[]], {"a": 1}, -1, 0, 1, 0.5),
    *(7, 1 << 31, 1 << 62, 1 << 80, 1e300, float("nan"), float("inf"), "x" * 3000),
    *("<f8", "|O", "|S5", "<M8[ns]", "complex128", "string", "bytes", "blosc", "gzip"),
)


def damage_json(value: Any, rng: random.Random) -> Any:
    """Return JSON of which one value is replaced, removed, doubled or nested."""
    places: list[tuple[Any, Any]] = []

    def visit(node: Any) -> None:
        keys = node if isinstance(node, dict) else range(len(node))
        for key in keys:
            places.append((node, key))
            if isinstance(node[key], dict | list):
                visit(node[key])

    value = copy.deepcopy(value)
    visit(value)
    if not places:
        return rng.choice(VALUES)
    node, key = rng.choice(places)
    how = rng.randrange(8)
    if how == 0:
        del node[key]
    elif how == 1 and isinstance(node, list):
        node.append(copy.deepcopy(node[key]))
    elif how == 2:
        for _ in range(rng.choice((3, 300))):
            node[key] = [node[key]]
    elif how == 3:
        other, second = rng.choice(places)
        node[key], other[second] = (
            copy.deepcopy(other[second]),
            copy.deepcopy(node[key]),
        )
    else:
        node[key] = rng.choice(VALUES)
    return value


def damage_zarr(path: Path, rng: random.Random) -> None:
    """Damage metadata of a zarr, or rarely a chunk."""
    files = [file for file in path.rglob("*") if file.is_file()]
    names = ("zarr.json", ".zarray", ".zattrs", ".zgroup")
    metadata = sorted(file for file in files if file.name in names)
    chunks = sorted(file for file in files if file.name not in names)
    for _ in range(rng.choice((1, 1, 2, 3))):
        if rng.random() < 0.1:
            chunk = rng.choice(chunks)
            chunk.write_bytes(rng.randbytes(rng.randrange(100)))
            continue
        file = rng.choice(metadata)
        text = file.read_text(errors="replace")
        how = rng.random()
        if how < 0.05:
            file.write_text(text[: rng.randrange(len(text) or 1)])
        elif how < 0.1:
            file.write_bytes(rng.randbytes(50))
        else:
            try:
                file.write_text(json.dumps(damage_json(json.loads(text), rng)))
            except (ValueError, TypeError, RecursionError):  # it was damaged before
                continue


def fuzz_zarr() -> Case:
    """Return a function that segments a damaged zarr."""
    originals: list[Path] = []

    def run(rng: random.Random, folder: Path) -> str | None:
        if not originals:
            place = folder.parent / "originals"
            place.mkdir()
            originals.extend(make_zarrs(place))
        original = rng.choice(originals)
        path, out = folder / "a.zarr", folder / "out.zarr"
        shutil.copytree(original, path)
        damage_zarr(path, rng)
        segment: Any = segment_plate if original == originals[3] else segment_large
        channel = None if original in (originals[0], originals[3]) else 0
        how: dict[str, Any] = {"model": SEGMENTER, "config": CONFIG, "block": 64}
        try:
            result = segment(path, out, channel=channel, workers=1, **how)
        except USER_ERRORS as error:
            return check_line(format_error(error))
        if isinstance(result, list):
            reasons = [field.reason for field in result if field.reason]
            return next(filter(None, map(check_line, reasons)), None)
        reasons = [str(failure) for failure in result.failed]
        return next(filter(None, map(check_line, reasons)), None)

    return run


# manifest -----------------------------------------------------------------------------


def fuzz_manifest() -> Case:
    """Return a function that continues a run with a damaged manifest."""
    names = ("a.png", 'b, "c"\n.png')

    def run(rng: random.Random, folder: Path) -> str | None:
        source, out = folder / "in", folder / "out"
        how: dict[str, Any] = {"model": SEGMENTER, "config": CONFIG, "workers": 1}
        original = folder.parent / "original"
        if not original.exists():
            source.mkdir()
            for name in names:
                (source / name).write_bytes(cv2.imencode(".png", draw())[1].tobytes())
            segment_files(source, out, **how)
            shutil.copytree(folder, original)
        shutil.copytree(original, folder, dirs_exist_ok=True)
        manifest = out / "results.csv"
        content = bytearray(manifest.read_bytes())
        for _ in range(rng.choice((1, 1, 2, 5))):
            kind = rng.randrange(4)
            at = rng.randrange(len(content) + 1)
            if kind == 0:
                del content[at:]
            elif kind == 1:
                content[at:at] = rng.choice(
                    (b'"', b"\n", b"\r", b",", b"\0", b"\xff", b'""', b"99")
                ) * rng.choice((1, 1, 3, 3000, 200_000))
            elif kind == 2:
                del content[at : at + rng.randrange(40)]
            elif content:
                content[rng.randrange(len(content))] = rng.randrange(256)
        manifest.write_bytes(content)
        try:
            results = segment_files(source, out, **how)
        except USER_ERRORS as error:
            if "is not a manifest of an earlier run" in str(error):
                return None
            return f"FAULT {format_error(error)}"
        if any(result.reason for result in results):
            return f"FAULT {results}"
        again = segment_files(source, out, **how)
        if not all(result.already_done for result in again):
            return f"FAULT not done: {again}"
        return None

    return run


FUZZERS = {"tiff": fuzz_tiff, "zarr": fuzz_zarr, "manifest": fuzz_manifest}


def run_once(run: Case, folder: Path, seed: str) -> str | None:
    """Run a case in a new folder; return what is wrong."""
    folder.mkdir()
    try:
        return run(random.Random(seed), folder)
    except Exception as error:
        return f"FAULT {type(error).__name__}: {format_error(error)}"
    finally:
        shutil.rmtree(folder)


def main() -> None:
    """Run the cases."""
    kind, first, count, folder = sys.argv[1], *map(int, sys.argv[2:4]), sys.argv[4]
    warnings.simplefilter("ignore")
    logging.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MAX_ADDRESSES, MAX_ADDRESSES))
    run = FUZZERS[kind]()
    run_once(run, Path(folder) / "warm", "warm-up")  # imports take long
    case_folder = Path(folder) / "case"
    for number in range(first, first + count):
        print(number, flush=True)
        # After 10 s of computing the process dies of SIGPROF, which the test reports.
        signal.setitimer(signal.ITIMER_PROF, MAX_SECONDS)
        fault = run_once(run, case_folder, f"{kind} {number}")
        if fault:
            print(fault.replace("\n", " ")[:600], flush=True)
    signal.setitimer(signal.ITIMER_PROF, 0)
    print(f"PEAK {peak_memory() / 2**20:.0f}", flush=True)


main()
