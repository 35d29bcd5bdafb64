from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from vocab.alphabet import bare, choose, limited

UNITS = st.dictionaries(st.text("가나다뷁", min_size=1, max_size=6), st.integers(1, 9), max_size=12)


def characters(counts: dict[str, int]) -> Counter[str]:
    return Counter(character for unit, count in counts.items() for character in bare(unit) for _ in range(count))


@given(UNITS, st.integers(0, 6))
def test_every_character_is_kept_or_listed_with_its_count(counts: dict[str, int], most: int) -> None:
    seen, found = characters(counts), choose(counts, most)
    assert len(found.kept) == min(most, len(seen))
    assert {**found.left_out, **{c: seen[c] for c in found.kept}} == dict(seen)
    assert min((seen[c] for c in found.kept), default=10**9) >= max(found.left_out.values(), default=0)
    assert characters(limited(counts, found)) == Counter({c: n for c, n in seen.items() if c in found.kept})


def test_what_stands_beside_a_left_out_character_does_not_become_neighbours() -> None:
    counts = {"가뷁나": 5, "##다뷁가나": 3, "가나다": 9}
    found = choose(counts, 3)
    assert found.left_out == {"뷁": 8}
    assert limited(counts, found) == {"가": 5, "나": 5, "##다": 3, "가나": 3, "가나다": 9}
    assert found.coverage == 1 - 8 / found.total


def test_the_sign_that_looks_like_the_mark_is_a_unit() -> None:
    assert [bare(unit) for unit in ("##", "###", "#", "##가")] == ["##", "#", "#", "가"]
