"""Questions as JSON, in the shape of SQuAD and in those made after it.

SQuAD 1.1, KorQuAD 1.0, TyDi GoldP   data > paragraphs (context) > qas (id, question, answers (text, answer_start))
SQuAD 2.0                            and is_impossible, plausible_answers
KLUE-MRC                             and question_type; guid in place of id; articles have news_category, source
KorQuAD 2.x                          data (context, raw_html) > qas > answer, one, with its place in the raw page too

Which one a file is in is seen from what it holds, never from its name. KorQuAD 2 comes as many files: a folder or a
zip of them is read as one. Places count the characters of the context as it stands, which in KorQuAD 2 is HTML.
"""

from __future__ import annotations

import dataclasses
import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from finetune.examples import Answer
from finetune.formats.articles import Article, Asked, Paragraph
from finetune.reading import load_json
from tools.errors import UserError
from tools.shards import atomic


@dataclasses.dataclass(frozen=True, slots=True)
class Shape:
    """One of the shapes: its name, and what it can say beside contexts, questions and answers."""

    name: str
    version: str
    """What a file of this shape that we write calls itself."""
    article: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    id: str = "id"
    impossible: bool = False
    pages: bool = False
    """An article is one context, and its question has one `answer` in place of `answers`."""


def trees(path: Path) -> Iterator[tuple[str, Any]]:
    """The JSON values of a file, of all files of a folder, or of all members of a zip, each with its name."""
    if path.is_dir():
        files = sorted(file for file in path.rglob("*") if is_bundle([str(file)]))
        yield from ((str(file), load_json(file)) for file in files)
        return
    if path.is_file() and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in sorted(name for name in archive.namelist() if is_bundle([name])):
                yield f"{path}!{name}", _member(f"{path}!{name}", archive.read(name))
            if is_bundle(archive.namelist()):
                return
    yield str(path), load_json(path)


def is_bundle(names: Iterable[str]) -> bool:
    """Whether the files of a folder or zip are JSON, some of them."""
    return any(map(_JSON.search, names))


