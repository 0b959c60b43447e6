from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from napari_nuclei import read_table, write_report, write_table

MakeResults = Callable[..., Path]

EVIL = "A02 <script>alert(1)</script> & µ.tif"
"""No system but Windows forbids this name."""


def test_a_report_holds_pictures_and_values(make_results: MakeResults) -> None:
    out = make_results("A01.tif", "A02.tif")
    (out / "A02_nuclei.csv").write_bytes(b'a,"b\n1,2,3\n\xff')
    (out.parent / "plate" / "A02.tif").write_bytes(b"II*\0 damaged")
    done: list[tuple[int, int]] = []
    path = write_report(out, progress=lambda *n: done.append(n))
    assert path == out / "report.html"
    page = path.read_text(encoding="utf-8")
    assert page.count("data:image/webp") == 1
    assert "No picture: A02.tif: A02.tif is not a TIFF that can be read" in page
    assert "The tables of 1 image could not be read" in page
    assert "Nuclei per mm" in page and "Share positive" in page
    assert done == [(1, 2), (2, 2)]
    (out.parent / "new").mkdir()
    again = write_report(out, out.parent / "new", title="Plate 7")
    assert again == out.parent / "new" / "report.html"
    assert "<h1>Plate 7</h1>" in again.read_text(encoding="utf-8")


def test_one_table_of_all_images_is_read(make_results: MakeResults) -> None:
    out = make_results("A01.tif", "A02.tif")
    parts = {}
    for name in ("A01", "A02"):
        path = out / f"{name}_nuclei.csv"
        parts[f"plate/{name}.tif"] = read_table(path)
        path.unlink()
    write_table(pd.concat(parts, names=["file"]), out / "nuclei.csv")
    page = write_report(out).read_text(encoding="utf-8")
    assert "Median ki67 mean" in page
    (out / "nuclei.csv").write_bytes(b'file,area\na,"b\nc')
    page = write_report(out).read_text(encoding="utf-8")
    assert "nuclei.csv could not be read" in page
    assert "Median ki67 mean" not in page


def test_only_a_report_is_replaced(make_results: MakeResults) -> None:
    out = make_results("a.tif")
    other = out / "own.html"
    other.write_text("<html>my page</html>")
    with pytest.raises(FileExistsError, match="is not a report of this program"):
        write_report(out, other)
    assert other.read_text() == "<html>my page</html>"
    path = write_report(out, out / "new" / "r.html", title="First")
    write_report(out, path, title="Second")
    assert "<h1>Second</h1>" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"destination": "r.pdf"}, r"must end in \.html; got r\.pdf"),
        ({"controls": ("a", "b")}, "name their table with --conditions"),
        ({"conditions": "missing.csv"}, "missing.csv"),
        ({"table": "missing.csv"}, "missing.csv: there is no such table of nuclei"),
        ({"table": "a.txt"}, r"must end in \.csv or \.parquet"),
        ({"leave_out": ["blurry"]}, "There is no flag blurry"),
    ],
)
def test_wrong_arguments_write_nothing(
    make_results: MakeResults, keywords: dict[str, Any], message: str
) -> None:
    out = make_results("a.tif")
    with pytest.raises((ValueError, OSError), match=message):
        write_report(out, **keywords)
    assert not (out / "report.html").exists()
    with pytest.raises(FileNotFoundError, match="no such folder of results"):
        write_report(out / "nowhere")


@pytest.mark.parametrize(
    "record",
    [
        {"settings": {"axes": 5, "config": [1]}, "model": {"card": {"name": 3}}},
        {"settings": 5, "model": [], "inputs": {"a": 1}, "folder": "\0", "date": 7},
        {"settings": {"config": {"diameter": {"a": [1]}, "other": None}}},
        {"inputs": ["\ud800"], "packages": [1], "command": 4, "output": 5},
    ],
)
def test_a_damaged_record_does_not_prevent_a_report(
    make_results: MakeResults, record: dict[str, Any]
) -> None:
    out = make_results("a.tif")
    content = json.dumps({"software": "napari-nuclei 9"} | record)
    (out / "results.json").write_text(content)
    page = write_report(out).read_text(encoding="utf-8")
    assert "<h2>Methods</h2>" in page
    assert page.count('class="card"') == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows forbids the name of a file")
