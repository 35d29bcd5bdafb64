"""A recipe's table to a config dataclass: every key known and every value of the right type, or one line about it."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from tyro.conf import Positional

from tools.errors import UserError, nearest

POSITIONAL = get_args(Positional[str])[1]  # how tyro marks an option that is typed without its name


def build(config: type[Any], table: Mapping[str, Any], where: str, renamed: Mapping[str, str] | None = None) -> Any:
    """The config of a table; `where` begins each error, `renamed` knows keys of older versions."""
    fields = {field.name: field for field in dataclasses.fields(config)}
    hints = typing.get_type_hints(config)
    for key in table:
        if key in fields:
            continue
        if renamed and key in renamed:
            raise UserError(f"{where}: {key} is now called {renamed[key]}; rename it in the recipe")
        raise UserError(f"{where}: no option {key!r}; {nearest(key, fields)}")
    missing = [name for name, field in fields.items() if name not in table and _required(field)]
    if missing:
        raise UserError(f"{where}: {', '.join(missing)} must be given")
    return config(**{key: convert(value, hints[key], f"{where} {key}") for key, value in table.items()})


def arguments(config: Any) -> list[str]:
    """What a person would type to get this config: its places, and options that are not as they are by themselves."""
    hints = typing.get_type_hints(type(config), include_extras=True)
    places, words = list[str](), list[str]()
    for field in dataclasses.fields(config):
        value = getattr(config, field.name)
        given = list(map(str, value)) if isinstance(value, tuple) else [str(value)]
        if POSITIONAL in getattr(hints[field.name], "__metadata__", ()):
            places += [] if value is None else given
        elif value == field.default:
            continue
        elif isinstance(value, bool):
            words.append(f"--{field.name}" if value else f"--no-{field.name}")
        else:
            words += [f"--{field.name}", *given]
    return [*places, *words]


def convert(value: Any, hint: Any, where: str) -> Any:
    """A TOML value as the type a field asks for, without guessing: "3" is not 3, and 1 is not true."""
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        choices = [choice for choice in arguments if choice is not type(None)]
        return convert(value, choices[0], where)
    if origin is Literal:
        if value not in arguments:
            raise UserError(f"{where}: {value!r} is not one of them; {nearest(str(value), map(str, arguments))}")
        return value
    if origin is tuple:
        if not isinstance(value, list):
            raise UserError(f"{where}: {value!r} must be a list; write [{value!r}]")
        return tuple(convert(item, arguments[0], where) for item in value)
    wanted: tuple[type, ...] = {Path: (str,), float: (int, float)}.get(hint, (hint,))
    if not isinstance(value, wanted) or (isinstance(value, bool) and hint is not bool):
        raise UserError(f"{where}: {value!r} is {_named(type(value))}, but it must be {_named(hint)}")
    return hint(value)


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _named(kind: Any) -> str:
    names = {
        str: "a text",
        int: "a whole number",
        float: "a number",
        bool: "true or false",
        Path: "a path",
        list: "a list",
    }
    return names.get(kind, getattr(kind, "__name__", str(kind)))
