"""Headings that WikiExtractor has made into sentences: `생애.`, `어린 시절.`, `무신 정권의 성립 (1170년).`

A line is taken for one when it is a short noun phrase with a full stop. What speaks against it, and each of these was
found on real pages: a verb at its end (`이다.`, `선고함.`, `구하소서.`; nouns that only look like one are listed), an
object just before the last word (`투어를 개최.`), a pointer (`문서 참조.`), arithmetic (`951 = 3×317.`), a
bibliography (commas), two sentences in one line, lyrics in Latin letters, and more than four such lines in a row,
which are a list. A heading that is followed by nothing is taken out only when it is very short. Doubtful lines stay:
no sentence may be lost for a heading.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LONGEST = 50
CHAIN = 4
"""Headings of deeper and deeper sections follow each other, but no more than these."""
LONGEST_AT_END = 12
LONGEST_CLAUSE = 22
"""A longer line with a subject, an object or a place in it is rather a sentence without its verb."""

NOUNS_LIKE_VERBS = (
    "개요 가요 민요 수요 필요 소요 동요 주요 속요 강요 캐나다 르완다 우간다 판다 레이다 람다 소다 혼다 마쓰다 "
    "베란다 그라나다 게임 죽음 발음 모음 자음 정음 소음 화음 복음 믿음 마음 웃음 닮음 젊음 얼음 녹음 처음 다음 "
    "움직임 쓰임 모임 책임 취임 재임 선임 사임 퇴임 연임 중임 후임 전임 신임 담임 부임 해임 위임 운임 역임 서임 "
    "타임 레짐 스킴 잠수함 전함 구축함 순양함 모함 호위함 군함 포함 그림 드림 트림 올림 알림 크림 수림 살림 흐름 "
    "이름 부름 도움 싸움 배움 하지 하나 하면 시나 시네 마니 보고 보라 사고 나고 라디오 비디오 오디오 시나리오 "
    "표면 평면 이면 우크라이나 그외"
).split()
"""Nouns that end as sentences do; a heading may end in one of them."""

_SENTENCE_INSIDE = re.compile(r"(?<!\d)[.!?…] |[?!…]|\.\.")
_NOT_A_HEADING = re.compile(
    r"^[ ※+\-*•·\[\]#&☆★→]|[=|]|formula_|codice_|(?<![카샤])를 \S+$|(?<![서가마사노])을 \S+$|,.*,| : .*,|\]\]|\[\["
)
_CLAUSE = re.compile(
    r"[가-힣][은는이가을를] |[가-힣](?:에|에서|으로|로) \S+$|[가-힣]에서?는 |, .*\S{2} |^[①-⑳ㄱ-ㅎ(\d]+[.:)]|^[①-⑳]| / "
)
_TAIL = re.compile(r"(?:\s*[(（\[][^()（）\[\]]*[)）\]]|[\"”’'》〉」』])+$")
_VERB = re.compile(
    r"(?:[다까죠뇨냐랴요함됨임음짐킴림옴움]|[하되으시마보가오있없않말았었겠이][자라지오네게소니나군걸며고서면여]"
    r"|기를|소서|으리|리라|노라|도다|로다|구나|[위통의향] ?해|참조|참고|것|\s(?:등|외|제외|동일)|\s?기준)$"
)
_NOUN = re.compile(f"(?:{'|'.join(NOUNS_LIKE_VERBS)})$|^.$")
_HANGUL = re.compile("[가-힣]")


def without_fake_headings(lines: Sequence[str]) -> list[str]:
    """The lines of a document without headings made into sentences; empty lines are no lines here."""
    lines = [line for line in lines if line.strip()]
    doubted = [is_fake_heading(line) for line in lines]
    kept: list[str] = []
    start = 0
    while start < len(lines):
        if not doubted[start]:
            kept.append(lines[start])
            start += 1
            continue
        end = start
        while end < len(lines) and doubted[end]:
            end += 1
        before, after = (lines[start - 1] if start else ""), (lines[end] if end < len(lines) else "")
        kept += [line for line in lines[start:end] if not _goes(line, end - start, before, after)]
        start = end
    return kept


def is_fake_heading(line: str) -> bool:
    """Whether a line by itself looks like a heading with a full stop."""
    heading = line[:-1]
    if not line.endswith(".") or not 1 <= len(heading) <= LONGEST or heading[-1] in ".!?… ":
        return False
    if _NOT_A_HEADING.search(heading) or _SENTENCE_INSIDE.search(heading):
        return False
    if len(heading) > LONGEST_CLAUSE and _CLAUSE.search(heading):
        return False
    core = _TAIL.sub("", heading) or heading
    return all(_NOUN.search(end.replace(" ", "")) or not _VERB.search(end) for end in (core, heading.rstrip(")）")))


def _goes(line: str, chain: int, before: str, after: str) -> bool:
    """Whether a line that looks like a heading is one, by what stands around it."""
    if chain > CHAIN:
        return False
    if not _HANGUL.search(line):
        return bool(_HANGUL.search(before) and _HANGUL.search(after)) and "," not in line and line.count(" ") < 7
    return bool(after) or (len(line) <= LONGEST_AT_END and not re.search("[은는이가에서로] ", line))
