"""Run operations of the model store or trainings in forks of this process.

The parent of this process reads the number of each fork and kills it.
"""

from __future__ import annotations

import json
import os
import sys
import zipfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

SIZE = 200_000
"""Size of the networks, in bytes, so that writing them takes a moment."""


def fill(folder: Path, name: str, value: int) -> None:
    """Write the files of a model, all made from one number."""
    from napari_nuclei.core.card import ModelCard
    from napari_nuclei.model.store import write_card

    content = np.random.default_rng(value).bytes(SIZE)
    with zipfile.ZipFile(folder / "model.keras", "w") as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("model.weights.h5", content)
    (folder / "model.tflite").write_bytes(content)
    (folder / "figures").mkdir()
    (folder / "figures" / "curves.png").write_bytes(content[:1000])
    write_card(folder, ModelCard(name, description=str(value)))


def add(name: str, value: int, overwrite: bool = False) -> None:
    """Add a model."""
    from napari_nuclei.model.staging import stage_model

    with stage_model(name, overwrite=overwrite) as folder:
        fill(folder, name, value)


def work(seed: int, source: Path) -> None:
    """Add, replace, rename, import and remove models until killed."""
    from napari_nuclei.model.exchange import import_model
    from napari_nuclei.model.user_models import remove_model, rename_model

    rng = np.random.default_rng(seed)
    for value in range(1_000_000):
        actions: list[Any] = [
            partial(add, "kept", value, overwrite=True),
            partial(add, "kept", value, overwrite=True),
            partial(add, "own", value),
            partial(import_model, source, name="imported"),
            partial(rename_model, "own", "other"),
            partial(rename_model, "other", "own"),
            partial(remove_model, "own"),
            partial(remove_model, "imported"),
        ]
        try:
            actions[int(rng.integers(0, len(actions)))]()
        except (OSError, ValueError):
            continue  # the name is taken, or another process has removed the model


def train(seed: int, source: Path) -> None:
    """Train the model "mine", or resume its training."""
    from napari_nuclei.config import AugmentConfig, TrainConfig
    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.training.loop.run_folder import list_interrupted
    from napari_nuclei.training.train import resume, train

    if "mine" in list_interrupted():
        resume("mine")
        return
    with np.load(source / "samples.npz") as file:
        samples = [Sample(x, file[f"{x}i"], file[f"{x}l"]) for x in "abc"]
    config = TrainConfig(
        epochs=4,
        steps=2,
        batch=2,
        patch_size=64,
        tensorboard=False,
        figures_every=100,
        augment=AugmentConfig.none(),
    )
    train(
        samples[:2], "mine", config=config, validation=samples[2:], base=source / "base"
    )


def main(kind: str, source: str) -> None:
    """Start a fork for each line "run SEED"; wait for it at "wait PROCESS"."""
    from napari_nuclei.core.errors import format_error
    from napari_nuclei.model import exchange

    if kind == "store":  # the networks are random bytes
        for name in ("check_network_file", "check_weights"):
            setattr(exchange, name, lambda *args: None)
        import napari_nuclei.model.user_models
    else:
        import napari_nuclei.training.train  # noqa: F401
        from napari_nuclei.evaluation import figures

        figures.DPI = 20  # drawing takes a fifth of the time of so short a training
    action = {"store": work, "train": train}[kind]
    for line in sys.stdin:
        command, number, *folder = line.split()
        if command == "wait":
            print(os.waitpid(int(number), 0)[1], flush=True)
            continue
        process = os.fork()
        if process == 0:
            os.environ["NAPARI_NUCLEI_MODELS"] = folder[0]
            code = 1
            try:
                action(int(number), Path(source))
                code = 0
            except RuntimeError as error:  # another process trains
                code = 3 if "is running already" in str(error) else 1
                print(json.dumps(format_error(error)), file=sys.stderr, flush=True)
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)
            finally:
                os._exit(code)
        print(process, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
