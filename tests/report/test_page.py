from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from napari_nuclei.report.page import (
    content_hash,
    embed_json,
    round_digits,
    write_page,
)
from napari_nuclei.report.report_results import FAILED, PlateShape, ReportImage, Results

EVIL = "<script>alert('x')</script>\"&µ\u2028 \udce9.tif"


@pytest.fixture
def page(tmp_path: Path) -> str:
    images = [
        ReportImage(
            EVIL, EVIL, flags=(EVIL,), notes=(EVIL,), well="A01", condition=EVIL
        ),
        ReportImage("b", "b", FAILED, reason=EVIL),
    ]
    images[0].values = {"nuclei": 3.0, EVIL: float("nan")}
    record = {"command": EVIL, "inputs": [EVIL], "folder": EVIL, "date": EVIL}
    plate = PlateShape(("A",), ("1",))
    results = Results(tmp_path, images, record, plate, [EVIL])
    write_page(results, tmp_path / "r.html", conditions=[EVIL, "b"])
    return (tmp_path / "r.html").read_text(encoding="utf-8")


def test_names_are_shown_as_text(page: str) -> None:
    assert "<script>alert" not in page
    assert page.count("<script") == page.count("</script>") == 2
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&#34;&amp;µ" in page
    text = re.search(r'<script type="application/json" id="data">(.*?)</script>', page)
    assert text is not None
    data = json.loads(text[1])
    assert data["images"][0]["name"].startswith("<script>alert('x')</script>\"&µ\u2028")
    assert data["images"][0]["values"] == [3, None]


def test_the_policy_allows_the_own_script_and_style_alone(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None and "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1] and "http" not in policy[1]
    script = re.search(r"<script>(.*)</script>", page, re.S)
    style = re.search(r"<style>(.*)</style>", page, re.S)
    assert script is not None and content_hash(script[1]) in policy[1]
    assert style is not None and content_hash(style[1]) in policy[1]
    assert not re.search(r"\son[a-z]+=|\sstyle=", page.replace(script[1], ""))


def test_a_report_refers_to_nothing_outside(page: str) -> None:
    for reference in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert reference.startswith(("#", "data:")), reference


def test_numbers_fit_json() -> None:
    assert embed_json({"a": "</script>"}) == '{"a":"\\u003c/script\\u003e"}'
    assert [round_digits(n) for n in (None, float("inf"), 3.0, 1 / 3)] == [
        None,
        None,
        3,
        0.333333,
    ]
