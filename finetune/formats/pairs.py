"""Two texts and what is said of them: the same question or not, paraphrase, inference, similarity, KoBEST's pairs.

All are tables; where a file has no header, its columns are found by their content. Sets of paraphrases (paraKQC) are
made into pairs here, half of them from different sets.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from finetune.examples import Labelled
from finetune.formats.delimited import BOOLEAN, LABEL, TEXT, Layout, labelled, read_layout
from finetune.formats.table import read_table
from finetune.reading import Reading, gathered
from tools.errors import UserError

FIRST = ("sentence1", "premise", "question1", "s1", "text1", "sent1", "sentence_1", "context_1", "문장1", "질문1")
SECOND = ("sentence2", "hypothesis", "question2", "s2", "text2", "sent2", "sentence_2", "context_2", "문장2", "질문2")
SAME = ("is_duplicate", *LABEL)
ENTAILED = ("entailment", "neutral", "contradiction")
SET = 10
"""So many lines of paraKQC mean the same."""


def read_question_pair(path: Path) -> Reading:
    """Pairs of questions. Its column is_duplicate is 0 where both ask the SAME, so the labels get names here.

    Under another name for the column a number could mean either; there the labels must be written out.
    """
    table = read_table(path, [*FIRST, *SECOND, *SAME])
    numbered = {"0": "same", "1": "different"} if not table.names or SAME[0] in table.names else {}
    return gathered(path, labelled(table, Layout((FIRST, SECOND), SAME, ("same", "different"), numbered)))


def read_paraphrase(path: Path) -> Reading:
    """`label <TAB> sentence <TAB> sentence`, with or without a header; 1 = they mean the same."""
    return read_layout(path, Layout((FIRST, SECOND), SAME, ("0", "1")))


def read_paws(path: Path) -> Reading:
    """PAWS-X: pairs of the same words, of which only some mean the same (1)."""
    return read_layout(path, Layout((FIRST, SECOND), SAME, ("0", "1"), {"0.0": "0", "1.0": "1"}))


def read_nli(path: Path) -> Reading:
    """KorNLI, XNLI and KLUE-NLI, as tables or JSON; some editions number the classes."""
    numbered = {str(number): name for number, name in enumerate(ENTAILED)}
    return read_layout(path, Layout((FIRST, SECOND), ("gold_label", *LABEL), ENTAILED, numbered))


def read_sts(path: Path) -> Reading:
    """KorSTS (7 columns) and KLUE-STS: how alike two sentences are, from 0 to 5; of KLUE's three labels the finest."""
    names = ("labels.real-label", "score", "similarity", *LABEL)
    return read_layout(path, Layout((FIRST, SECOND), names, number=True))


def read_boolq(path: Path) -> Reading:
    """KoBEST BoolQ: a paragraph and a question or claim, which is true of it or not."""
    texts = (("paragraph", "passage", *TEXT), ("question",))
    return read_layout(path, Layout(texts, ("answer", *LABEL), ("False", "True"), BOOLEAN))


def read_wic(path: Path) -> Reading:
    """KoBEST WiC: whether a word, in brackets, means the same in two sentences."""
    return read_layout(path, Layout((FIRST, SECOND), ("answer", *LABEL), ("False", "True"), BOOLEAN))


def read_parakqc(path: Path) -> Reading:
    """paraKQC: topic, kind and sentence, ten lines a set; from each set five pairs that mean the same and five not."""
    table = read_table(path, ())
    whole = [row for row in table.rows if len(row.cells) == table.width == 3]
    if len(whole) < len(table.rows) or len(whole) % SET or len(whole) < 2 * SET:
        rule = f"sets of {SET} lines of topic, kind and sentence, at least two"
        raise UserError(f"{path}: {len(table.rows)} lines are not {rule}; take out half sets")
    sets = [whole[at : at + SET] for at in range(0, len(whole), SET)]
    for rows in sets:
        if any(row.cells[:2] != rows[0].cells[:2] for row in rows):
            raise UserError(f"{rows[0].where}: the {SET} lines from here differ in topic or kind; they are no set")
    return gathered(path, _crossed([[row.cells[2].strip() for row in rows] for rows in sets]))


def _crossed(sets: list[list[str]]) -> Iterator[Labelled]:
    for number, (here, there) in enumerate(zip(sets, [*sets[1:], sets[0]], strict=True), 1):
        for at in range(0, SET, 2):
            yield Labelled(f"{number}-{at + 1}", here[at], here[at + 1], "1")
            yield Labelled(f"{number}-{at + 2}", here[at + 1], there[at], "0")
