"""Read the operators of a `.tflite` file.

LiteRT has a module that reads every part of such a file. It is large: where Python may
not write bytecode, its import takes 0.2 s and stops all threads meanwhile.

References
----------
Fields are numbered as in
https://github.com/tensorflow/tensorflow/blob/master/tensorflow/compiler/mlir/lite/schema/schema.fbs
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

CUSTOM, RESIZE_BILINEAR = 32, 23
"""Codes of operators."""

MODEL_CODES, MODEL_GRAPHS, MODEL_BUFFERS = 1, 2, 4
GRAPH_TENSORS, GRAPH_OPERATORS = 0, 3
OPERATOR_CODE, OPERATOR_INPUTS = 0, 1
CODE_BYTE, CODE_NUMBER = 0, 3
TENSOR_BUFFER = 2
BUFFER_DATA = 0
"""Numbers of the fields of a table; the name begins with that of the table."""


class TfliteFile:
    """The operators of a `.tflite` file.

    Parameters
    ----------
    content : bytearray
        Arrays from the file are views of it.

    Attributes
    ----------
    graphs : int
        Number of graphs; more than one if there are loops or calls.
    codes : list of int
        Code of each kind of operator.

    Raises
    ------
    Exception
        Of any kind, if the content is damaged.
    """

    def __init__(self, content: bytearray) -> None:
        from flatbuffers import number_types
        from flatbuffers.table import Table

        self._types = number_types
        self._table = Table
        root = Table(content, 0)
        self._model = Table(content, root.Indirect(0))
        self._graphs = self._tables(self._model, MODEL_GRAPHS)
        self.graphs = len(self._graphs)
        self.codes = [
            max(
                self._number(code, CODE_BYTE, "Int8Flags"),
                self._number(code, CODE_NUMBER, "Int32Flags"),
            )
            for code in self._tables(self._model, MODEL_CODES)
        ]

    def inputs_of(self, code: int, number: int) -> Iterator[NDArray[np.uint8]]:
        """Yield the bytes of the constant that is an input of each operator.

        Parameters
        ----------
        code : int
            Code of the operators, of the first graph.
        number : int
            Number of the input, from 0.

        Yields
        ------
        ndarray of uint8
            A view of the file. Operators may share a constant; it is yielded once.
        """
        (graph, *_) = self._graphs
        tensors = self._tables(graph, GRAPH_TENSORS)
        buffers = self._tables(self._model, MODEL_BUFFERS)
        done = set()
        for operator in self._tables(graph, GRAPH_OPERATORS):
            kind = self._number(operator, OPERATOR_CODE, "Uint32Flags")
            if self.codes[kind] != code:
                continue
            inputs = self._array(operator, OPERATOR_INPUTS, "Int32Flags")
            buffer = self._number(tensors[inputs[number]], TENSOR_BUFFER, "Uint32Flags")
            if buffer not in done:
                done.add(buffer)
                yield self._array(buffers[buffer], BUFFER_DATA, "Uint8Flags")

    def _offset(self, table: Any, field: int) -> int:
        """Return where a field is in its table; 0 if the table does not have it."""
        return int(table.Offset(4 + 2 * field))

    def _number(self, table: Any, field: int, kind: str) -> int:
        offset = self._offset(table, field)
        flags = getattr(self._types, kind)
        return int(table.Get(flags, table.Pos + offset)) if offset else 0

    def _array(self, table: Any, field: int, kind: str) -> NDArray[Any]:
        offset = self._offset(table, field)
        if not offset:
            return np.zeros(0, np.uint8)
        array: NDArray[Any] = table.GetVectorAsNumpy(getattr(self._types, kind), offset)
        return array

    def _tables(self, table: Any, field: int) -> list[Any]:
        offset = self._offset(table, field)
        if not offset:
            return []
        first = table.Vector(offset)
        positions = range(first, first + 4 * table.VectorLen(offset), 4)
        return [
            self._table(table.Bytes, table.Indirect(position)) for position in positions
        ]
