"""Masking row by row and unit by unit, by the definition."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import chain

from pretrain.draws import draws
from pretrain.masking import DROP, MOST, ORDER, PUT, START, MaskRule


def masked_row(
    tokens: Sequence[int], begins: Sequence[bool] | None, number: int, rule: MaskRule, epoch: int
) -> list[tuple[int, int, int]]:
    """The place, the label and what is put, for every pick of a row."""

    def chance(kind: int, *place: int) -> int:
        return int(draws(rule.seed, "mask", epoch, number, kind, *place))

    units = _units(tokens, begins)
    order = sorted(units, key=lambda unit: (len(unit), chance(ORDER, unit[0]) >> 51, unit[0]))
    point, hit = (chance(START) >> 11) * 2.0**-53, []
    while math.floor(point / rule.rate) < len(order):
        hit.append(order[math.floor(point / rule.rate)])
        point += 1
    hit.sort(key=lambda unit: chance(DROP, unit[0]))
    while sum(map(len, hit)) > rule.cap:
        hit.pop()
    picks = [place for place in sorted(chain(*hit)) if tokens[place] not in rule.untouchable]
    return [(place, tokens[place], _put(tokens[place], chance(PUT, place), rule)) for place in picks]


def _units(tokens: Sequence[int], begins: Sequence[bool] | None) -> list[list[int]]:
    units: list[list[int]] = []
    for place in range(len(tokens)):
        if begins is None or begins[place] or not units:
            units.append([])
        units[-1].append(place)
    return [unit[start : start + MOST] for unit in units for start in range(0, len(unit), MOST)]


def _put(token: int, bits: int, rule: MaskRule) -> int:
    kind = (bits >> 32) * 10 >> 32
    if kind < 8:
        return rule.mask
    if kind == 9:
        return token
    return int(rule.candidates[(bits & 0xFFFFFFFF) * len(rule.candidates) >> 32])
