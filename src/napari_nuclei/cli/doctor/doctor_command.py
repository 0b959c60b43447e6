"""The command `doctor`: what works on this computer, and what to install."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    doctor = commands.add_parser(
        "doctor",
        usage="napari-nuclei doctor",
        help="print what works on this computer and what is missing",
        description="Print versions, cores, memory, models, folders, and for each task "
        "whether it\nworks or which command installs what it needs.",
        examples=("napari-nuclei doctor",),
    )
    doctor.set_defaults(run=run_doctor)


def run_doctor(args: argparse.Namespace) -> int:
    """Print the checks; return 1 if a bundled model does not load, otherwise 0."""
    from napari_nuclei.cli.doctor.machine import describe_machine, describe_packages
    from napari_nuclei.cli.doctor.models import check_models, describe_folders
    from napari_nuclei.cli.doctor.tasks import describe_tasks

    print_section("Computer", describe_machine())
    print_section("Packages", describe_packages())
    models = check_models()
    print_section("Models", [model.line for model in models])
    print_section("Folders", describe_folders())
    print_section("Tasks", describe_tasks())
    broken = any(model.bundled and not model.ok for model in models)
    if broken:
        print("\nA bundled model does not load: install napari-nuclei again")
    return int(broken)


def print_section(title: str, lines: Sequence[str]) -> None:
    """Print a title, and the lines below it."""
    print(title)
    for line in lines:
        print(f"  {line}")
