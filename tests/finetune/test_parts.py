"""What is held out shares nothing with what is trained on, and is the same whatever the order."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from finetune.examples import Example, Labelled, Question
from finetune.parts import held_out

EXAMPLES = st.lists(st.tuples(st.integers(0, 8), st.booleans()), min_size=1, max_size=40)


@given(EXAMPLES, st.sampled_from([0.05, 0.1, 0.5]), st.integers(0, 3))
def test_no_article_passage_or_text_is_in_both(drawn: list[tuple[int, bool]], share: float, seed: int) -> None:
    examples: list[Example] = []
    for number, (group, titled) in enumerate(drawn):
        title = f"글 {group}" if titled else ""
        examples += [
            Question(f"q{number}", f"{number}?", (f"본문 {group}",), (), title),
            Labelled(f"l{number}", f"말 {group}"),
        ]
    train, dev = held_out(examples, share)
    assert len(dev) >= share * len(examples)
    assert sorted(one.id for one in [*train, *dev]) == sorted(one.id for one in examples)

    def groups(some: list[Example]) -> set[str]:
        return {one.first if isinstance(one, Labelled) else one.title or one.passages[0] for one in some}  # type: ignore[union-attr]

    assert not groups(train) & groups(dev)
    mixed = random.Random(seed).sample(examples, len(examples))
    assert {one.id for one in held_out(mixed, share)[1]} == {one.id for one in dev}


def test_about_a_tenth() -> None:
    examples = [Labelled(str(number), f"말 {number}") for number in range(1000)]
    assert len(held_out(examples)[1]) == 100
