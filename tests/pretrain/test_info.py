"""Counts by formula against the tensors of transformers' models and of ours, and the table that a student reads."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    BertConfig,
    BertForPreTraining,
    BertModel,
    ModernBertConfig,
    ModernBertForMaskedLM,
    ModernBertModel,
)

from pretrain.architectures import ARCHITECTURES, build
from pretrain.config_keys import DEFAULTS, EXPLANATIONS
from pretrain.folder import save_model
from pretrain.info import BODY, described, info, lines
from pretrain.options_models import Info
from pretrain.parameters import total
from pretrain.shape import SIZES, Shape, shape, to_config
from tests.pretrain.published import GOOGLE
from tests.pretrain.stores import PIECES, tiny_tokenizer
from tools.errors import UserError

COURSE = {
    "vocab_size": 119547,
    "max_position_embeddings": 512,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "hidden_size": 768,
}
SHAPES = st.builds(
    lambda heads, width, **numbers: Shape(hidden=heads * width, heads=heads, **numbers),
    heads=st.integers(1, 4),
    width=st.sampled_from([2, 8, 32]),
    vocabulary=st.integers(200, 400),
    layers=st.integers(1, 4),
    inner=st.integers(1, 99),
    positions=st.integers(1, 99),
    pairs=st.booleans(),
    architecture=st.just("bert"),
)


def learned(model: Any) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


def of_transformers(config: Any, *classes: Any) -> list[int]:
    with torch.device("meta"):
        return [learned(each(config)) for each in classes]


def ours(own: Shape) -> int:
    """Without the unused rows of the table of pieces."""
    with torch.device("meta"):
        return learned(ARCHITECTURES[own.architecture](own)) - (own.padded - own.vocabulary) * own.hidden


@settings(max_examples=30)
@given(SHAPES)
def test_bert_has_as_many_as_in_transformers_and_as_ours(own: Shape) -> None:
    body, whole = of_transformers(BertConfig(**to_config(own)), BertModel, BertForPreTraining)
    if own.pairs:
        assert (total(own, BODY), total(own)) == (body, whole)
    assert total(own) == ours(own)


@pytest.mark.parametrize("size", SIZES)
def test_modern_has_as_many_as_in_transformers_and_as_ours(size: str) -> None:
    own = shape(size, "modern", 8000)
    special = dict.fromkeys(("pad_token_id", "bos_token_id", "eos_token_id", "cls_token_id", "sep_token_id"), 0)
    config = ModernBertConfig(**{**to_config(own), **special})
    assert [total(own, BODY), total(own)] == of_transformers(config, ModernBertModel, ModernBertForMaskedLM)
    assert total(own) == ours(own)


def test_the_published_sizes() -> None:
    """Base and large with the paper's vocabulary, and the multilingual model of the course."""
    assert total(shape("base", "bert", 30_522), BODY) == 109_482_240
    assert total(shape("large", "bert", 30_522), BODY) == 335_141_888
    assert total(shape("base", "bert", 119_547), BODY) == 177_853_440


def printed(capsys: pytest.CaptureFixture[str], model: object, **options: Any) -> str:
    info(Info(str(model), **options))
    return capsys.readouterr().out


def test_the_json_of_the_course_is_loaded_as_it_is(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(COURSE))
    out = printed(capsys, path)
    for key, value in {**DEFAULTS, **COURSE}.items():
        row = next(line for line in out.splitlines() if line.startswith(f"{key} "))
        assert row.split()[1] == json.dumps(value).strip('"')
        assert EXPLANATIONS[key] in row
        assert ("(기본값 default)" in row) == (key not in COURSE)
    assert "177,853,440" in out and "이 모델의 몸통은 177.9M" in out
    assert "BERT-base (L12 A12 H768) 110M" in out


def test_the_slides_are_beside_base_and_large_only(capsys: pytest.CaptureFixture[str]) -> None:
    large = printed(capsys, "large", vocabulary=30_522)
    assert "340M" in large and "335.1M" in large and "토큰마다 학습 training 1.8" in large
    assert "슬라이드 slides" not in printed(capsys, "small") + printed(capsys, "base", architecture="modern")


def test_the_slide_that_calls_h_the_size_of_the_ffn_is_put_right() -> None:
    assert "hidden size of FFN" in EXPLANATIONS["hidden_size"] and "F" in EXPLANATIONS["intermediate_size"]


def test_every_key_of_google_and_of_ours_is_explained_in_korean() -> None:
    keys = {*GOOGLE, *DEFAULTS, *to_config(shape("base", "bert", 9)), *to_config(shape("base", "modern", 9, window=8))}
    assert not keys - set(EXPLANATIONS)
    assert all(any("가" <= c <= "힣" for c in line) and "\n" not in line for line in EXPLANATIONS.values())


def test_google_s_json_and_an_unknown_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bert_config.json"
    path.write_text(json.dumps({**GOOGLE, "secret": [1, 2]}))
    out = printed(capsys, path)
    assert "기본값" in out.split("매개변수")[0] and out.count("(기본값 default)") == 1  # layer_norm_eps alone
    assert "여기서는 쓰이지 않는 키" in next(line for line in out.splitlines() if line.startswith("secret"))


@pytest.mark.parametrize("architecture", ["bert", "modern"])
def test_a_folder_of_ours(tmp_path: Path, architecture: Any) -> None:
    own = shape("tiny", architecture, len(PIECES))
    save_model(build(own, 1), tiny_tokenizer(), tmp_path / "made" / "model")
    for folder in (tmp_path / "made", tmp_path / "made" / "model"):
        found = described(Info(str(folder)))
        assert found.shape == own and not found.defaults
        assert any(f"{total(own):,}" in line for line in lines(found))


def test_what_is_no_model_is_said(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="bas: neither a file, nor a model's folder, nor a size; did you mean 'base'"):
        info(Info("bas"))
    path = tmp_path / "config.json"
    for content, message in [("{", "not JSON"), ("[1]", "not an object"), ('{"model_type": "gpt2"}', "gpt2")]:
        path.write_text(content)
        with pytest.raises(UserError, match=message):
            info(Info(str(path)))
    with pytest.raises(UserError, match="holds no model"):
        (tmp_path / "empty").mkdir()
        info(Info(str(tmp_path / "empty")))
