"""What a model is, before or after training: every key of its configuration explained, its parameters counted.

Keys that a file leaves out have the defaults of BERT's own code, as there; the JSON on the course's slides says five.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from pretrain.config_keys import DEFAULTS, EXPLANATIONS
from pretrain.flops import TRAINING, flops_per_token
from pretrain.folder import CONFIG, SHAPE, found_in
from pretrain.options_models import Info
from pretrain.parameters import parts, total
from pretrain.shape import SIZES, Shape, from_config, from_dict, shape, to_config
from tools.columns import aligned
from tools.errors import UserError, nearest

ENGLISH = 30_522  # the pieces of the paper's vocabulary
GUESSED = 0.15
LENGTHS = (128, 512)
CELL = 40  # characters of a value
UNKNOWN = "여기서는 쓰이지 않는 키"
BODY = ("embeddings", "layers", "pooler")
SLIDES = {(12, 768, 12): ("BERT-base", "110M"), (24, 1024, 16): ("BERT-large", "340M")}


@dataclasses.dataclass(frozen=True, slots=True)
class Described:
    """A model by its configuration."""

    name: str
    config: Mapping[str, Any]
    defaults: frozenset[str]
    """The keys that the file left out."""
    shape: Shape


def info(config: Info) -> None:
    """Print the tables."""
    print("\n".join(lines(described(config))))


def described(config: Info) -> Described:
    """A size by its name, a JSON file, or a model's folder."""
    if config.model in SIZES:
        own = shape(config.model, config.architecture, config.vocabulary)
        return Described(f"{config.model} ({config.architecture})", to_config(own), frozenset(), own)
    path = Path(config.model)
    if path.is_dir():
        path = _in_folder(path)
    if not path.is_file():
        raise UserError(f"{path}: neither a file, nor a model's folder, nor a size; {nearest(config.model, SIZES)}")
    given = _read(path)
    if path.name == SHAPE:
        own = from_dict(given, str(path))
        return Described(str(path), to_config(own), frozenset(), own)
    defaults = DEFAULTS if given.get("model_type", "bert") == "bert" else {}
    said = {"vocab_size": config.vocabulary, **defaults, **given}
    return Described(str(path), said, frozenset(said) - frozenset(given), from_config(said, str(path)))


def lines(model: Described) -> Iterator[str]:
    """All that there is to say."""
    yield from (model.name, "")
    yield from aligned(list(_keys(model)))
    yield ""
    yield from _counts(model.shape)
    yield ""
    yield from _slides(model.shape)
    for length in LENGTHS:
        if length <= model.shape.positions:
            each = flops_per_token(model.shape, length, GUESSED) / 1e9
            told = f"학습 training {each:.3g}, 추론 inference {each / TRAINING:.3g}"
            yield f"계산량 FLOPs: 길이 {length}, 토큰마다 {told} GFLOP"


def _keys(model: Described) -> Iterator[tuple[str, str, str]]:
    yield "키 key", "값 value", "뜻 meaning"
    for key, value in model.config.items():
        shown = value if isinstance(value, str) else orjson.dumps(value).decode()
        note = " (기본값 default)" if key in model.defaults else ""
        yield key, shown if len(shown) <= CELL else f"{shown[:CELL]}...", EXPLANATIONS.get(key, UNKNOWN) + note


def _counts(own: Shape) -> Iterator[str]:
    """The parameters, part by part, with the formula of each."""
    symbols = {"V": own.vocabulary, "H": own.hidden, "L": own.layers, "A": own.heads, "F": own.inner}
    symbols |= {"P": own.positions} if own.architecture == "bert" else {}
    yield "매개변수 parameters: " + ", ".join(f"{symbol} = {value:,}" for symbol, value in symbols.items())
    found, whole = parts(own), total(own)
    rows = list[tuple[str, str, str, int]]()
    for group, korean in GROUPS.items():
        members = [part for part in found if part.group == group]
        if members:
            rows.append((korean, group, "", total(own, [group])))
        rows += [(f"  {part.korean}", part.name, part.formula, part.count) for part in members]
    rows.append(("몸통", "body: what is published as the size", "", total(own, BODY)))
    rows.append(("전체", "with the heads of pretraining", "", whole))
    most = len(f"{whole:,}")
    yield from aligned([(*row[:3], f"{row[3]:>{most},}", f"{row[3] / whole:6.1%}") for row in rows])
    if unused := own.padded - own.vocabulary:
        yield f"메모리에는 빈 줄 {unused}개({unused * own.hidden:,})가 더 있다: 표의 길이를 64의 배수로 올린다."


def _slides(own: Shape) -> Iterator[str]:
    """The slides' figure beside ours, where the slides have one."""
    if own.architecture != "bert" or (found := SLIDES.get((own.layers, own.hidden, own.heads))) is None:
        return
    name, figure = found
    here, there = (total(each, BODY) / 1e6 for each in (own, dataclasses.replace(own, vocabulary=ENGLISH)))
    yield f"슬라이드 slides: {name} (L{own.layers} A{own.heads} H{own.hidden}) {figure}; 이 모델의 몸통은 {here:.1f}M."
    yield f"  {figure}은 영어 어휘 {ENGLISH:,}개일 때의 값으로, 세어 보면 {there:.1f}M이다. V × H만 다르다."


def _in_folder(folder: Path) -> Path:
    """The configuration in a model's folder, as we or as transformers call it."""
    at = found_in(folder)
    return at / SHAPE if (at / SHAPE).is_file() else at / CONFIG


def _read(path: Path) -> dict[str, Any]:
    try:
        value = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise UserError(f"{path}: not JSON ({error}); give a file with hidden_size, num_hidden_layers, ...") from None
    if not isinstance(value, dict):
        raise UserError(f"{path}: not an object of keys and values, as BERT's configuration is")
    return value


GROUPS = {"embeddings": "임베딩", "layers": "층", "pooler": "풀러", "heads": "머리"}
