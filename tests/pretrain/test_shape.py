"""Shapes: sizes as published, and configurations of others read as what they mean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from pretrain.architectures import build
from pretrain.export import parameters
from pretrain.shape import SIZES, Shape, from_config, from_dict, from_json, sees_all, shape, to_config, to_dict
from tests.pretrain.published import GOOGLE
from tools.errors import UserError


def test_sizes_have_the_published_figures() -> None:
    found = {name: (each.layers, each.hidden, each.heads, each.inner) for name in SIZES if (each := bert(name))}
    assert found["tiny"] == (2, 128, 2, 512)
    assert found["mini"] == (4, 256, 4, 1024)
    assert found["small"] == (4, 512, 8, 2048)
    assert found["base"] == (12, 768, 12, 3072)
    assert found["large"] == (24, 1024, 16, 4096)


def bert(size: str, vocabulary: int = 30_522) -> Shape:
    return shape(size, "bert", vocabulary)


def test_parameters_are_those_of_the_published_tiny_bert() -> None:
    """4.4 million, of which google-research/bert tells; with the heads of pretraining."""
    with torch.device("meta"):
        theirs = transformers.BertForPreTraining(transformers.BertConfig(**to_config(bert("tiny"))))
    assert parameters(build(bert("tiny"), 1)) == theirs.num_parameters()
    assert theirs.bert.num_parameters() == 4_385_920


@pytest.mark.parametrize("size", SIZES)
def test_modern_sizes_have_as_many_weights_in_their_layers(size: str) -> None:
    one, other = bert(size), shape(size, "modern", 30_522)
    assert 3 * other.inner / (2 * one.inner) == pytest.approx(1, abs=0.13)
    assert other.inner % 64 == 0 and not other.pairs


def test_the_file_of_the_course_is_the_multilingual_model(tmp_path: Path) -> None:
    (tmp_path / "bert.json").write_text(json.dumps(GOOGLE))
    found = from_json(tmp_path / "bert.json")
    assert found == bert("base", 119_547)
    assert found.padded == 119_552


SHAPES = st.builds(
    Shape,
    architecture=st.sampled_from(["bert", "modern"]),
    vocabulary=st.integers(1, 200_000),
    layers=st.integers(1, 30),
    hidden=st.sampled_from([64, 128]),
    heads=st.sampled_from([1, 2, 4]),
    inner=st.integers(1, 999),
    positions=st.integers(1, 9999),
    dropout=st.sampled_from([0.0, 0.1]),
    pairs=st.booleans(),
    window=st.sampled_from([0, 64, 128]),
)


@given(SHAPES)
def test_a_shape_is_what_its_json_says(made: Shape) -> None:
    assert from_dict(json.loads(json.dumps(to_dict(made))), "test") == made
    found = from_config(to_config(made), "test")
    assert found.padded >= made.vocabulary > found.padded - 64
    if made.architecture == "bert":
        assert (found.layers, found.positions, found.epsilon) == (made.layers, made.positions, made.epsilon)
        return
    assert [sees_all(found, each) for each in range(made.layers)] == [
        sees_all(made, each) for each in range(made.layers)
    ]
    assert (found.theta, found.local_theta) == (made.theta, made.local_theta)


def test_modern_configurations_of_the_hub_are_read() -> None:
    """As saved by the first versions, and by those of today."""
    old = {**transformers.ModernBertConfig().to_dict(), "global_attn_every_n_layers": 3, "global_rope_theta": 160000.0}
    old |= {"layer_types": None, "rope_parameters": None, "local_rope_theta": 1e4}
    for config in (transformers.ModernBertConfig().to_dict(), old):
        found = from_config(config, "test")
        assert (found.layers, found.window, found.theta, found.local_theta) == (22, 128, 160_000.0, 10_000.0)
        assert [each for each in range(9) if sees_all(found, each)] == [0, 3, 6]


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "another kind": ({"model_type": "roberta"}, r"model_type 'roberta' is not of ours; did you mean 'bert'"),
    "another activation": ({"hidden_act": "relu"}, r"hidden_act 'relu' is not of ours, only 'gelu'"),
    "segments": ({"type_vocab_size": 16}, r"type_vocab_size 16 is not of ours, only 2"),
    "heads": ({"num_attention_heads": 7}, r"hidden 768: not a multiple of heads 7"),
    "no layers": ({"num_hidden_layers": 0}, r"layers 0: a model has at least one"),
    "words": ({"num_hidden_layers": "twelve"}, r"wrong kind"),
    "dropout": ({"hidden_dropout_prob": 1.0}, r"dropout 1.0: is a share"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_what_is_not_of_ours_is_said(name: str) -> None:
    changes, message = MISTAKES[name]
    with pytest.raises(UserError, match=message):
        from_config(GOOGLE | changes, "bert.json")


def test_other_mistakes(tmp_path: Path) -> None:
    without = {key: value for key, value in GOOGLE.items() if key != "hidden_size"}
    with pytest.raises(UserError, match="no hidden_size"):
        from_config(without, "bert.json")
    with pytest.raises(UserError, match="size 'smal': no such size; did you mean 'small'"):
        bert("smal")
    with pytest.raises(UserError, match="no such file"):
        from_json(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(UserError, match="not JSON"):
        from_json(tmp_path / "bad.json")
    with pytest.raises(UserError, match="unknown key 'layrs'; did you mean 'layers'"):
        from_dict({"layrs": 3}, "shape.json")
    with pytest.raises(UserError, match="not the shape of a model"):
        from_dict({"architecture": "bert", "layers": 3}, "shape.json")
    modern = to_config(shape("tiny", "modern", 99))
    with pytest.raises(UserError, match="layer_types: ours are global"):
        from_config({**modern, "num_hidden_layers": 4, "layer_types": ["full_attention", "sliding_attention"] * 2}, "x")


def test_the_course_s_json_is_loaded_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(
        '{"vocab_size": 119547, "max_position_embeddings": 512, "num_attention_heads": 12, '
        '"num_hidden_layers": 12, "hidden_size": 768}'
    )
    found = from_json(path)
    assert (found.inner, found.vocabulary, found.layers) == (3072, 119_547, 12)