def test_a_report_works_in_a_browser(make_results: MakeResults, browser: Any) -> None:
    names = ["A01.tif", EVIL.replace("/", "_"), "B01.tif", "B03.tif"]
    out = make_results(*names)
    table = (out / "results.csv").read_text(encoding="utf-8")
    table = table.replace('"","","2.25"', '"A note","out of focus; empty","2.25"')
    (out / "results.csv").write_text(table, encoding="utf-8")
    conditions = out.parent / "c.csv"
    conditions.write_text("well,condition\nA1,drug\nA2,drug\nB1,DMSO\nB3,DMSO\n")
    controls = ("drug", "DMSO")
    path = write_report(out, conditions=conditions, controls=controls)
    browser.open(path)
    shown = (
        "[...document.querySelectorAll('.card')].filter(c => !c.hidden)"
        ".map(c => c.querySelector('h3').textContent)"
    )
    assert browser.run(shown) == names
    assert browser.run("document.querySelectorAll('.card img').length") == 4
    decode = (
        "Promise.all([...document.querySelectorAll('.card img')].map(i =>"
        " { i.loading = 'eager'; return i.decode().then(() => i.naturalWidth); }))"
    )
    assert browser.run(decode) == [128] * 4
    browser.choose("#sort", "0")  # the number of nuclei, which falls along the names
    assert browser.run(shown) == names[::-1]
    browser.click("#direction")
    assert browser.run(shown) == names
    browser.click("#find")
    browser.type("b0 note")
    assert browser.run(shown) == ["B01.tif"]
    assert browser.run("document.querySelector('#count').textContent") == (
        "1 of 4 images"
    )
    browser.click("[data-filter-flag=empty]")
    assert browser.run(shown) == ["B01.tif"]
    browser.choose("#only", "failed")
    assert browser.run(shown) == []
    browser.click("#reset")
    browser.click('#plate-chart [data-well="B03"]')
    assert browser.run(shown) == ["B03.tif"]
    browser.run("document.querySelector('[data-well=A01]').focus()")
    browser.press("ArrowRight", 39)
    browser.press("Enter", 13)
    assert browser.run(shown) == [names[1]]
    assert browser.run("document.querySelectorAll('#plate-chart .well').length") == 6
    filled = "document.querySelectorAll('.well[fill=\"url(#hatch)\"]').length"
    assert browser.run(filled) == 2
    assert browser.run("document.querySelectorAll('#box-chart circle').length") == 4
    assert browser.run("document.querySelector('#box-nuclei').offsetParent") is None
    area = "[...document.querySelectorAll('#box-column option')].find(o =>"
    area += " o.textContent === 'Median area (µm²)').value"
    browser.choose("#box-column", browser.run(area))
    browser.click("#box-nuclei")
    assert browser.run("document.querySelectorAll('#box-chart path').length") == 2
    label = "document.querySelector('#box-chart text[text-anchor=end]').textContent"
    assert browser.run(label) == "drug (17)drug"  # with its tooltip
    browser.click("#as-table")
    browser.click('#table [data-sort="name"]')
    row = "[...document.querySelectorAll('#table tbody th')].map(e => e.textContent)"
    assert browser.run(row) == [names[1]]
    browser.click("#table [data-open]")
    assert browser.run("document.querySelector('#large').open") is True
    browser.press("Escape", 27)
    assert browser.run("document.querySelector('#large').open") is False
    write_report(out, conditions=conditions, controls=controls, leave_out=["empty"])
    browser.open(path)
    assert browser.run("document.querySelectorAll('#box-chart circle').length") == 3
    assert browser.run(filled) == 3
    assert browser.run(shown) == names
    browser.resize(1366, 768, dark=True)
    assert browser.run("document.documentElement.scrollWidth") <= 1366
    assert browser.problems == []
