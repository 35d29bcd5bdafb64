"""tf.train.Example as protobuf itself writes and reads it, by the description of the message in example.proto."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from hypothesis import given
from hypothesis import strategies as st

from pretrain.example import FRACTIONS, INTEGERS, read_examples, write_examples
from pretrain.records import Records
from tools.errors import UserError

KINDS = {"numbers": INTEGERS, "a": INTEGERS, "weights": FRACTIONS}
Field = descriptor_pb2.FieldDescriptorProto


def example_class(packed: bool = True) -> type[Any]:
    """The class of tensorflow/core/example/{example,feature}.proto, built here."""
    file = descriptor_pb2.FileDescriptorProto(name=f"example{packed}.proto", package=f"p{packed}", syntax="proto3")

    def message(name: str, *parts: tuple[str, int, Any, str, bool], parent: Any = file.message_type) -> Any:
        made = parent.add(name=name)
        for part, number, kind, of, many in parts:
            label = Field.LABEL_REPEATED if many else Field.LABEL_OPTIONAL
            field = made.field.add(name=part, number=number, type=kind, label=label)
            if of:
                field.type_name = f".p{packed}.{of}"
            elif many and kind != Field.TYPE_BYTES:
                field.options.packed = packed
        return made

    message("BytesList", ("value", 1, Field.TYPE_BYTES, "", True))
    message("FloatList", ("value", 1, Field.TYPE_FLOAT, "", True))
    message("Int64List", ("value", 1, Field.TYPE_INT64, "", True))
    lists = [("bytes_list", 1, "BytesList"), ("float_list", 2, "FloatList"), ("int64_list", 3, "Int64List")]
    feature = message("Feature", *((name, number, Field.TYPE_MESSAGE, of, False) for name, number, of in lists))
    feature.oneof_decl.add(name="kind")
    for field in feature.field:
        field.oneof_index = 0
    features = message("Features", ("feature", 1, Field.TYPE_MESSAGE, "Features.FeatureEntry", True))
    entry = message(
        "FeatureEntry",
        ("key", 1, Field.TYPE_STRING, "", False),
        ("value", 2, Field.TYPE_MESSAGE, "Feature", False),
        parent=features.nested_type,
    )
    entry.options.map_entry = True
    message("Example", ("features", 1, Field.TYPE_MESSAGE, "Features", False))
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    made: type[Any] = message_factory.GetMessageClass(pool.FindMessageTypeByName(f"p{packed}.Example"))
    return made


PACKED, UNPACKED = example_class(), example_class(packed=False)


def theirs(columns: dict[str, np.ndarray], made: type[Any] = PACKED) -> list[bytes]:
    """The messages of some columns by protobuf."""
    messages = []
    for index in range(len(next(iter(columns.values())))):
        example = made()
        for name, column in columns.items():
            feature = example.features.feature[name]
            values = feature.float_list if column.dtype == np.float32 else feature.int64_list
            values.SetInParent()
            values.value.extend(column[index].tolist())
        messages.append(example.SerializeToString(deterministic=True))
    return messages


@st.composite
def blocks(draw: st.DrawFn) -> dict[str, np.ndarray]:
    rows = draw(st.integers(1, 4))

    def column(values: st.SearchStrategy[Any], dtype: Any) -> np.ndarray:
        width = draw(st.integers(0, 6))
        made = draw(st.lists(values, min_size=rows * width, max_size=rows * width))
        return np.array(made, dtype).reshape(rows, width)

    numbers = st.one_of(st.integers(0, 300), st.integers(-(1 << 63), (1 << 63) - 1))
    return {
        "weights": column(st.floats(width=32, allow_nan=False), np.float32),
        "numbers": column(numbers, np.int64),
        "a": column(st.integers(0, 40_000), np.int64),
    }


def check_same(found: dict[str, np.ndarray], columns: dict[str, np.ndarray]) -> None:
    for name, column in columns.items():
        assert found[name].tolist() == column.tolist()


def records(messages: list[bytes]) -> Records:
    return Records(Path("old.tfrecord"), 10, messages)


@given(blocks())
def test_bytes_are_those_of_protobuf(columns: dict[str, np.ndarray]) -> None:
    assert write_examples(columns) == theirs(columns)


@given(blocks(), st.booleans())
def test_lists_are_read_packed_or_not(columns: dict[str, np.ndarray], packed: bool) -> None:
    check_same(read_examples(records(theirs(columns, PACKED if packed else UNPACKED)), KINDS), columns)


def test_wide_numbers_in_unsigned_columns() -> None:
    column = np.array([[0, 127, 128, 16383, 16384, 2_097_151, 2_097_152, 4_294_967_295]], np.uint32)
    assert write_examples({"a": column}) == theirs({"a": column.astype(np.int64)})


def test_any_order_of_names_other_names_and_the_last_of_two() -> None:
    columns = {name: np.array([[index, 300]]) for index, name in enumerate("abc")}
    parts = [write_examples({name: column})[0] for name, column in columns.items()]
    bodies = [part[2:] for part in parts]
    other = write_examples({"a": np.array([[9, 9]])})[0][2:]
    for order in ([2, 0, 1], [1, 2, 0]):
        content = other + b"".join(bodies[index] for index in order)
        message = bytes([0x0A, len(content)]) + content
        example = PACKED.FromString(message)
        assert list(example.features.feature["a"].int64_list.value) == [0, 300]
        check_same(read_examples(records([message]), {"a": INTEGERS, "b": INTEGERS}), {n: columns[n] for n in "ab"})


GOOD = write_examples({"a": np.array([[1, 300]]), "weights": np.array([[0.5]], np.float32)})[0]
BAD: dict[str, tuple[list[bytes], dict[str, int], str]] = {
    "no such name": ([GOOD], {"b": INTEGERS}, r"record 10 is not what create_pretraining_data\.py writes: it has no b"),
    "fractions": ([GOOD], {"weights": INTEGERS}, r"weights holds fractions, not whole numbers"),
    "whole numbers": ([GOOD], {"a": FRACTIONS}, r"a holds whole numbers, not fractions"),
    "cut": ([GOOD, GOOD[:-1]], {"a": INTEGERS}, r"record 11 is not what"),
    "text": (["아무 글".encode()], {"a": INTEGERS}, r"record 10 is not what"),
    "longer": (
        [GOOD, GOOD, write_examples({"a": np.array([[1, 2, 3]])})[0]],
        {"a": INTEGERS},
        r"record 12 has 3 a, the one before it has 2",
    ),
    "number cut": (
        [GOOD, GOOD.replace(b"\x01\xac\x02", b"\x01\xac\x82")],
        {"a": INTEGERS},
        r"record 11 is damaged: the last number of a is cut short",
    ),
    "fraction cut": (
        [b"\x0a\x0c\x0a\x0a\x0a\x01w\x12\x05\x12\x03\x0a\x01\x00"],
        {"w": FRACTIONS},
        r"record 10 is damaged: the last number of w is cut short",
    ),
}


@pytest.mark.parametrize("messages, kinds, complaint", BAD.values(), ids=BAD)
def test_what_is_wrong_is_said_with_file_and_record(
    messages: list[bytes], kinds: dict[str, int], complaint: str
) -> None:
    with pytest.raises(UserError, match=r"old\.tfrecord: .*" + complaint):
        read_examples(records(messages), kinds)


@given(st.integers(0, len(GOOD) - 1), st.integers(1, 255))
def test_no_byte_makes_it_fall(at: int, change: int) -> None:
    """Checksums let damage through only if the writer was wrong; then too there is one line or some numbers."""
    message = GOOD[:at] + bytes([GOOD[at] ^ change]) + GOOD[at + 1 :]
    try:
        read_examples(records([message]), {"a": INTEGERS, "weights": FRACTIONS})
    except UserError as error:
        assert "record 10" in str(error)
