"""Damage model files at random and open them, many in one process.

Each task that the product gives to a child process runs in a fork of this process here,
with the same limits. That saves loading LiteRT and TensorFlow for each case.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import sys
import time
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from peak_memory import peak_memory

from napari_nuclei.core.errors import format_error
from napari_nuclei.model import foreign, keras_weights, litert_check
from napari_nuclei.model.child_task import ChildTaskError, describe_exit
from napari_nuclei.model.child_task_main import TASKS, limit_resources
from napari_nuclei.model.exchange import import_model
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.selftest import run_self_test
from napari_nuclei.model.store import (
    BUNDLED,
    CARD_FILE,
    LITERT_FILE,
    find_model,
    invalid_models,
    list_models,
    models_folder,
    read_card,
    write_card,
)

FAST = BUNDLED / "nuclei-fast"
EXTREMES = (0, 1, 0x7F, 0xFF, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
MEMORY_LIMIT = 2 << 30
CASE_SECONDS = 60


def fork_and_run(action: Any, timeout: float, memory: int) -> tuple[int, bytes]:
    """Run an action in a fork; return its exit status and what it answers."""
    read, write = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(read)
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        signal.alarm(int(timeout) + 1)
        limit_resources(memory, timeout)
        try:
            answer = {"result": action()}
        except MemoryError:
            answer = {"error": "needs too much memory"}
        except Exception as error:
            answer = {"error": format_error(error), "kind": type(error).__name__}
        with os.fdopen(write, "w") as channel:
            channel.write(json.dumps(answer, default=str))
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as channel:
        content = channel.read()
    _, status = os.waitpid(process, 0)
    return status, content


def run_in_fork(
    task: str, arguments: dict[str, Any], *, timeout: float, memory: int = MEMORY_LIMIT
) -> dict[str, Any]:
    """Stand in for `run_in_child_process`."""
    status, content = fork_and_run(lambda: TASKS[task](**arguments), timeout, memory)
    if os.WIFSIGNALED(status) or not content:
        code = os.waitstatus_to_exitcode(status)
        raise ChildTaskError(f"is damaged: it {describe_exit(code)}")
    answer = json.loads(content)
    if "error" in answer:
        raise ChildTaskError(answer["error"])
    result: dict[str, Any] = answer["result"]
    return result


def damage(content: bytes, rng: np.random.Generator) -> bytes:
    """Return a file with bytes changed, removed, repeated or replaced."""
    changed = bytearray(content)
    near = int(rng.choice([256, 4096, 65536, len(content)]))
    for _ in range(int(rng.integers(1, 9))):
        if len(changed) < 16:
            break
        reach = min(near, len(changed) - 8)
        start = int(rng.integers(0, reach))
        if rng.random() < 0.3:  # tables are often at the end
            start = len(changed) - 8 - start
        kind = rng.integers(0, 6)
        if kind == 0:
            changed[start] ^= 1 << int(rng.integers(0, 8))
        elif kind == 1:
            changed[start] = int(rng.integers(0, 256))
        elif kind == 2:
            start &= ~3
            struct.pack_into("<I", changed, start, int(rng.choice(EXTREMES)))
        elif kind == 3:
            length = int(rng.integers(1, 64))
            changed[start : start + length] = bytes(
                len(changed[start : start + length])
            )
        elif kind == 4:
            del changed[start : start + int(rng.integers(1, 64))]
        else:
            changed[start:start] = changed[start : start + int(rng.integers(1, 64))]
    if rng.random() < 0.05:
        del changed[int(rng.integers(0, len(changed) + 1)) :]
    return bytes(changed)


def deep(depth: int) -> Any:
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def odd_values(witness: str) -> list[Any]:
    """Return values of the wrong type or size, and objects that would run code."""
    call = {"module": "keras.utils", "class_name": "function", "config": "get_file"}
    code = {"class_name": "__lambda__", "config": {"value": "eA=="}}
    return [
        None,
        True,
        -1,
        0,
        1e308,
        float("nan"),
        10**9,
        10**400,
        "",
        "\x1b[2J",
        "x" * 10_000,
        "../../x",
        [],
        {},
        [0],
        deep(50),
        {"a": {"b": []}},
        "float99",
        "Lambda",
        "layers.Lambda",
        "keras.utils",
        "os",
        "system",
        [None, None, None, 3],
        [1 << 20, 1 << 20],
        {**call, "registered_name": "keras.utils.get_file"},
        {**call, "module": "builtins", "registered_name": "get_file"},
        code,
        {"module": "os", "class_name": "function", "config": f"touch {witness}"},
        {
            "module": "keras",
            "class_name": "layers.Lambda",
            "config": {"name": "x", "function": code, "arguments": {}},
        },
        {
            "module": "keras.layers",
            "class_name": "TFSMLayer",
            "config": {"filepath": witness},
        },
    ]


def change_json(value: Any, rng: np.random.Generator, witness: str) -> Any:
    """Change some values of a JSON file."""
    places: list[tuple[Any, Any]] = []
    pending = [value]
    while pending:
        item = pending.pop()
        inner = item.items() if isinstance(item, dict) else enumerate(item)
        for key, part in list(inner):
            places.append((item, key))
            if isinstance(part, dict | list):
                pending.append(part)
    odd = odd_values(witness)
    for _ in range(int(rng.integers(1, 4))):
        item, key = places[int(rng.integers(0, len(places)))]
        part = item[key] if isinstance(item, dict) and key in item else None
        choice = rng.random()
        if choice < 0.2 and isinstance(item, dict):
            item.pop(key, None)
        elif choice < 0.5 and isinstance(part, int | float) and part == part:
            scale = float(rng.choice([-1, 2, 3, 7, 1000, 1e6]))
            item[key] = int(part * scale) if isinstance(part, int) else part * scale
        elif isinstance(item, dict) or key < len(item):
            item[key] = odd[int(rng.integers(0, len(odd)))]
    return value


def read_members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def write_members(path: Path, members: dict[str, bytes], level: int = 8) -> Path:
    with zipfile.ZipFile(path, "w", level) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


class Fuzzer:
    """Make and try cases.

    Parameters
    ----------
    folder : Path
        An empty folder.
    network : Path
        A `.keras` file.
    exported : Path
        A zip file of a model.
    """

    def __init__(self, folder: Path, network: Path, exported: Path) -> None:
        self.folder, self.exported = folder, exported.read_bytes()
        self.network = network.read_bytes()
        self.members = read_members(network)
        self.zipped = read_members(exported)
        self.litert = (FAST / LITERT_FILE).read_bytes()
        self.card = read_card(FAST)
        self.witness = str(folder / "witness")
        self.image = np.random.default_rng(0).integers(0, 255, (150, 170), np.uint8)

    def card_case(self, rng: np.random.Generator) -> None:
        """List models, one of which has a damaged card."""
        folder = models_folder() / "broken"
        folder.mkdir(parents=True, exist_ok=True)
        text = (FAST / CARD_FILE).read_bytes()
        if rng.random() < 0.3:
            text = damage(text, rng)
        else:
            values = change_json(json.loads(text), rng, self.witness)
            text = json.dumps(values).encode()
        if rng.random() < 0.05:
            text = b'{"name": ' + b"[" * int(rng.integers(1, 1e6))
        (folder / CARD_FILE).write_bytes(text)
        names = [entry.name for entry in list_models()]
        assert names[:2] == ["nuclei", "nuclei-fast"]
        broken = invalid_models()
        assert ("broken" in names) != ("broken" in broken)
        assert all("\x1b" not in line and "\n" not in line for line in broken.values())
        card = find_model("broken").card
        json.dumps(replace(card, training={}).as_dict())
        write_card(folder, card)
        assert find_model("broken").card.name == "broken"

    def litert_case(self, rng: np.random.Generator) -> None:
        """Load a model with a damaged network, whose author has made its card."""
        folder = self.folder / "litert"
        folder.mkdir(exist_ok=True)
        (folder / LITERT_FILE).write_bytes(damage(self.litert, rng))
        write_card(folder, self.card)
        segmenter = load_segmenter(folder)
        self.in_napari(lambda: segmenter.run(self.image).labels.max())

    def zip_case(self, rng: np.random.Generator) -> None:
        """Import a damaged zip file."""
        path = self.folder / "m.zip"
        if rng.random() < 0.5:
            path.write_bytes(damage(self.exported, rng))
        else:
            members = dict(self.zipped)
            name = str(rng.choice(sorted(members)))
            members[name] = damage(members[name], rng)
            if rng.random() < 0.3:
                other = str(
                    rng.choice(["../evil", "/evil", "a/" * 99 + "x", "card.json"])
                )
                members[other] = members[name]
            write_members(path, members)
        self.try_import(path)

    def keras_case(self, rng: np.random.Generator) -> None:
        """Import a damaged `.keras` file."""
        path = self.folder / "net.keras"
        choice = rng.random()
        if choice < 0.2:
            path.write_bytes(damage(self.network, rng))
        else:
            members = dict(self.members)
            if choice < 0.5:
                name = "model.weights.h5"
                members[name] = damage(members[name], rng)
            else:
                config = json.loads(members["config.json"])
                config = change_json(config, rng, self.witness)
                members["config.json"] = json.dumps(config).encode()
            write_members(path, members)
        self.try_import(path)

    def try_import(self, path: Path) -> None:
        """Import a model, run its self-test and segment an image with it."""
        before = {x.name for x in self.folder.iterdir()}
        try:
            entry = import_model(path, name="imported")
            test = run_self_test(entry)
            assert test is None or "\n" not in test.summary()
            segmenter = load_segmenter(entry.name)
            self.in_napari(lambda: segmenter.run(self.image).labels.max())
        finally:
            shutil.rmtree(models_folder() / "imported", ignore_errors=True)
            assert {x.name for x in self.folder.iterdir()} == before
            hidden = [x.name for x in models_folder().glob(".*")]
            assert set(hidden) <= {".checked"}, hidden

    def in_napari(self, action: Any) -> None:
        """Do what napari does with an accepted model, in a fork, as it may crash."""
        status, content = fork_and_run(action, CASE_SECONDS, 4 << 30)
        answer = json.loads(content) if content else {"kind": f"status {status}"}
        if answer.get("kind", "ValueError") not in ("ValueError", "RuntimeError"):
            raise AssertionError(f"napari would have crashed: {answer}")

    def run(self, kind: str, number: int) -> dict[str, Any]:
        """Try one case; return what happened."""
        rng = np.random.default_rng([number, sum(kind.encode())])
        started, before = time.monotonic(), sum(os.times()[:4])
        try:
            getattr(self, f"{kind}_case")(rng)
            result = "accepted"
        except (OSError, ValueError) as error:
            result = "refused"
            if "\n" in format_error(error):
                result = "several lines"
        except Exception as error:
            result = f"{type(error).__name__}: {format_error(error)}"
        seconds = time.monotonic() - started
        if Path(self.witness).exists():
            result = "code of the file ran"
        return {
            "case": number,
            "result": result,
            "seconds": round(seconds, 2),
            # On a busy machine this says more than the seconds that have passed.
            "processor": round(sum(os.times()[:4]) - before, 2),
        }


def main(
    kind: str, first: str, count: str, folder: str, network: str, exported: str
) -> None:
    """Try cases of one kind; print a line for each, then the memory in bytes."""
    import logging
    import resource

    logging.disable()
    import h5py  # noqa: F401

    if kind == "keras":
        import napari_nuclei.model.convert
        import napari_nuclei.model.keras_load  # noqa: F401
    for module in (foreign, keras_weights, litert_check):
        module.run_in_child_process = run_in_fork
    Path(folder).mkdir(exist_ok=True)
    fuzzer = Fuzzer(Path(folder), Path(network), Path(exported))
    for number in range(int(first), int(first) + int(count)):
        print(json.dumps(fuzzer.run(kind, number)), flush=True)
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10
    print(json.dumps({"memory": max(peak_memory(), children)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
