"""Filter a table by an expression that a user types, without running code."""

from __future__ import annotations

import ast
import difflib
import keyword
import operator
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

ARITHMETIC: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}

COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

EXAMPLE = "area > 50 and circularity >= 0.8"
"""An expression for messages."""

WORDS = ("and", "or", "not", "True", "False", "in", "is", "if", "else", "for", "lambda")
"""Words of Python that name no column."""

MAX_DEPTH = 50
"""Largest depth of an expression."""


def evaluate_filter(expression: str, frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which rows of a table meet an expression.

    Parameters
    ----------
    expression : str
        Columns, numbers, texts in quotes, comparisons, ``and``, ``or``, ``not``,
        arithmetic and brackets: ``area > 50 and dapi_mean < 300``. Empty for all rows.
        A column whose name has other characters stands in backquotes.
    frame : DataFrame
        The index `label` counts as a column.

    Returns
    -------
    ndarray of bool, shape (rows,)
        A missing value (NaN) meets no comparison but ``!=``.

    Raises
    ------
    ValueError
        If the expression cannot be read, names no column, or is not a condition; the
        message names the sign or the column.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"area": [30, 80]}, index=pd.Index([1, 2], name="label"))
    >>> evaluate_filter("area > 50 and label < 9", table).tolist()
    [False, True]
    """
    if not expression.strip():
        return np.ones(len(frame), bool)
    text, quoted = replace_signs(expression)
    try:
        return evaluate(text, frame, quoted)
    except ValueError as error:
        message = str(error)
        for name, column in quoted.items():
            message = message.replace(name, column)
        raise ValueError(message) from None


def evaluate(
    text: str, frame: pd.DataFrame, quoted: dict[str, str]
) -> NDArray[np.bool_]:
    """Return which rows meet an expression that Python can parse.

    Parameters
    ----------
    text : str
    frame : DataFrame
    quoted : dict of str to str
        Columns by the name that stands for them in the expression.
    """
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ValueError(syntax_message(text, error)) from None
    condition = Evaluation(frame, quoted).value(tree, 0)
    if not (isinstance(condition, np.ndarray) and condition.dtype == bool):
        raise ValueError(
            f"The filter must compare a column with a value, such as {EXAMPLE}"
        )
    return condition


def replace_signs(expression: str) -> tuple[str, dict[str, str]]:
    """Return an expression as Python reads it, and the columns it renames.

    Columns in backquotes, and those named by a word of Python such as ``class``, get
    another name; ``&`` and ``|`` become ``and`` and ``or``. Texts in quotes stay.

    Examples
    --------
    >>> replace_signs("class == 'a & b' & area > 5")
    ("column_0 == 'a & b'  and  area > 5", {'column_0': 'class'})
    """
    columns: dict[str, str] = {}

    def replace(match: re.Match[str]) -> str:
        token = match[0]
        if token[0] in "'\"":
            return token
        if token[0] in "&|":
            return " and " if token[0] == "&" else " or "
        name = token.strip("`")
        if token == name and (name in WORDS or not keyword.iskeyword(name)):
            return token
        column = f"column_{len(columns)}"
        columns[column] = name
        return column

    tokens = r"'[^']*'|\"[^\"]*\"|`[^`]*`|&&?|\|\|?|[^\W\d]\w*"
    return re.sub(tokens, replace, expression).strip(), columns


def syntax_message(text: str, error: Exception) -> str:
    """Return what is wrong with an expression, in one line."""
    if re.search(r"(?<![=<>!])=(?!=)", text):
        return "The filter has a single =. Use == to compare"
    column = getattr(error, "offset", None) or len(text) + 1  # 0 at the end
    if column > len(text) or not text[max(column - 1, 0) :].strip():
        return f"The filter ends too early, after {text!r}"
    if text.count("(") != text.count(")"):
        return "The filter has an unmatched bracket"
    return f"The filter has an error at {text[max(column - 1, 0) :]!r}"


class Evaluation:
    """Evaluate the parts of an expression on a table.

    Parameters
    ----------
    frame : DataFrame
    quoted : dict of str to str
        Columns by the name that stands for them in the expression.
    """

    def __init__(self, frame: pd.DataFrame, quoted: dict[str, str]) -> None:
        self._frame, self._quoted = frame, quoted

    def value(self, node: ast.expr, depth: int) -> Any:
        """Return the value of a part: an array with a value per row, or a number."""
        if depth > MAX_DEPTH:
            raise ValueError("The filter has too many brackets")

        def sub(child: ast.expr) -> Any:
            return self.value(child, depth + 1)

        match node:
            case ast.Name(id=name):
                return self._column(self._quoted.get(name, name))
            case ast.Constant(value=bool() | int() | float() | str() as constant):
                return constant
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return ~self._condition(sub(operand), "not")
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return -self._number(sub(operand), "-")
            case ast.UnaryOp(op=ast.UAdd(), operand=operand):
                return self._number(sub(operand), "+")
            case ast.BoolOp(op=kind, values=values):
                word = "and" if isinstance(kind, ast.And) else "or"
                join = np.logical_and if word == "and" else np.logical_or
                conditions = [self._condition(sub(value), word) for value in values]
                return join.reduce(conditions)
            case ast.BinOp(left=left, op=kind, right=right) if type(kind) in ARITHMETIC:
                sign = ast.unparse(node)
                operands = [self._number(sub(side), sign) for side in (left, right)]
                return self._calculate(ARITHMETIC[type(kind)], operands, sign)
            case ast.Compare(left=left, ops=kinds, comparators=rest) if all(
                type(kind) in COMPARISONS for kind in kinds
            ):
                sides = [sub(side) for side in (left, *rest)]
                pairs = zip(kinds, sides[:-1], sides[1:], strict=True)
                results = [self._compare(*pair) for pair in pairs]
                return np.logical_and.reduce(results)
        raise ValueError(
            f"The filter cannot use {ast.unparse(node)!r}. Use columns, numbers, "
            "comparisons, and, or, not, + - * /"
        )

    def _column(self, name: str) -> NDArray[Any]:
        if name == (self._frame.index.name or "label"):
            labels: NDArray[Any] = self._frame.index.to_numpy()
            return labels
        if name not in self._frame.columns:
            nearest = difflib.get_close_matches(
                name, [str(column) for column in self._frame.columns], 1, 0.4
            )
            hint = f" Did you mean {nearest[0]}?" if nearest else ""
            raise ValueError(f"The table has no column {name}.{hint}")
        column: NDArray[Any] = self._frame[name].to_numpy()
        if column.dtype.kind not in "biuf":
            column = column.astype(str)
        return column

    def _condition(self, value: Any, word: str) -> NDArray[np.bool_]:
        if isinstance(value, np.ndarray) and value.dtype == bool:
            return value
        raise ValueError(
            f"The filter needs a comparison on each side of {word!r}, such as {EXAMPLE}"
        )

    def _number(self, value: Any, sign: str) -> Any:
        dtype = np.asarray(value).dtype
        if dtype.kind not in "biuf":
            raise ValueError(f"The filter cannot calculate with text: {sign}")
        return np.asarray(value, float)

    def _calculate(
        self, function: Callable[[Any, Any], Any], operands: list[Any], sign: str
    ) -> Any:
        with np.errstate(all="ignore"):
            return function(*operands)

    def _compare(self, kind: ast.cmpop, first: Any, second: Any) -> NDArray[np.bool_]:
        texts = [np.asarray(side).dtype.kind in "US" for side in (first, second)]
        if texts[0] != texts[1]:
            raise ValueError(
                "The filter compares text with a number. Write the text in quotes, "
                "such as class == 'positive'"
            )
        result = np.asarray(COMPARISONS[type(kind)](first, second))
        return np.broadcast_to(result, (len(self._frame),)).astype(bool)
