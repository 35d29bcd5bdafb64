"""A BERT of transformers fine-tuned to read as its script run_qa does it: what our own training is compared with.

Written after that script and the Trainer that it calls, out of transformers' own parts: its tokenizer makes windows of
384 tokens that overlap by 128, its collators pad them, its schedule moves the rate; attention is its fastest (sdpa),
the optimizer torch's fused AdamW. The script pads every window to the maximum unless it is told not to; then its users
have like lengths put together too. Logs, callbacks and checkpoints are left out, so it is a little quicker here.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader

from finetune.encoder import their_inputs
from finetune.examples import Question
from pretrain.batch import Batch

LENGTH, OVERLAP = 384, 128
RATE, CLIP = 3e-5, 1.0
TOGETHER = 50  # batches of windows that are sorted together: as many as the Trainer's sampler ever takes
Feature = dict[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Peer:
    """A model of theirs, and the windows that it is trained on."""

    model: Any
    tokenizer: Any
    features: Sequence[Feature]
    to_maximum: bool
    """All windows are as wide as can be; if not, a batch is as wide as its longest, and like lengths go together."""


def peer(folder: Path, questions: Sequence[Question], *, to_maximum: bool) -> Peer:
    """The model and tokenizer of a folder of transformers."""
    import transformers

    transformers.logging.disable_progress_bar()
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    model = transformers.BertForQuestionAnswering.from_pretrained(folder, attn_implementation="sdpa")
    found = features(questions, tokenizer, to_maximum=to_maximum)
    return Peer(model, tokenizer, found, to_maximum)


def features(questions: Sequence[Question], tokenizer: Any, *, to_maximum: bool) -> list[Feature]:
    """The windows of questions with one passage each, with the first and last token of the answer as the labels."""
    found = tokenizer(
        [question.question.lstrip() for question in questions],
        [question.passages[0] for question in questions],
        truncation="only_second",
        max_length=LENGTH,
        stride=OVERLAP,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
        padding="max_length" if to_maximum else False,
    )
    of, places = found.pop("overflow_to_sample_mapping"), found.pop("offset_mapping")
    rows = list[Feature]()
    for number, (at, offsets) in enumerate(zip(of, places, strict=True)):
        first, last = labels(questions[at], offsets, found.sequence_ids(number))
        row = {name: values[number] for name, values in found.items()}
        rows.append({**row, "start_positions": first, "end_positions": last})
    return rows


def labels(question: Question, offsets: Sequence[tuple[int, int]], parts: Sequence[int | None]) -> tuple[int, int]:
    """The tokens between which a window shows the first answer whole; [CLS] twice if it does not."""
    shown = [at for at, part in enumerate(parts) if part == 1]
    if not question.answers:
        return 0, 0
    answer = question.answers[0]
    start, end = answer.start, answer.start + len(answer.text)
    if not shown or offsets[shown[0]][0] > start or offsets[shown[-1]][1] < end:
        return 0, 0
    return max(at for at in shown if offsets[at][0] <= start), min(at for at in shown if offsets[at][1] >= end)


def epoch(peer: Peer, batch: int, seed: int, *, half: bool) -> tuple[float, int]:
    """Go through all windows once: how many seconds that took, and how many tokens were computed with their padding."""
    import transformers

    model, batches = peer.model.train(), _batches(peer, batch, seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0, fused=True)
    schedule = transformers.get_linear_schedule_with_warmup(optimizer, 0, len(batches))
    tokens, begin = 0, time.perf_counter()
    for inputs in batches:
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            loss = model(**inputs).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
        optimizer.step()
        schedule.step()
        model.zero_grad()
        tokens += inputs["input_ids"].numel()
    return time.perf_counter() - begin, tokens


@torch.no_grad()
def logits(peer: Peer, batch: Batch, *, half: bool) -> Tensor:
    """What the model says of one of our batches: [rows, width, 2]."""
    with torch.autocast("cpu", torch.bfloat16, enabled=half):
        out = peer.model.eval()(**their_inputs(batch, segments=True))
    return torch.stack([out.start_logits, out.end_logits], -1).float()


def _batches(peer: Peer, batch: int, seed: int) -> DataLoader[Any]:
    """The windows in the order of an epoch, as the Trainer loads them."""
    import transformers
    from transformers.trainer_pt_utils import get_length_grouped_indices

    generator = torch.Generator().manual_seed(seed)
    if peer.to_maximum:
        collate: Any = transformers.default_data_collator
        order = torch.randperm(len(peer.features), generator=generator).tolist()
    else:
        collate = transformers.DataCollatorWithPadding(peer.tokenizer)
        lengths = [len(feature["input_ids"]) for feature in peer.features]
        order = get_length_grouped_indices(lengths, batch, TOGETHER, generator)
    return DataLoader(peer.features, batch, sampler=order, collate_fn=collate)  # type: ignore[arg-type]
