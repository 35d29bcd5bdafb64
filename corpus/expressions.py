"""The arithmetic of `{{#expr:}}`: a small evaluator of its own, because text of a page must never reach `eval`.

Knows numbers, parentheses, the operators and functions of MediaWiki that occur in articles, and nothing else; numbers
are floats, powers and results are bounded, and an expression that is too long or not one at all has no value.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable

LONGEST = 1000

_TOKEN = re.compile(r"\s*+(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+|<=|>=|<>|!=|[-+*/^()<>=−×÷]|[a-z]+)")


def evaluate(expression: str) -> float | None:
    """The value of an expression, or None where MediaWiki would show an error."""
    tokens = _tokens(expression)
    if tokens is None:
        return None
    try:
        value = _run(tokens)
    except (ValueError, ArithmeticError, IndexError, KeyError):
        return None
    return value if value is not None and math.isfinite(value) else None


def number_text(value: float) -> str:
    """A number as MediaWiki writes it: no `.0`, at most 14 digits."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else f"{value:.14g}"


def _tokens(expression: str) -> list[str] | None:
    if len(expression) > LONGEST:
        return None
    tokens, position, text = [], 0, expression.strip().lower()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if not match:
            return None
        tokens.append(_SPELLINGS.get(match[1], match[1]))
        position = match.end()
    return tokens


def _run(tokens: list[str]) -> float | None:
    """Shunting-yard: values and operators on two stacks, so depth costs no recursion."""
    values: list[float] = []
    waiting: list[str] = []
    operand_next = True
    for token in tokens:
        if token[0].isdigit() or token[0] == ".":
            _expect(operand_next)
            values.append(float(token))
            operand_next = False
        elif token in CONSTANTS:
            _expect(operand_next)
            values.append(CONSTANTS[token])
            operand_next = False
        elif token == "(":
            _expect(operand_next)
            waiting.append(token)
        elif token == ")":
            while waiting[-1] != "(":
                _apply(waiting.pop(), values)
            waiting.pop()
            operand_next = False
        elif operand_next:
            waiting.append(f"unary {token}" if token in "+-" else token)
            _expect(waiting[-1] in UNARY)
        else:
            while waiting and waiting[-1] != "(" and _binds(waiting[-1]) >= BINARY[token][0]:
                _apply(waiting.pop(), values)
            waiting.append(token)
            operand_next = True
    while waiting:
        _apply(waiting.pop(), values)
    _expect(len(values) <= 1)
    return values[0] if values else None


def _expect(condition: bool) -> None:
    if not condition:
        raise ValueError


def _binds(token: str) -> int:
    return 10 if token in UNARY else BINARY[token][0]


def _apply(token: str, values: list[float]) -> None:
    right = values.pop()
    if token in UNARY:
        values.append(float(UNARY[token](right)))
    else:
        values.append(float(BINARY[token][1](values.pop(), right)))


def _power(base: float, exponent: float) -> float:
    value = base**exponent
    _expect(not isinstance(value, complex))
    return float(value)


def _round(value: float, digits: float) -> float:
    """Half away from zero, as PHP rounds."""
    scale = 10.0 ** max(-15.0, min(15.0, math.trunc(digits)))
    return math.copysign(math.floor(abs(value) * scale + 0.5) / scale, value)


_SPELLINGS = {"−": "-", "×": "*", "÷": "/", "div": "/", "!=": "<>"}

CONSTANTS = {"pi": math.pi, "e": math.e}

UNARY: dict[str, Callable[[float], float]] = {
    "unary +": operator.pos,
    "unary -": operator.neg,
    "not": operator.not_,
    "abs": abs,
    "ceil": math.ceil,
    "floor": math.floor,
    "trunc": math.trunc,
    "sqrt": math.sqrt,
    "exp": math.exp,
    "ln": math.log,
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
}

BINARY: dict[str, tuple[int, Callable[[float, float], float]]] = {
    "^": (9, _power),
    "*": (8, operator.mul),
    "/": (8, operator.truediv),
    "mod": (8, lambda a, b: math.fmod(math.trunc(a), math.trunc(b))),
    "fmod": (8, math.fmod),
    "+": (7, operator.add),
    "-": (7, operator.sub),
    "round": (6, _round),
    "=": (5, operator.eq),
    "<>": (5, operator.ne),
    "<": (5, operator.lt),
    ">": (5, operator.gt),
    "<=": (5, operator.le),
    ">=": (5, operator.ge),
    "and": (4, lambda a, b: bool(a) and bool(b)),
    "or": (3, lambda a, b: bool(a) or bool(b)),
}
