"""The verb `relations`: the relations in plain text, found by a model of names and a model of relations in turn.

Every two names of a line are asked about in both directions, marked as the model of relations was trained to see them
(formats/relations.py). "No relation" is not printed.
"""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Iterator
from itertools import permutations

import orjson

from finetune.answering import predictions
from finetune.examples import Labelled, Span, Tagged
from finetune.finetuned import Finetuned, load_finetuned
from finetune.formats.relations import marked
from finetune.options_relations import Relations
from finetune.predictions import Label, Names
from finetune.reading import lines
from finetune.scores.relations import NONE
from pretrain.ranks import joined
from pretrain.setting import uses_bfloat16
from tools.columns import aligned
from tools.errors import UserError


@dataclasses.dataclass(frozen=True, slots=True)
class Relation:
    """What a text says of two of its names."""

    line: int
    subject: str
    relation: str
    object: str
    probability: float


def relations(config: Relations) -> None:
    """Print the relations of each line."""
    with joined(config.device) as ranks:
        tagger, judge = (load_finetuned(folder, device=ranks.device) for folder in (config.names, config.model))
        _check(tagger, judge, config)
        half = uses_bfloat16(config.precision, ranks.device)
        texts = lines(config.file) if config.file else _piped()
        found = found_in(tagger, judge, ((number, line.strip()) for number, line in texts), half=half)
        for one in found if config.json else ():
            print(orjson.dumps(dataclasses.asdict(one)).decode(), flush=True)
        if not config.json:
            head = ("줄 line", "주어 subject", "관계 relation", "목적어 object", "확률 probability")
            rows = [(str(one.line), one.subject, one.relation, one.object, f"{one.probability:.3f}") for one in found]
            print(*aligned([head, *rows]), sep="\n")


def found_in(
    tagger: Finetuned, judge: Finetuned, texts: Iterable[tuple[int, str]], *, half: bool = False
) -> Iterator[Relation]:
    """The relations of some numbered texts."""
    for number, text in texts:
        [names] = predictions(tagger, [Tagged(str(number), text)], half=half) if text else [Names("", ())]
        assert isinstance(names, Names)
        pairs = list(permutations(names.spans, 2))
        asked = [Labelled(str(at), marked(text, *pair)) for at, pair in enumerate(pairs)]
        for pair, said in zip(pairs, predictions(judge, asked, half=half), strict=True):
            assert isinstance(said, Label)
            if said.label not in NONE:
                subject, object = (_cut(text, span) for span in pair)
                yield Relation(number, subject, said.label, object, said.chances[said.label])


def _cut(text: str, span: Span) -> str:
    return text[span.start : span.end]


def _piped() -> Iterator[tuple[int, str]]:
    if sys.stdin.isatty():
        print("a text a line; Ctrl-D ends", file=sys.stderr)
    yield from enumerate(sys.stdin, 1)


def _check(tagger: Finetuned, judge: Finetuned, config: Relations) -> None:
    if tagger.spec.head != "tag":
        raise UserError(f"--names {config.names}: is of {tagger.spec.task}, which has no names; give a model of names")
    if "relations" not in judge.spec.known.metrics:
        raise UserError(f"--model {config.model}: is of {judge.spec.task}; give a model of relations or klue-re")
