"""A very small model, a small file for each head whose right answers can be learned, and a training on it."""

from __future__ import annotations

import dataclasses
import json
import random
from pathlib import Path
from typing import Any

from finetune.options_train import Train
from pretrain.architectures import build
from pretrain.folder import save_model
from pretrain.journal import records
from pretrain.shape import Shape
from vocab.tokenizer import Tokenizer

GOOD, BAD = ("재미있다", "훌륭하다", "웃었다"), ("지루하다", "졸았다", "엉망이다")
THINGS = ("배우가", "음악이", "화면이", "끝이", "이야기가")
PEOPLE, TOWNS = ("가람", "나래", "다온", "라온"), ("마루시", "바다군", "사리읍")
OF_THE_CLOCK = {"seconds", "examples/sec", "tokens/sec", "left"}
SYLLABLES = sorted(set("".join((*GOOD, *BAD, *THINGS, *PEOPLE, *TOWNS)) + "은는이가에서살았다누구어디나?.하고"))
PIECES = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *SYLLABLES, *(f"##{one}" for one in SYLLABLES))
TASKS = {"classify": "nsmc", "regress": "korsts", "tag": "inline-ner", "span": "korquad", "choose": "copa"}


def a_model(folder: Path, architecture: Any = "bert", **changes: Any) -> Path:
    """A folder with a model of two layers and random weights."""
    numbers = {"vocabulary": len(PIECES), "layers": 2, "hidden": 32, "heads": 2, "inner": 64, "positions": 64}
    shape = Shape(architecture=architecture, **{**numbers, "pairs": architecture == "bert", **changes})
    save_model(build(shape, 77), Tokenizer(PIECES), folder)
    return folder


def a_file(home: Path, head: str, count: int = 48, seed: int = 0) -> Path:
    """A file of the task that stands for a head."""
    home.mkdir(parents=True, exist_ok=True)
    return WRITTEN[head](home, random.Random(seed), count)


def a_training(home: Path, head: str = "classify", **changes: Any) -> Train:
    """A training on it, in float32 on the processor, with a record of every update; files are made if need be."""
    model = home / "encoder"
    if not model.exists():
        a_model(model)
    plan = Train(
        task=TASKS[head], model=model, train=a_file(home, head), output=home / "out", epochs=2, batch=8, lr=0.003,
        device="cpu", precision="float32", log_seconds=0.0, length=48,
    )  # fmt: skip
    return dataclasses.replace(plan, **changes)


def course(folder: Path) -> list[dict[str, Any]]:
    """The records of a run without what the clock decides."""
    return [{key: value for key, value in each.items() if key not in OF_THE_CLOCK} for each in records(folder)]


def _reviews(home: Path, chance: random.Random, count: int) -> Path:
    rows = []
    for number in range(count):
        label = number % 2
        words = [chance.choice(THINGS) for _ in range(chance.randint(1, 4))]
        rows.append(f"{number}\t{' '.join(words)} {chance.choice((BAD, GOOD)[label])}\t{label}")
    return _written(home / "ratings.txt", ["id\tdocument\tlabel", *rows])


def _similar(home: Path, chance: random.Random, count: int) -> Path:
    rows = ["genre\tfilename\tyear\tid\tscore\tsentence1\tsentence2"]
    for number in range(count):
        score = number % 2 * 5
        second = f"{chance.choice(THINGS)} {chance.choice(GOOD if score else BAD)}"
        rows.append(f"main\tx\t2020\t{number}\t{score}.000\t{chance.choice(THINGS)} {chance.choice(GOOD)}\t{second}")
    return _written(home / "sts.tsv", rows)


def _named(home: Path, chance: random.Random, count: int) -> Path:
    rows = [f"<{chance.choice(PEOPLE)}:PS>은 <{chance.choice(TOWNS)}:LC>에서 살았다." for _ in range(count)]
    return _written(home / "names.txt", rows)


def _questions(home: Path, chance: random.Random, count: int) -> Path:
    articles = []
    for number in range(count // 2):
        person, town = chance.choice(PEOPLE), chance.choice(TOWNS)
        context = f"{person}은 {town}에서 살았다."
        asked = [("누구?", person), ("어디?", town)]
        qas = [
            {"id": f"{number}-{at}", "question": text, "answers": [{"text": said, "answer_start": context.index(said)}]}
            for at, (text, said) in enumerate(asked)
        ]
        articles.append({"title": f"글 {number}", "paragraphs": [{"context": context, "qas": qas}]})
    path = home / "qa.json"
    path.write_text(json.dumps({"version": "KorQuAD_v1.0_small", "data": articles}, ensure_ascii=False))
    return path


def _choices(home: Path, chance: random.Random, count: int) -> Path:
    rows = ["sentence\tquestion\t1\t2\tAnswer"]
    for number in range(count):
        right = number % 2
        ways = [f"{chance.choice(THINGS)} {chance.choice((BAD, GOOD)[way == right])}" for way in range(2)]
        rows.append(f"{chance.choice(THINGS)} {chance.choice(GOOD)}\t결과\t{ways[0]}\t{ways[1]}\t{right + 1}")
    return _written(home / "copa.tsv", rows)


def _written(path: Path, rows: list[str]) -> Path:
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


WRITTEN = {"classify": _reviews, "regress": _similar, "tag": _named, "span": _questions, "choose": _choices}
