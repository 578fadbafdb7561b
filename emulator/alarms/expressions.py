"""Metric math: arithmetic and the few functions that our alarms and dashboards use, over series of values.

The grammar is close to Python's, so Python's own parser reads it; what it reads is then checked part by part, and
nothing of it is executed.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

Series = Mapping[int, float]
"""By start of each period, in seconds since 1970."""

Value = float | Series | list[Series]
"""A scalar, a series, or several of these."""

FUNCTIONS = ("AVG", "FILL", "IF", "MAX", "METRICS", "MIN", "SUM")

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.And: lambda one, other: float(bool(one) and bool(other)),
    ast.Or: lambda one, other: float(bool(one) or bool(other)),
}
_REDUCTIONS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "AVG": lambda values: sum(values) / len(values),
    "MAX": max,
    "MIN": min,
    "SUM": sum,
}
_TO_PYTHON = ((r"\^", "**"), (r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "))


class ExpressionError(Exception):
    """An expression cannot be computed; the message says why, and what could be."""


@dataclass(frozen=True)
class Scope:
    """What an expression can refer to.

    :param series: by id, for example `m1`.
    :param metrics: ids that are metrics and no expressions, which `METRICS()` means.
    :param times: starts of all periods of the range, which `FILL` fills.
    """

    series: Mapping[str, Value]
    metrics: Sequence[str]
    times: Sequence[int]


def parse(text: str) -> ast.expr:
    """Read an expression.

    :raises ExpressionError: if it is none, or uses what is not emulated.
    """
    translated = text
    for pattern, python in _TO_PYTHON:
        translated = re.sub(pattern, python, translated)
    try:
        tree = ast.parse(translated.strip(), mode="eval").body
    except SyntaxError as error:
        raise ExpressionError(f"Error in expression {text!r}: it is no metric math expression") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            _check_function(node)
    return tree


def _check_function(call: ast.Call) -> None:
    name = ast.unparse(call.func)
    if name not in FUNCTIONS:
        raise ExpressionError(f"the function {name} is not emulated in metric math; there are {', '.join(FUNCTIONS)}")


def names(text: str) -> set[str]:
    """Return the ids that an expression refers to."""
    tree = parse(text)
    functions = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    found = (node for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in functions)
    return {node.id for node in found} - {"REPEAT"}


def evaluate(text: str, scope: Scope) -> Value:
    """Compute an expression.

    :raises ExpressionError: if it cannot be computed.
    """
    return _value(parse(text), scope)


def _value(node: ast.expr, scope: Scope) -> Value:
    match node:
        case ast.Constant(value=bool() | int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return _look_up(name, scope)
        case ast.List(elts=elements):
            return [_as_series(_value(element, scope), scope) for element in elements]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _combine(operator.mul, -1.0, _value(operand, scope))
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _combine(_OPERATORS[type(sign)], _value(left, scope), _value(right, scope))
        case ast.Compare(left=left, ops=[sign], comparators=[right]) if type(sign) in _OPERATORS:
            return _combine(_OPERATORS[type(sign)], _value(left, scope), _value(right, scope))
        case ast.BoolOp(op=sign, values=operands):
            values = [_value(operand, scope) for operand in operands]
            result = values[0]
            for other in values[1:]:
                result = _combine(_OPERATORS[type(sign)], result, other)
            return result
        case ast.Call():
            return _call(ast.unparse(node.func), node.args, scope)
    raise ExpressionError(f"{ast.unparse(node)!r} is not emulated in metric math")


def _look_up(name: str, scope: Scope) -> Value:
    if name not in scope.series:
        raise ExpressionError(f"the expression refers to {name!r}, which is no id of this request")
    return scope.series[name]


def _call(function: str, arguments: list[ast.expr], scope: Scope) -> Value:
    match function, arguments:
        case "METRICS", []:
            return [_as_series(scope.series[name], scope) for name in scope.metrics]
        case "METRICS", [ast.Constant(value=str(part))]:
            return [_as_series(scope.series[name], scope) for name in scope.metrics if part in name]
        case "IF", [condition, *choices] if len(choices) in (1, 2):
            return _choose(_value(condition, scope), [_value(choice, scope) for choice in choices])
        case "FILL", [series, ast.Name(id="REPEAT")]:
            return _repeat(_value(series, scope), scope.times)
        case "FILL", [series, filling]:
            return _fill(_value(series, scope), _value(filling, scope), scope.times)
        case (("AVG" | "MAX" | "MIN" | "SUM"), [argument]):
            return _reduce(_REDUCTIONS[function], _value(argument, scope))
    raise ExpressionError(f"{function} cannot be called with these arguments in metric math")


def _combine(function: Callable[[float, float], float], one: Value, other: Value) -> Value:
    match one, other:
        case float(), float():
            return _safely(function, one, other) or 0.0
        case list(), _:
            return [_narrow(_combine(function, series, other)) for series in one]
        case _, list():
            return [_narrow(_combine(function, one, series)) for series in other]
        case float(), Mapping():
            pairs = {time: (one, value) for time, value in other.items()}
        case Mapping(), float():
            pairs = {time: (value, other) for time, value in one.items()}
        case Mapping(), Mapping():
            pairs = {time: (value, other[time]) for time, value in one.items() if time in other}
    computed = ((time, _safely(function, *pair)) for time, pair in pairs.items())
    return {time: value for time, value in computed if value is not None}


def _safely(function: Callable[[float, float], float], one: float, other: float) -> float | None:
    """Compute, where it can be: a period in which it divides by zero has no value."""
    try:
        return float(function(one, other))
    except (ZeroDivisionError, OverflowError, TypeError):
        return None


def _narrow(value: Value) -> Series:
    if not isinstance(value, Mapping):
        raise ExpressionError("an array of series cannot be combined with another")
    return value


def _as_series(value: Value, scope: Scope) -> Series:
    if isinstance(value, float):
        return dict.fromkeys(scope.times, value)
    return _narrow(value)


def _reduce(function: Callable[[Sequence[float]], float], value: Value) -> Value:
    """Reduce one series to a scalar, several to one series."""
    match value:
        case float():
            return value
        case list():
            times = sorted({time for series in value for time in series})
            return {time: function([series[time] for series in value if time in series]) for time in times}
        case _:
            return function(list(value.values())) if value else {}


def _choose(condition: Value, choices: list[Value]) -> Value:
    """Return the first choice where the condition holds, else the second, or nothing."""
    yes, no = choices[0], choices[1] if len(choices) > 1 else {}
    if isinstance(condition, float):
        return yes if condition else no
    picked = {time: _at(yes if holds else no, time) for time, holds in _narrow(condition).items()}
    return {time: value for time, value in picked.items() if value is not None}


def _at(value: Value, time: int) -> float | None:
    return value if isinstance(value, float) else _narrow(value).get(time)


def _fill(value: Value, filling: Value, times: Sequence[int]) -> Value:
    if isinstance(value, list):
        return [_narrow(_fill(series, filling, times)) for series in value]
    if isinstance(value, float):
        return value
    filled = {time: value.get(time, _at(filling, time)) for time in times}
    return {time: number for time, number in filled.items() if number is not None}


def _repeat(value: Value, times: Sequence[int]) -> Value:
    if isinstance(value, list):
        return [_narrow(_repeat(series, times)) for series in value]
    if isinstance(value, float):
        return value
    filled: dict[int, float] = {}
    last: float | None = None
    for time in times:
        last = value.get(time, last)
        if last is not None:
            filled[time] = last
    return filled
