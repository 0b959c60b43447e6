"""The fixtures of the docks, for tests that span docks and other parts."""

from __future__ import annotations

from pathlib import Path
from runpy import run_path

# A conftest cannot be imported, and applies to its own folder only.
FIXTURES = run_path(str(Path(__file__).parents[1] / "widgets" / "conftest.py"))

freeze_modules = FIXTURES["freeze_modules"]
empty_settings = FIXTURES["empty_settings"]
network = FIXTURES["network"]
opened = FIXTURES["opened"]
results = FIXTURES["results"]
run = FIXTURES["run"]
spots = FIXTURES["spots"]
stack = FIXTURES["stack"]
