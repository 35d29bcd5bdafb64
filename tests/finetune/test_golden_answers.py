"""Answers of shapes that older readers failed at: a long phrase, a number whose owner stands a sentence before, and
three questions on one article of which one has no answer. From the file to the score, by a reader that is always sure.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

import numpy as np
import pytest
from numpy.typing import NDArray

from finetune.coding import all_replies, coded, windows_of
from finetune.decode_questions import answer
from finetune.encode_questions import NONE_HERE
from finetune.examples import Question
from finetune.formats.qa import read_qa
from finetune.predictions import Reply
from finetune.score import measured
from finetune.spec import Spec
from finetune.tasks import TASKS
from tests.finetune.question_files import answer as placed
from tests.finetune.question_files import qa, saved, squad
from vocab.scheme import SPECIALS
from vocab.tokenizer import Tokenizer

WEATHER = (
    "서해안에 내리던 비는 새벽에 그쳤다. 오늘 낮에는 전국이 흐리고 바람이 강하게 불겠으며, 밤늦게 동쪽 산지에는 눈이 "
    "내리는 곳도 있겠다. 바다의 물결은 2미터까지 높게 일겠다."
)
FORECAST = "전국이 흐리고 바람이 강하게 불겠으며, 밤늦게 동쪽 산지에는 눈이 내리는 곳도 있겠다"
TRADE = (
    "가온 구단은 왼손 투수 한소리를 데려오고 외야수 두 사람을 보냈다. 그는 지난해 마루시에서 27승을 거두었으며, "
    "새 구단에서도 31번을 단다."
)
HOUSING = "달빛연구소가 낸 주간 집값 동향에 따르면 마루시의 집값은 33주째 올랐다. 사리읍은 오르지도 내리지도 않았다."
ROWS = {
    WEATHER: [("오늘 낮 날씨는 어떠한가?", FORECAST), ("물결은 얼마나 높게 이는가?", "2미터")],
    TRADE: [("한소리가 지난해 거둔 승수는?", "27")],
    HOUSING: [
        ("마루시의 전셋값은 얼마나 올랐나?", ""),
        ("무엇에 집값이 실렸나?", "주간 집값 동향"),
        ("집값은 몇 주째 올랐나?", "33주"),
    ],
}
RIGHT = "|".join(re.escape(right) for rows in ROWS.values() for _, right in rows if right)
WORDS = [word for text in ROWS for part in re.split(f"({RIGHT})", text) for word in part.split()]
PARTS = [word[at : at + 2] for word in WORDS for at in range(0, len(word), 2)]  # none reaches over an answer's border
LETTERS = sorted(set("".join([*ROWS, *(asked for rows in ROWS.values() for asked, _ in rows)])) - {" "})
TOKENIZERS = {
    "syllables": Tokenizer((*SPECIALS, *LETTERS, *(f"##{one}" for one in LETTERS))),
    "longer pieces": Tokenizer(
        tuple(dict.fromkeys([*SPECIALS, *LETTERS, *(f"##{one}" for one in [*LETTERS, *PARTS]), *PARTS]))
    ),
}


def questions(home: Path) -> list[Question]:
    rows = [
        (
            context,
            [
                qa(f"{number}-{at}", asked, *([placed(right, context)] if right else []), is_impossible=not right)
                for at, (asked, right) in enumerate(asked_here)
            ],
        )
        for number, (context, asked_here) in enumerate(ROWS.items())
    ]
    path = saved(squad(*rows, version="v2.0"), home / "golden.json")
    return cast(list[Question], list(read_qa(path).examples))


def sure(spec: Spec, tokenizer: Tokenizer, asked: list[Question]) -> list[NDArray[np.float32]]:
    """The logits of a reader that knows where each window has its answer, or that it has none."""
    found = []
    for row in windows_of(spec, tokenizer, asked).rows:
        logits = np.zeros((len(row), 2), np.float32)
        first, last = cast(tuple[int, int], row.target)
        logits[first, 0] = logits[last, 1] = 9
        found.append(logits)
    return found


@pytest.mark.parametrize("length", [64, 96, 200])
def test_from_the_file_to_the_score(length: int, tmp_path: Path) -> None:
    asked, tokenizer = questions(tmp_path), TOKENIZERS["longer pieces"]
    spec = Spec(task="squad2", head="span", length=length, stride=length // 3, null=True)
    logits = sure(spec, tokenizer, asked)
    said = cast(list[Reply], coded(spec, tokenizer, asked).decode(logits))
    assert [one.text for one in said] == [right for rows in ROWS.values() for _, right in rows]
    figures = measured(TASKS["squad2"], asked, said).figures
    assert {figures[name] for name in ("exact", "f1", "HasAns_exact", "NoAns_exact")} == {100.0}


def test_each_window_without_the_answer_says_so(tmp_path: Path) -> None:
    # In syllables the forecast is longer than the thirty tokens that an answer may have.
    asked = [one for one in questions(tmp_path) if FORECAST not in [right.text for right in one.answers or ()]]
    tokenizer = TOKENIZERS["syllables"]
    spec = Spec(task="squad2", head="span", length=48, stride=12, null=True)
    windows = windows_of(spec, tokenizer, asked)
    several = [one for one in windows.windows if asked[one.row.example].answers]
    assert {one.row.target == NONE_HERE for one in several} == {True, False}
    for at, found in enumerate(all_replies(spec, asked, windows, sure(spec, tokenizer, asked))):
        assert answer(found).text in ([one.text for one in asked[at].answers or ()] or [""])
