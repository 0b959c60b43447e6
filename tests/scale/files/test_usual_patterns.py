from __future__ import annotations

import pytest

from napari_nuclei.scale.files.usual_patterns import USUAL_PATTERNS, recognise

GUIDS = (
    "1F3C90AB-0F1E-4A2B-9C3D-0123456789AB",
    "A1B2C3D4-0F1E-4A2B-9C3D-0123456789AB",
)

EXAMPLES = [
    (
        "r02c03f04p05-ch1sk1fk1fl1.tiff r02c03f04p05-ch2sk1fk1fl1.tiff",
        "well B03, field 4, channel ch2, z 5, t 1",
        "r02c03f04",
    ),
    (
        "r16c24f01p01-ch1t01.tiff r16c24f01p01-ch3t01.tiff",
        "well P24, field 1, channel ch3, z 1, t 1",
        "r16c24f01",
    ),
    (
        "Assay_#655090_D04_T0001F005L01A01Z01C01.tif "
        "Assay_#655090_D04_T0001F005L01A02Z01C02.tif",
        "well D04, field 5, channel C02, z 1, t 1",
        "Assay_#655090_D04F005",
    ),
    (
        "image--L00--S00--U02--V01--J08--E00--O00--X01--Y00--T00--Z00--C00.ome.tif "
        "image--L00--S00--U02--V01--J09--E00--O00--X01--Y00--T00--Z00--C01.ome.tif",
        "well B03, field 1-0, channel C01, z 0, t 0",
        "image--L00--S00--U02--V01--X01--Y00",
    ),
    (
        "A - 01(fld 2 wv DAPI - DAPI).tif|A - 01(fld 2 wv FITC - FITC).tif",
        "well A01, field 2, channel FITC - FITC",
        "A - 01(fld 2)",
    ),
    (
        "VID17_C5_3_2021y05m14d_10h00m.tif VID17_C5_3_2021y05m14d_12h00m.tif",
        "well C05, field 3, t 2021y05m14d_12h00m",
        "VID17_C5_3",
    ),
    ("A01_s1_w1.TIF A01_s1_w2.TIF", "well A01, field 1, channel w2", "A01_s1"),
    (
        f"run 7_H12_s2_w1{GUIDS[0]}.tif|run 7_H12_s2_w2{GUIDS[1]}.tif|"
        f"run 7_H12_s2_w1_thumb{GUIDS[0]}.tif",
        "well H12, field 2, channel w2",
        "run 7_H12_s2",
    ),
    ("A01_1_DAPI.png A01_1_GFP.png", "well A01, field 1, channel GFP", "A01_1"),
    ("A01.tif B12.tif", "well B12", "B12"),
]


@pytest.mark.parametrize(("names", "said", "stem"), EXAMPLES)
def test_names_of_usual_microscopes_are_recognised(
    names: str, said: str, stem: str
) -> None:
    files = names.split("|") if "|" in names else names.split()
    pattern = recognise(files)
    assert pattern is not None
    first, last = (pattern.match(name) for name in files[:2])
    assert first is not None and last is not None
    assert last.describe() == said
    assert last.stem == stem


def test_the_files_of_one_image_have_one_stem() -> None:
    for names, _, _ in EXAMPLES[:5]:
        files = names.split("|") if "|" in names else names.split()
        pattern = recognise(files)
        assert pattern is not None
        found = [pattern.match(name) for name in files]
        assert len({one.stem for one in found if one is not None}) == 1


@pytest.mark.parametrize(
    "names",
    [
        "a.tif b.tif",
        "im01.tif im02.tif",
        "mouse1_day2.tif mouse1_day3.tif",
        "a1.tif a2.tif",  # not written as wells are
        "A01_day1.tif A01_day2.tif",
        "A01_s1_w1.tif notes.tif",
        "A01_s1_w1.tif",
        "2024-01-02_cells.tif 2024-01-03_cells.tif",
        "x_A01_1_2.tif x_A01_1_3.tif",
    ],
)
def test_other_names_are_not_recognised(names: str) -> None:
    assert recognise(names.split()) is None


def test_no_two_usual_patterns_are_the_same() -> None:
    texts = [usual.text for usual in USUAL_PATTERNS]
    assert len(set(texts)) == len(texts)
