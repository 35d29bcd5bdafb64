"""Models with every head over every kind of encoder, and what transformers makes of their exported folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
import transformers

from finetune.encoder import encoder
from finetune.examples import Choice, Question, Tagged
from finetune.finetuned import Finetuned, save_finetuned
from finetune.plan import read, spec_of
from finetune.tasks import TASKS
from tests.finetune.test_encoder import theirs
from tests.finetune.trainings import TASKS as NAMED
from tests.finetune.trainings import a_file, a_model

transformers.logging.set_verbosity_error()
AUTO = {
    "classify": transformers.AutoModelForSequenceClassification,
    "regress": transformers.AutoModelForSequenceClassification,
    "tag": transformers.AutoModelForTokenClassification,
    "span": transformers.AutoModelForQuestionAnswering,
    "choose": transformers.AutoModelForMultipleChoice,
}
KINDS: dict[str, dict[str, Any]] = {
    "bert": {},
    "electra": {"embedding_size": 8},
    "roberta": {"pad_token_id": 0, "type_vocab_size": 1},
    "modernbert": {"pad_token_id": 0, "local_attention": 8, "cls_token_id": 2, "sep_token_id": 3},
}


def an_encoder(home: Path, kind: str) -> Path:
    """A folder of ours (bert, modern, or electra), or of transformers, with random weights."""
    if kind == "our electra":
        return a_model(home / "encoder", head="replaced", pairs=False)
    if kind.startswith("our "):
        return a_model(home / "encoder", kind.removeprefix("our "))
    theirs(home / "encoder", kind, **KINDS[kind])
    return home / "encoder"


def a_finetuned(home: Path, head: str, given: Path) -> Finetuned:
    """A model with a head whose weights are far from where they begin, in home/tuned, and its task's file."""
    examples = read(TASKS[NAMED[head]], a_file(home, head, 16))
    model = Finetuned(encoder(given), spec_of(TASKS[NAMED[head]], examples, length=24, stride=8), seed=3)
    torch.manual_seed(5)
    for parameter in model.head.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    save_finetuned(model, home / "tuned")
    return model.eval()


def opened(folder: Path, head: str) -> tuple[Any, Any]:
    """Their model and tokenizer in a folder, in which nothing may be missing or left over."""
    model, told = AUTO[head].from_pretrained(folder, output_loading_info=True)
    assert not any(told.values()), told
    return model.eval(), transformers.AutoTokenizer.from_pretrained(folder)


@torch.no_grad()
def their_logits(model: Any, tokenizer: Any, example: Any) -> Any:
    """What the model there gives an example, the tokens padded so that padding is tried too."""
    if isinstance(example, Choice):
        texts: list[Any] = [[example.text] * len(example.choices), list(example.choices)]
    elif isinstance(example, Question):
        texts = [example.question, example.passages[0]]
    else:
        texts = (
            [example.text]
            if isinstance(example, Tagged)
            else [example.first, *([example.second] * bool(example.second))]
        )
    given = tokenizer(*texts, truncation=True, padding="max_length", return_tensors="pt")
    given = {name: each[None] if isinstance(example, Choice) else each for name, each in given.items()}
    out = model(**given)
    if isinstance(example, Question):
        return torch.stack([out.start_logits[0], out.end_logits[0]], -1)
    return out.logits[0]
