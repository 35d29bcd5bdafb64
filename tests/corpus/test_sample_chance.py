from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from corpus.sample.chance import between, happens, pick, shuffle, some, stream


def test_the_stream_is_the_same_everywhere() -> None:
    rng = stream(7, "town", 3)
    assert [between(rng, 0, 999) for _ in range(6)] == [507, 308, 145, 220, 861, 404]
    assert stream(7, "town", 3).random() != stream(7, "town", 4).random()


@given(st.integers(), st.lists(st.integers(), min_size=1))
def test_shuffle_and_some_lose_nothing(seed: int, items: list[int]) -> None:
    shuffled = list(items)
    shuffle(stream(seed), shuffled)
    assert Counter(shuffled) == Counter(items)
    assert Counter(some(stream(seed), items, len(items))) == Counter(items)
    assert not Counter(some(stream(seed), items, 2)) - Counter(items)


@given(st.integers(), st.integers(-50, 50), st.integers(0, 50))
def test_between_stays_between(seed: int, low: int, width: int) -> None:
    assert low <= between(stream(seed), low, low + width) <= low + width


def test_choices_are_even() -> None:
    rng = stream("even")
    assert all(900 < count < 1100 for count in Counter(pick(rng, "abc") for _ in range(3000)).values())
    firsts = Counter(some(rng, "abc", 2)[0] for _ in range(3000))
    assert all(900 < count < 1100 for count in firsts.values())
    assert 550 < sum(happens(rng, 0.2) for _ in range(3000)) < 650
    orders: Counter[str] = Counter()
    for _ in range(6000):
        items = list("abc")
        shuffle(rng, items)
        orders["".join(items)] += 1
    assert len(orders) == 6
    assert min(orders.values()) > 850
