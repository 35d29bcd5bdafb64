"""Every kind of vocabulary, small, and texts to try them on."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.vocab import vocabularies

TOKENIZERS = {
    "wordpiece": vocabularies.wordpiece(),
    "wordpiece of BERT": vocabularies.wordpiece(unknown="word", longest_word=100),
    "bpe": vocabularies.bpe(),
    "plain bpe": vocabularies.plain_bpe(),
    "unigram": vocabularies.unigram(),
    "syllables": vocabularies.characters("syllable"),
    "jamo": vocabularies.characters("jamo"),
    "words": vocabularies.whole_words(),
}
WORDS = sorted({word for line in vocabularies.SENTENCES.splitlines() for word in line.split()})
TEXTS = st.one_of(
    st.text(vocabularies.CHARACTERS, max_size=40),
    st.lists(st.sampled_from([*WORDS, "뷁", "é", " ", "\u200b", "학교"]), max_size=12).map(" ".join),
)
