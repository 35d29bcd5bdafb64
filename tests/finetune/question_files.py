"""Small files of questions of our own making, one for each format, and the real ones where they are here."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

KORQUAD = Path(__file__).resolve().parents[3] / "shared" / "data" / "korquad"
needs_korquad = pytest.mark.skipif(not KORQUAD.is_dir(), reason=f"{KORQUAD} is not here")
LAKE = "가온호는 서리산 아래에 있는 호수이다. 넓이는 12 km²이고, 1931년에 둑을 쌓아 만들었다."
MUSEUM = "달빛 박물관은 1988년 3월 2일에 문을 열었다.\n첫 관장은 한소리였다."
PAGE = "<!DOCTYPE html><html><body><h1>가온호</h1><table><tr><td>넓이</td><td>12 km²</td></tr></table></body></html>"
RAW = PAGE.replace("<table>", '<table class="정보">')


def answer(text: str, context: str, *, off: int = 0) -> dict[str, Any]:
    """An answer at its first place in the context, or beside it."""
    return {"text": text, "answer_start": context.index(text) + off}


def qa(id: str, question: str, *answers: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A question as SQuAD has it."""
    return {"id": id, "question": question, "answers": list(answers), **more}


def squad(*paragraphs: tuple[str, list[dict[str, Any]]], **top: Any) -> dict[str, Any]:
    """A file of one article."""
    below = [{"context": context, "qas": qas} for context, qas in paragraphs]
    return {**top, "data": [{"title": "호수", "paragraphs": below}]}


def korquad() -> dict[str, Any]:
    """KorQuAD 1.0: two articles, three questions."""
    first = squad((LAKE, [qa("1-0", "가온호는 어느 산 아래에 있나?", answer("서리산", LAKE))]))["data"]
    asked = [qa("2-0", "언제 문을 열었나?", answer("1988년 3월 2일", MUSEUM))]
    asked += [qa("2-1", "첫 관장은 누구인가?", answer("한소리", MUSEUM))]
    second = squad((MUSEUM, asked))["data"]
    return {"version": "KorQuAD_v1.0_small", "data": [*first, {**second[0], "title": "박물관"}]}


def squad2() -> dict[str, Any]:
    """SQuAD 2.0: an answer in two forms, and a question without one, with a guess."""
    asked = [qa("a", "넓이는?", answer("12 km²", LAKE), answer("12", LAKE), is_impossible=False)]
    guess = [answer("12 km²", LAKE)]
    asked += [qa("b", "깊이는?", is_impossible=True, plausible_answers=guess)]
    return squad((LAKE, asked), version="v2.0")


def klue() -> dict[str, Any]:
    """KLUE-MRC: guid for id, the type of the question, the section of the news."""
    asked = squad2()["data"][0]["paragraphs"][0]["qas"]
    for row in asked:
        row |= {"guid": f"klue-mrc-v1_dev_{row.pop('id')}", "question_type": 2}
    rows = squad((LAKE, asked), version="klue-mrc-v1.1_dev")
    rows["data"][0] |= {"news_category": "사회", "source": "우리"}
    return rows


def korquad2(id: str = "77") -> dict[str, Any]:
    """KorQuAD 2: a page with tags, the answer's place in it and in the raw page."""
    found = {**answer("12 km²", PAGE), "html_answer_start": RAW.index("12 km²"), "html_answer_text": "12 km²"}
    asked = {"id": id, "question": "가온호의 넓이는?", "answer": found}
    row = {"title": "가온호", "url": "https://example.org/가온호", "raw_html": RAW, "context": PAGE, "qas": [asked]}
    return {"version": "KorQuAD_2.1_small", "data": [row]}


def tydi() -> dict[str, Any]:
    """TyDi GoldP: no version, and its own ids."""
    return squad((LAKE, [qa("korean-4497115013788692101-6", "언제 쌓았나?", answer("1931년", LAKE))]))


def dirty() -> dict[str, Any]:
    """Like the sample of the course: `creator` in place of a version, the tag of a morpheme in an answer."""
    asked = [qa("9_f9_wiki_1-1", "어느 산 아래인가?", {"text": "서리산/nnp", "answer_start": 5})]
    asked += [qa("9_f9_wiki_1-2", "누가 쌓았나?", {"text": "돌쇠/nnp", "answer_start": 69})]
    asked += [qa("9_f9_wiki_1-3", "언제 쌓았나?", answer("1931년", LAKE, off=3))]
    return squad((LAKE, asked), creator="우리")


def saved(value: Any, path: Path) -> Path:
    """A value as a JSON file."""
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def zipped(members: dict[str, Any], path: Path) -> Path:
    """Values as the JSON members of a zip."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in members.items():
            archive.writestr(name, json.dumps(value, ensure_ascii=False))
    return path


SMALL = {"korquad": korquad, "squad2": squad2, "klue-mrc": klue, "korquad2": korquad2, "tydi": tydi}
