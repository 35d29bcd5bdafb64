"""The pieces that reach across cuts: by hand, and counted one word at a time."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tests.vocab.korean import kowiki
from vocab.josa import cuts_by_rule, spaced
from vocab.scheme import SPECIALS, Scheme
from vocab.straddle import LEAST, SHARE, straddlers
from vocab.tokenizer import Tokenizer
from vocab.words import words

LETTERS = "가나다"


def tokenizer(*pieces: str) -> Tokenizer:
    return Tokenizer((*SPECIALS, *pieces), Scheme(segment="josa"))


def test_a_piece_may_end_at_a_cut_but_not_reach_across_it() -> None:
    zoo = tokenizer("매", "##캔", "##지는", "##지", "##는", "가지", "가", "나")
    assert straddlers(zoo, {"매캔지 는": 5, "가지 는": 9, "가지는": 9, "나": 3}) == {"##지는"}
    assert straddlers(zoo, {"매캔지 는": 4}) == set()  # too few to tell
    assert straddlers(zoo, {"매캔지 는": 5, "매캔지는": 95}) == set()  # 5 % of its uses
    assert straddlers(zoo, {"매캔지 는": 6, "매캔지는": 94}) == {"##지는"}
    assert straddlers(zoo, {"매캔지 는": 6, "매캔지는": 94}, share=0.06) == set()
    assert straddlers(zoo, {"뷁 는": 9}) == set()


@given(
    st.sets(st.text(LETTERS, min_size=2, max_size=4), max_size=12),
    st.dictionaries(st.lists(st.text(LETTERS, min_size=1, max_size=3), min_size=1, max_size=3).map(" ".join),
                    st.integers(1, 40), max_size=12),
)  # fmt: skip
def test_counted_one_word_at_a_time(longer: set[str], counts: dict[str, int]) -> None:
    pieces = [*LETTERS, *sorted(longer)]
    found = tokenizer(*pieces, *(f"##{piece}" for piece in pieces))
    assert straddlers(found, counts) == slow(found, counts)


def test_on_real_words() -> None:
    counts = dict(Counter(words(kowiki(300_000))))
    found = spaced(counts, cuts_by_rule(counts))
    frequent = [word for word, count in Counter(counts).most_common(2_000)]
    letters = sorted({letter for word in counts for letter in word})
    pieces = dict.fromkeys([*letters, *(f"##{c}" for c in letters), *frequent, *(f"##{word}" for word in frequent)])
    assert len(slow(tokenizer(*pieces), found)) > 100
    assert straddlers(tokenizer(*pieces), found) == slow(tokenizer(*pieces), found)


def slow(tokenizer: Tokenizer, counts: dict[str, int]) -> set[str]:
    uses, across = Counter[int](), Counter[int]()
    for word, count in counts.items():
        cuts = {len(word[:at].replace(" ", "")) for at, letter in enumerate(word) if letter == " "}
        encoding = tokenizer.encode(word.replace(" ", ""))
        for id_, (start, end) in zip(encoding.ids.tolist(), encoding.offsets.tolist(), strict=True):
            uses[id_] += count
            across[id_] += count * any(start < cut < end for cut in cuts)
    return {tokenizer.pieces[i] for i, n in across.items() if n >= LEAST and n > SHARE * uses[i]}
