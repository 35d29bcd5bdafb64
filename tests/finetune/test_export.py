"""What is exported opens in transformers and says there what it says here: logits, numbers, labels, ids of texts."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import tokenizers
import torch
import transformers

from finetune.answering import logits, predictions
from finetune.batches import Row
from finetune.coding import coded
from finetune.encoder import encoder
from finetune.examples import Labelled
from finetune.export import export
from finetune.finetuned import Finetuned, save_finetuned
from finetune.options_train import Export
from finetune.plan import read
from finetune.predictions import Number
from finetune.spec import Spec
from tests.finetune.exports import AUTO, a_finetuned, an_encoder, opened, their_logits
from tests.finetune.test_encoder import theirs
from tests.finetune.trainings import a_file
from tools.errors import UserError

EVERY = [(kind, head) for kind in ("our bert", "our modern", "electra", "roberta") for head in AUTO]


@pytest.mark.parametrize(("kind", "head"), [*EVERY, ("our electra", "choose")])
def test_logits_are_equal(kind: str, head: str, tmp_path: Path) -> None:
    model = a_finetuned(tmp_path, head, an_encoder(tmp_path, kind))
    told = export(Export(tmp_path / "tuned", output=tmp_path / "hf"))
    their_model, tokenizer = opened(tmp_path / "hf", head)
    assert told["class"] == type(their_model).__name__
    examples: list[Any] = read(model.spec.known, a_file(tmp_path, head, 16))[:4]
    rows = coded(model.spec, model.tokenizer, examples)
    for number, example in enumerate(examples):
        own: list[Row] = [row for row in rows.rows if row.example == number]
        expected = torch.stack([torch.from_numpy(each) for each in logits(model, own)])
        found = their_logits(their_model, tokenizer, example)
        if head == "regress":
            found = (found - model.spec.centre) / model.spec.spread
        if head == "choose":
            found = found[:, None]
        elif head in ("tag", "span"):
            found, expected = found[: len(own[0])], expected[0]
        else:
            expected = expected[0]
        torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("head", AUTO)
def test_the_card_says_what_the_model_is_and_its_code_runs(
    head: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = a_finetuned(tmp_path, head, an_encoder(tmp_path, "our bert"))
    (tmp_path / "tuned" / "report.json").write_text(
        '{"seeds": [{}, {}], "spread": {"test": {"accuracy": {"mean": 71.25, "sd": 1.5}}}}'
    )
    export(Export(tmp_path / "tuned", output=tmp_path / "hf"))
    card = (tmp_path / "hf" / "README.md").read_text()
    assert card.startswith("---\nlanguage: ko\n")
    assert model.spec.known.licence in card
    assert "| test | 정확도 accuracy | 71.25 ± 1.50 |" in card
    [code] = [part.partition("```")[0] for part in card.split("```python\n")[1:]]
    exec(code, {"FOLDER": tmp_path / "hf"})
    assert bool(capsys.readouterr().out) == (head != "span")


def test_the_card_says_what_was_decided_about_answers(tmp_path: Path) -> None:
    model = a_finetuned(tmp_path, "span", an_encoder(tmp_path, "our bert"))
    model.spec = dataclasses.replace(model.spec, null=True, threshold=1.25, josa=False)
    save_finetuned(model, tmp_path / "tuned")
    export(Export(tmp_path / "tuned", output=tmp_path / "hf"))
    card = (tmp_path / "hf" / "README.md").read_text()
    assert "| 답 없음의 문턱 threshold of no answer | 1.2500 |" in card
    assert "There is none if" in card and "A josa at its end is taken off" in card
    assert "windows of 24 tokens, each beginning 8 tokens after" in card


def test_numbers_come_in_their_own_units_and_labels_by_name(tmp_path: Path) -> None:
    model = a_finetuned(tmp_path, "regress", an_encoder(tmp_path, "our modern"))
    export(Export(tmp_path / "tuned", output=tmp_path / "hf"))
    their_model, tokenizer = opened(tmp_path / "hf", "regress")
    pair = Labelled("1", "배우가 훌륭하다", "끝이 지루하다")
    [said] = predictions(model, [pair])
    assert isinstance(said, Number)
    assert float(their_logits(their_model, tokenizer, pair)) == pytest.approx(said.value, abs=1e-5)
    assert (their_model.config.problem_type, their_model.config.num_labels) == ("regression", 1)


def test_texts_are_cut_as_in_training(tmp_path: Path) -> None:
    """Hangul is whole, unknown characters alone are [UNK], [MASK] and long words and texts are what they are here."""
    model = a_finetuned(tmp_path, "classify", an_encoder(tmp_path, "our bert"))
    export(Export(tmp_path / "tuned", output=tmp_path / "hf"))
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "hf")
    texts = ["배우가 재미있다", "뷁배우가 X다", "다" * 150, "배우가 " * 40, "가\u0301나", "\u1100\u1161나"]
    rows = coded(model.spec, model.tokenizer, [Labelled(text, text) for text in texts]).rows
    assert [tokenizer(text, truncation=True)["input_ids"] for text in texts] == [row.tokens.tolist() for row in rows]
    pair = coded(model.spec, model.tokenizer, [Labelled("1", "배우가 " * 40, "끝이 " * 40)]).rows[0]
    found = tokenizer("배우가 " * 40, "끝이 " * 40, truncation=True)
    assert found["input_ids"] == pair.tokens.tolist()
    assert found["token_type_ids"] == [0] * pair.bound + [1] * (len(pair) - pair.bound)


def test_a_roberta_with_pieces_of_bytes_is_given_its_own_tokenizer(tmp_path: Path) -> None:
    """Rows are [CLS] A [SEP] B [SEP] here, which RoBERTa's own template is not; what was trained is what counts."""
    texts = ["배우가  재미있다", " 끝이\t훌륭하다!", "가나 X, 다", "\u1100\u1161나", "다", ""]
    made = tokenizers.ByteLevelBPETokenizer()
    specials = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    made.train_from_iterator(texts, 300, special_tokens=specials, show_progress=False)
    more = {"pad_token_id": 1, "type_vocab_size": 1, "vocab_size": made.get_vocab_size()}
    theirs(tmp_path / "encoder", "roberta", **more)
    (tmp_path / "encoder" / "vocab.txt").unlink()
    made.save(str(tmp_path / "encoder" / "tokenizer.json"))
    model = a_finetuned(tmp_path, "classify", tmp_path / "encoder")
    export(Export(tmp_path / "tuned", output=tmp_path / "hf"))
    their_model, tokenizer = opened(tmp_path / "hf", "classify")
    rows = coded(model.spec, model.tokenizer, pairs := [Labelled(text, text, "다") for text in texts]).rows
    for row, pair in zip(rows, pairs, strict=True):
        assert tokenizer(pair.first, pair.second, truncation=True)["input_ids"] == row.tokens.tolist()
        [expected] = logits(model, [row])
        torch.testing.assert_close(
            their_logits(their_model, tokenizer, pair), torch.from_numpy(expected), atol=1e-5, rtol=1e-5
        )


def test_an_encoder_whose_heads_are_not_known_is_not_exported(tmp_path: Path) -> None:
    theirs(tmp_path / "albert", "albert", embedding_size=8)
    spec = Spec(task="nsmc", head="classify", length=16, stride=8, labels=("0", "1"))
    save_finetuned(Finetuned(encoder(tmp_path / "albert"), spec), tmp_path / "tuned")
    with pytest.raises(UserError, match="type 'albert': how transformers puts a head over it is not known here"):
        export(Export(tmp_path / "tuned", output=tmp_path / "hf"))
