"""The line format of Konkuk University's course: a question and its context as syllables, and the answer's tokens.

    [CLS] 세 종 은 _ 몇 _ 대 ? [SEP] 세 종 은 _ 넷 째 _ 왕 이 다 . [SEP] <tab> 15 <tab> 16

A token is one character, `_` is a blank, and the first and the last token of the answer are counted over the whole
line from [CLS]; 0 and 0 say that there is none. The format holds no ids, titles or second answers, and knows only the
blank of all white space. It has no way to write `_` itself: such a text gets the wide _ in its place, so that every
character still stands where it stood. Characters are those of the text: one in decomposed form (NFD) is several tokens.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate, groupby
from operator import itemgetter
from pathlib import Path

from finetune.examples import Answer
from finetune.formats.articles import Article, Asked, Paragraph, placed
from finetune.reading import lines
from tools.errors import UserError
from tools.shards import atomic

BLANK, WIDE = "_", "\N{FULLWIDTH LOW LINE}"
FIRST, BETWEEN = "[CLS]", "[SEP]"


def read_konkuk(path: Path) -> Iterator[Article]:
    """The lines of a file; those that follow one another with the same context are one paragraph.

    The id of a question is the file's name and the number of its line.
    """
    name = path.name.split(".")[0]
    found = (_asked(line, f"{path}:{at}", f"{name}-{at}") for at, line in lines(path) if line.strip())
    for context, below in groupby(found, key=itemgetter(0)):
        yield Article("", (Paragraph(context, tuple(asked for _, asked in below)),))


def write_konkuk(articles: Iterable[Article], path: Path) -> Mapping[str, int]:
    """Write a line for each question; the result is what the format could not hold, and how often."""
    dropped = Counter[str]()
    with atomic(path) as file:
        for article in articles:
            dropped["dropped: title"] += bool(article.title)
            dropped.update(f"dropped: {key}" for key in article.more)
            for paragraph in article.paragraphs:
                context = _tokens(paragraph.context, dropped)
                for asked in paragraph.asked:
                    if place := _place(asked, paragraph.context, dropped):
                        question = _tokens(asked.question, dropped)
                        tokens = " ".join((FIRST, *question, BETWEEN, *context, BETWEEN))
                        file.write(f"{tokens}\t{place[0]}\t{place[1]}\n".encode())
    return dict(+dropped)


def _asked(line: str, where: str, name: str) -> tuple[str, Asked]:
    """The context and the question of a line."""
    cells = line.split("\t")
    if len(cells) != 3 or not all(cell.strip().isdecimal() for cell in cells[1:]):
        raise UserError(f"{where}: must be tokens and two numbers with tabs between; mend the line")
    tokens, first, last = cells[0].split(), int(cells[1]), int(cells[2])
    borders = [at for at, token in enumerate(tokens) if token == BETWEEN]
    if tokens[:1] != [FIRST] or len(borders) != 2 or borders[1] != len(tokens) - 1:
        raise UserError(f"{where}: must be [CLS], a question, [SEP], a context, [SEP]; mend the line")
    letters = [" " if token == BLANK else token for token in tokens]
    begin, end = borders[0] + 1, borders[1]
    question, context = "".join(letters[1 : borders[0]]), "".join(letters[begin:end])
    if first == last == 0:
        return context, Asked(name, question, (), True)
    if not begin <= first <= last < end:
        raise UserError(f"{where}: {first} to {last} is not within its context, {begin} to {end - 1}; mend the line")
    starts = list(accumulate(map(len, letters[begin:end]), initial=0))
    answer = Answer("".join(letters[first : last + 1]), starts[first - begin])
    return context, Asked(name, question, (answer,))


def _place(asked: Asked, context: str, dropped: Counter[str]) -> tuple[int, int] | None:
    """The first and the last token of the answer in its line; None if it has no place, and the question no line."""
    dropped["dropped: id"] += 1
    dropped.update(f"dropped: {key}" for key in asked.more)
    dropped["dropped: plausible answers"] += len(asked.plausible)
    if asked.impossible:
        return 0, 0
    if not asked.answers:
        dropped["dropped: questions whose answer is not known"] += 1
        return None
    dropped["dropped: answers after the first"] += len(asked.answers) - 1
    answer, _ = placed(asked.answers[0], context)
    if answer.start < 0 or not answer.text:
        dropped["dropped: questions whose answer is not in the context"] += 1
        return None
    first = len(asked.question) + 2 + answer.start
    return first, first + len(answer.text) - 1


def _tokens(text: str, dropped: Counter[str]) -> list[str]:
    blanks = sum(map(str.isspace, text)) - text.count(" ")
    dropped[f"changed: {BLANK} became {WIDE}"] += text.count(BLANK)
    dropped["changed: line ends, tabs and other white space became a blank"] += blanks
    return [BLANK if character.isspace() else WIDE if character == BLANK else character for character in text]
