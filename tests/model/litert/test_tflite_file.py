from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from napari_nuclei.model.litert.tflite_file import CUSTOM, RESIZE_BILINEAR, TfliteFile
from napari_nuclei.model.store import LITERT_FILE, ModelEntry, list_models

BUNDLED = [entry for entry in list_models() if entry.bundled]


@pytest.fixture(params=BUNDLED, ids=lambda entry: entry.name)
def content(request: pytest.FixtureRequest) -> bytearray:
    entry: ModelEntry = request.param
    return bytearray((entry.folder / LITERT_FILE).read_bytes())


def test_codes_are_those_of_litert() -> None:
    assert schema.BuiltinOperator.CUSTOM == CUSTOM
    assert schema.BuiltinOperator.RESIZE_BILINEAR == RESIZE_BILINEAR


def test_operators_are_those_that_litert_reads(content: bytearray) -> None:
    model = schema.Model.GetRootAs(content, 0)
    codes = [model.OperatorCodes(i) for i in range(model.OperatorCodesLength())]
    file = TfliteFile(content)
    assert file.graphs == model.SubgraphsLength() == 1
    assert file.codes == [
        max(code.BuiltinCode(), code.DeprecatedBuiltinCode()) for code in codes
    ]


def test_sizes_of_upsampling_are_read_once_and_can_be_changed(
    content: bytearray,
) -> None:
    graph = schema.Model.GetRootAs(content, 0).Subgraphs(0)
    buffers = set()
    for number in range(graph.OperatorsLength()):
        operator = graph.Operators(number)
        if TfliteFile(content).codes[operator.OpcodeIndex()] == RESIZE_BILINEAR:
            buffers.add(graph.Tensors(operator.Inputs(1)).Buffer())
    model = schema.Model.GetRootAs(content, 0)
    wanted = sorted(model.Buffers(one).DataAsNumpy().tolist() for one in buffers)
    found = list(TfliteFile(content).inputs_of(RESIZE_BILINEAR, 1))
    assert sorted(one.tolist() for one in found) == wanted
    assert found
    found[0].view(np.int32)[:] = 77
    again = [
        one.view(np.int32).tolist()
        for one in TfliteFile(content).inputs_of(RESIZE_BILINEAR, 1)
    ]
    assert [77, 77] in again


@pytest.mark.parametrize("size", [0, 3, 40, 1000])
def test_a_file_that_was_cut_short_is_an_error(content: bytearray, size: int) -> None:
    with pytest.raises(Exception):  # noqa: B017 - damaged files raise any error
        list(TfliteFile(content[:size]).inputs_of(RESIZE_BILINEAR, 1))


def test_segmenting_does_not_import_the_large_reader_of_litert() -> None:
    code = (
        "import sys, numpy as np; from napari_nuclei import load_segmenter; "
        "image = np.random.default_rng(0).random((300, 300)); "
        "load_segmenter('nuclei-fast').run(image); "
        "print('ai_edge_litert.schema_py_generated' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == "False"
