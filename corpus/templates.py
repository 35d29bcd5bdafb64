"""Templates: a table says which text each one leaves in a sentence (`templates.toml`, and files of the user's own).

A row of the table gives names and one of

* `text`: a pattern. `{1}` is the first parameter, `{이름}` a named one, `{2|1}` the first of them that is not empty,
  and what stands in `[..]` is left out when a parameter inside is empty;
* `function`: one of FUNCTIONS in `corpus.template_functions`, for what a pattern cannot say (dates, units, numbers);
* `drop = true`: it carries no text (requests for sources, icons), `block = true`: it is a box beside the text.

`prefixes` and `suffixes` name whole families (`lang-`, ` 정보`). Names are compared without case, spaces, underscores
and the `틀:` prefix. What no row knows is a block when it stands alone on its line or runs over several lines, and
else an unresolved inline template: it vanishes, and is counted by name with an example. No template is ever fetched
or expanded.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final

from corpus.countries import COUNTRIES
from corpus.losses import Losses
from corpus.markup import GONE, UNMASK
from corpus.parser_functions import parser_function
from corpus.template_functions import FUNCTIONS, Arguments
from tools.errors import UserError

Rule = Callable[[Arguments], str]

BUILT_IN: Final = Path(__file__).with_name("templates.toml")
EXAMPLE_LENGTH: Final = 100

_FIELD = re.compile(r"\{([^{}]+)\}")
_OPTIONAL = re.compile(r"\[([^\[\]]*)\]")
_NAMED = re.compile(r"\s*([^=\[\]<>\"'/?&\n]{1,60}?)\s*=")
_SPACE = re.compile(r"[\s_]+")


@dataclasses.dataclass(frozen=True, slots=True)
class Templates:
    """The rules by name, prefix and suffix, as read from one or more tables; later rows win.

    Country codes are names too, and the only ones in capitals: `{{ESP}}` is a country, `{{esp}}` is not.
    """

    names: dict[str, Rule]
    prefixes: tuple[tuple[str, Rule], ...]
    suffixes: tuple[tuple[str, Rule], ...]
    starts: tuple[str, ...]
    ends: tuple[str, ...]

    def find(self, name: str) -> Rule | None:
        """The rule for a template by the name that a page gives it, or None."""
        key = template_key(name)
        if rule := self.names.get(name.strip()) or self.names.get(key):
            return rule
        if key.startswith(self.starts):
            return next(rule for start, rule in self.prefixes if key.startswith(start))
        if key.endswith(self.ends):
            return next(rule for end, rule in self.suffixes if key.endswith(end))
        return None


def load(*tables: Path) -> Templates:
    """The built-in table and, over it, the user's own tables in the order given."""
    names: dict[str, Rule] = {code: pattern(country) for code, country in COUNTRIES.items()}
    prefixes: dict[str, Rule] = {}
    suffixes: dict[str, Rule] = {}
    for path in (BUILT_IN, *tables):
        for row in _rows(path):
            rule = _rule(row, path)
            for known, field in ((names, "names"), (prefixes, "prefixes"), (suffixes, "suffixes")):
                known.update({template_key(name): rule for name in row.get(field, ())})
    return Templates(names, _longest_first(prefixes), _longest_first(suffixes), tuple(prefixes), tuple(suffixes))


@functools.lru_cache(maxsize=1 << 16)
def template_key(name: str) -> str:
    """The form in which names are compared: `틀:출생일과_나이`, `출생일과 나이` and `출생일과나이` are one."""
    key = _SPACE.sub("", name.replace(GONE, "")).lower()
    for prefix in (":", "틀:", "template:"):
        key = key.removeprefix(prefix)
    return key


def template_text(body: str, alone: bool, title: str, templates: Templates, losses: Losses) -> str:
    """The text of one template, `body` being what stood in its braces with everything inside already resolved."""
    name, _, rest = body.partition("|")
    rule = templates.find(name)
    if rule is None:
        text = parser_function(body, title)
        if text is not None:
            return text or GONE
        rule = block if alone or "\n" in body else drop
        if rule is drop:
            _note(name.strip(" \n" + GONE), body, losses)
    if rule is block or rule is drop:
        losses.dropped["block template" if rule is block else "inline template"] += 1
        return rule({})
    return rule(arguments(rest)) or GONE


def arguments(rest: str) -> Arguments:
    """The parameters of a template by name or number, without the white space around them; a later one wins."""
    found: Arguments = {}
    number = 0
    for part in rest.split("|"):
        if "=" in part and (named := _NAMED.match(part)):
            found[named[1]] = part[named.end() :].strip()
        else:
            number += 1
            found[str(number)] = part.strip()
    return found


def pattern(text: str) -> Rule:
    """A rule from a pattern of the table: fields in braces, optional stretches in square brackets."""

    def field(names: str, values: Arguments) -> str:
        return next((values[name] for name in names.split("|") if values.get(name)), "")

    def optional(stretch: str, values: Arguments) -> str:
        complete = all(field(names, values) for names in _FIELD.findall(stretch))
        return fill(stretch, values) if complete else ""

    def fill(stretch: str, values: Arguments) -> str:
        return _FIELD.sub(lambda match: field(match[1], values), stretch)

    stretches = _OPTIONAL.split(text)

    def rule(values: Arguments) -> str:
        return "".join(
            optional(stretch, values) if index % 2 else fill(stretch, values) for index, stretch in enumerate(stretches)
        )

    if alone := _FIELD.fullmatch(text):
        return lambda values: field(alone[1], values)
    return rule


def block(_: Arguments) -> str:
    """The rule of templates that are boxes beside the text."""
    return ""


def drop(_: Arguments) -> str:
    """The rule of inline templates that carry no text."""
    return GONE


def _note(name: str, body: str, losses: Losses) -> None:
    losses.unresolved[name] += 1
    if name not in losses.examples:
        losses.examples[name] = f"{{{{{body[:EXAMPLE_LENGTH]}}}}}".translate(UNMASK).replace(GONE, "")


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UserError(f"{path}: not a readable template table ({error}); it must be TOML with rows = [..]") from error
    if not isinstance(table.get("rows"), list):
        raise UserError(f"{path}: no rows; a template table holds rows = [{{ names = [..], text = '..' }}]")
    yield from table["rows"]


def _rule(row: dict[str, Any], path: Path) -> Rule:
    """The rule that one row of a table states."""
    kinds = [kind for kind in ("text", "function", "drop", "block") if kind in row]
    if len(kinds) != 1 or not any(row.get(field) for field in ("names", "prefixes", "suffixes")):
        raise UserError(f"{path}: row {row}; it needs names and exactly one of text, function, drop, block")
    if kinds == ["text"]:
        return pattern(row["text"])
    if kinds == ["function"]:
        if row["function"] not in FUNCTIONS:
            raise UserError(f"{path}: function {row['function']!r} is not one of {', '.join(sorted(FUNCTIONS))}")
        return FUNCTIONS[row["function"]]
    return block if kinds == ["block"] else drop


def _longest_first(rules: dict[str, Rule]) -> tuple[tuple[str, Rule], ...]:
    return tuple(sorted(rules.items(), key=lambda item: -len(item[0])))