def shape_of(tree: Any) -> str:
    """The key in SHAPES of what a JSON value is, empty if it holds no questions."""
    data = tree.get("data") if isinstance(tree, dict) else None
    rows = [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []
    if any("qas" in row and "paragraphs" not in row for row in rows[:1]):
        return "korquad2"
    asked = [qa for row in rows for paragraph in _rows(row, "paragraphs") for qa in _rows(paragraph, "qas")]
    if not any("paragraphs" in row for row in rows):
        return ""
    if any("guid" in qa for qa in asked):
        return "klue-mrc"
    if any("is_impossible" in qa for qa in asked):
        return "squad2"
    version = str(tree.get("version", "")).lower()
    if "tydi" in version or (not version and any(_TYDI.match(str(qa.get("id"))) for qa in asked[:1])):
        return "tydi"
    return "korquad" if "korquad" in version else "squad"


def read_tree(tree: Any, shape: str, name: str) -> Iterator[Article]:
    """The articles of a JSON value; what is missing or of another type is an error that says where."""
    form = SHAPES[shape]
    for at, row in enumerate(_list(tree, "data", name, "")):
        where = f"data[{at}]"
        title = _string(row, "title", name, where, "")
        more = {key: row[key] for key in form.article if key in row}
        yield Article(title, tuple(_paragraphs(row, form, name, where)), more)


def write_tree(articles: Iterable[Article], path: Path, shape: str) -> Mapping[str, int]:
    """Write articles one after the other; the result is what the shape could not hold, and how often."""
    form, dropped = SHAPES[shape], Counter[str]()
    with atomic(path) as file:
        file.write(b'{"version": %s, "data": [' % json.dumps(form.version).encode())
        between = b"\n"
        for article in articles:
            for row in _pages(article, form, dropped) if form.pages else [_article(article, form, dropped)]:
                file.write(between + json.dumps(row, ensure_ascii=False).encode())
                between = b",\n"
        file.write(b"\n]}\n")
    return dict(+dropped)


def _paragraphs(row: Any, form: Shape, name: str, where: str) -> Iterator[Paragraph]:
    if form.pages:
        yield _paragraph(row, form, name, where)
        return
    for at, part in enumerate(_list(row, "paragraphs", name, where)):
        yield _paragraph(part, form, name, f"{where}.paragraphs[{at}]")


def _paragraph(row: Any, form: Shape, name: str, where: str) -> Paragraph:
    context = _string(row, "context", name, where)
    below = enumerate(_list(row, "qas", name, where))
    return Paragraph(context, tuple(_asked(qa, form, name, f"{where}.qas[{at}]") for at, qa in below))


def _asked(qa: Any, form: Shape, name: str, where: str) -> Asked:
    question = _string(qa, "question", name, where)
    key = form.id if form.id in qa else "id"
    number = qa[key] if isinstance(qa.get(key), int) else _string(qa, key, name, where)
    more, answers = qa, None
    if form.pages and "answer" in qa:
        answers = _answers([qa["answer"]], name, f"{where}.answer")
        more = qa["answer"]
    elif not form.pages and "answers" in qa:
        answers = _answers(_list(qa, "answers", name, where), name, f"{where}.answers")
    guesses = _list(qa, "plausible_answers", name, where) if "plausible_answers" in qa else []
    return Asked(
        str(number),
        question,
        answers,
        _flag(qa, name, where),
        _answers(guesses, name, f"{where}.plausible_answers"),
        {key: more[key] for key in form.question if key in more},
    )


def _flag(qa: Mapping[str, Any], name: str, where: str) -> bool | None:
    flag = qa.get("is_impossible")
    if isinstance(flag, bool | None):
        return flag
    raise _fault(name, where, f"is_impossible is {flag!r:.40}, not true or false")


def _answers(rows: list[Any], name: str, where: str) -> tuple[Answer, ...]:
    found = []
    for at, row in enumerate(rows):
        text, start = _string(row, "text", name, f"{where}[{at}]"), row.get("answer_start", -1)
        if not isinstance(start, int) or isinstance(start, bool):
            raise _fault(name, f"{where}[{at}]", f"answer_start is {start!r}, not a whole number")
        found.append(Answer(text, start))
    return tuple(found)


def _article(article: Article, form: Shape, dropped: Counter[str]) -> dict[str, Any]:
    paragraphs = [{"qas": _qas(part, form, dropped), "context": part.context} for part in article.paragraphs]
    return {"title": article.title, "paragraphs": paragraphs, **_kept(article.more, form.article, dropped)}


def _pages(article: Article, form: Shape, dropped: Counter[str]) -> Iterator[dict[str, Any]]:
    for part in article.paragraphs:
        kept = _kept(article.more, form.article, dropped)
        yield {"title": article.title, **kept, "context": part.context, "qas": _qas(part, form, dropped)}


def _qas(part: Paragraph, form: Shape, dropped: Counter[str]) -> list[dict[str, Any]]:
    found = []
    for asked in part.asked:
        if asked.impossible and not form.impossible:
            dropped["dropped: questions without an answer"] += 1
        else:
            found.append(_qa(asked, form, dropped))
    return found


def _qa(asked: Asked, form: Shape, dropped: Counter[str]) -> dict[str, Any]:
    more = _kept(asked.more, form.question, dropped)
    qa: dict[str, Any] = {form.id: asked.id, "question": asked.question}
    answers = [{"text": answer.text, "answer_start": answer.start} for answer in asked.answers or ()]
    if asked.answers is not None and form.pages:
        dropped["dropped: answers after the first"] += max(0, len(answers) - 1)
        return qa | ({"answer": answers[0] | more} if answers else {})
    if asked.answers is not None:
        qa["answers"] = answers
    if form.impossible and (asked.impossible is not None or answers):
        qa["is_impossible"] = bool(asked.impossible)
    if asked.plausible and form.impossible:
        qa["plausible_answers"] = [{"text": answer.text, "answer_start": answer.start} for answer in asked.plausible]
    dropped["dropped: plausible answers"] += 0 if form.impossible else len(asked.plausible)
    return qa | more


def _kept(more: Mapping[str, Any], keys: tuple[str, ...], dropped: Counter[str]) -> dict[str, Any]:
    dropped.update(f"dropped: {key}" for key in more if key not in keys)
    dropped.update(f"not known, so left out: {key}" for key in keys if key not in more)
    return {key: more[key] for key in keys if key in more}


def _member(name: str, content: bytes) -> Any:
    try:
        return json.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise UserError(f"{name}: no JSON ({error}); download or make the zip again") from None


def _rows(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = row.get(key)
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def _list(row: Any, key: str, name: str, where: str) -> list[Any]:
    value = _value(row, key, name, where)
    if not isinstance(value, list):
        raise _fault(name, where, f"{key} is {type(value).__name__}, not a list")
    return value


def _string(row: Any, key: str, name: str, where: str, default: str | None = None) -> str:
    value = _value(row, key, name, where, default)
    if not isinstance(value, str):
        raise _fault(name, where, f"{key} is {value!r:.40}, not text")
    return value


def _value(row: Any, key: str, name: str, where: str, default: Any = None) -> Any:
    if not isinstance(row, dict):
        raise _fault(name, where, f"is {type(row).__name__}, not an object")
    if key not in row and default is None:
        raise _fault(name, where, f'has no "{key}"')
    return row.get(key, default)


def _fault(name: str, where: str, what: str) -> UserError:
    at = f"{name}: {where}" if where else name
    return UserError(f"{at}: {what}; `python -m finetune check` lists all such faults and can write a repaired copy")


_JSON = re.compile(r"(?:^|/)[^./][^/]*\.json(?:\.xz|\.gz)?$")
_TYDI = re.compile(r"[a-z]+--?\d{10,}-\d+$")
SHAPES = {
    "korquad": Shape("KorQuAD 1.0", "KorQuAD_v1.0_converted"),
    "squad": Shape("SQuAD 1.1", "1.1"),
    "squad2": Shape("SQuAD 2.0", "v2.0", impossible=True),
    "klue-mrc": Shape(
        "KLUE-MRC", "klue-mrc-v1.1_converted", ("news_category", "source"), ("question_type",), "guid", impossible=True
    ),
    "korquad2": Shape(
        "KorQuAD 2",
        "KorQuAD_v2.1_converted",
        ("url", "raw_html"),
        ("html_answer_start", "html_answer_text"),
        pages=True,
    ),
    "tydi": Shape("TyDi QA GoldP", "TyDiQA-GoldP-1.1-for-SQuAD-1.1"),
}
