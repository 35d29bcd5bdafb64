"""The stage `cloze`: questions that plain text answers by itself, to learn reading from before any that people asked.

What two sentences of a document both name is replaced by 무엇 in one of them, which becomes the question; the other
stands in the context, and there the name is the answer. (Spans that recur are what Splinter is pretrained on; here they
take the form of questions, so that reader, loop and head are those of every other file of questions.) The two sentences
have another noun in common, or nothing would tell where to look, and the context has the answer once.

Nouns are told by the words of a shard (vocab/josa.py). Numbers and dates are asked about like names.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from corpus.document import Document
from corpus.sentences import split
from finetune.examples import Answer
from finetune.formats.articles import Article, Asked, Paragraph
from finetune.formats.squad import write_tree
from finetune.options_cloze import Cloze
from tools.engine import Engine, run
from tools.errors import UserError
from tools.shards import Shard, read_manifest, read_shard
from tools.stage import LEDGER, Summary
from vocab.josa import AFTER_A_CONSONANT, JOSA, cuts_by_rule
from vocab.words import clean, spans, words

_GOES_ON = re.compile(r"\d[.,:·~/]\d|\w[-_]\w")  # 1,650 and 5·18 are one thing, though three words
WHAT = "무엇"
QUESTIONS = "questions"
EACH = 3  # questions of a document at most
NAME = 3  # words of a name at most
SHORT, LONG = 15, 100  # characters of a question
CONTEXT = 300  # characters that a context is to have, if the document has them
MOST = 1000  # that it may have before a line ends; some documents are a single line
OFTEN = 20  # a name that more sentences have is what all of the document is about
FEW = 50  # so often any noun may be said
COMMON = 2000  # a noun that is more than one in so many words is too common to be asked about
Stem = Callable[[str], int]
"""Where the josa of a word begins; its length if a noun stands alone, 0 if it is no noun."""


class Term(NamedTuple):
    """A name in a sentence, and where the word that ends it ends."""

    text: str
    start: int
    end: int
    word_end: int


class Sentence(NamedTuple):
    """A sentence of a document, the numbers of those in its context, and what it names."""

    text: str
    context: range
    terms: tuple[Term, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Task:
    """One shard of documents, and how many questions it owes."""

    documents: Path
    shard: Shard
    number: int
    questions: int
    output: Path
    seed: int

    def __str__(self) -> str:
        return str(self.documents / self.shard.name)


def cloze(config: Cloze) -> Summary:
    """The stage: a file of questions for each shard of documents."""
    shards = read_manifest(config.corpus).shards
    total, before, tasks = sum(shard.records for shard in shards), 0, list[Task]()
    for number, shard in enumerate(shards):
        low, high = (config.questions * rows // max(1, total) for rows in (before, before + shard.records))
        tasks.append(Task(config.corpus, shard, number, high - low, config.output / QUESTIONS, config.seed))
        before += shard.records
    (config.output / QUESTIONS).mkdir(exist_ok=True)
    engine = Engine(config.engine, config.workers)
    counts = Counter[str]()
    for result in run(_write, tasks, engine, label="cloze", ledger=config.output / LEDGER):
        counts.update(result)
    if not counts["questions"]:
        lacks = "have no two sentences that name the same two things"
        raise UserError(f"{config.corpus}: {total:,} documents {lacks}; give a larger corpus")
    return dict(counts)


def _write(task: Task) -> dict[str, int]:
    documents = [Document(**row) for row in read_shard(task.documents, task.shard)]
    articles = list(articles_of(documents, task.questions, random.Random(f"{task.seed} {task.number}")))
    if articles:
        write_tree(articles, task.output / f"{task.number:05d}.json", "squad")
    return {"documents": len(articles), "questions": sum(len(article.paragraphs) for article in articles)}


def articles_of(documents: Sequence[Document], questions: int, chance: random.Random) -> Iterator[Article]:
    """So many questions, if the documents have them: documents are taken by chance until there are enough."""
    counts = Counter(word for document in documents for word in words(document.text))
    stem, common = stems(counts)
    left = questions
    for document in chance.sample(documents, len(documents)):
        if left <= 0:
            return
        if found := tuple(asked(document, stem, common, chance))[:left]:
            left -= len(found)
            yield Article(document.title, found)


def stems(counts: Counter[str]) -> tuple[Stem, frozenset[str]]:
    """What tells the nouns of a corpus, by its words, and those too common to be asked about."""
    cuts = cuts_by_rule(counts)
    ends = {word: start for word, places in cuts.items() if (start := _josa(word, places[-1]))}
    nouns, total = Counter[str](), counts.total()
    for word, count in counts.items():
        nouns[word[: ends.get(word, len(word))]] += count
    known = {word[:end] for word, end in ends.items()}

    def stem(word: str) -> int:
        return ends.get(word) or (len(word) if word in known or any(map(str.isdecimal, word)) else 0)

    return stem, frozenset(noun for noun, count in nouns.items() if count > max(FEW, total / COMMON))


def _josa(word: str, cut: int) -> int:
    """Where the josa behind a cut begins, 0 if there is none: 390만 is a number, 37도 degrees, 17일 a day."""
    start = cut + (word[cut - 1].isdecimal() and word[cut] in "만도")
    tag, _ = JOSA.get(word[start:], ("", ""))
    return 0 if not tag or (tag == "VCP" and word[start - 1].isdecimal()) else start


def asked(document: Document, stem: Stem, common: frozenset[str], chance: random.Random) -> Iterator[Paragraph]:
    """Some questions of a document, each about another name and from another sentence; long names come first."""
    sentences, where, used = _sentences(document.text, stem), defaultdict[str, list[int]](list), set[int]()
    for number, sentence in enumerate(sentences):
        for name in {term.text for term in sentence.terms} - common:
            where[name].append(number)
    names = sorted(name for name, numbers in where.items() if 1 < len(numbers) <= OFTEN and len(name) > 1)
    for name in sorted(chance.sample(names, len(names)), key=lambda name: -name.count(" ")):
        if len(used) == EACH:
            return
        for number in where[name]:
            made = number not in used and _made(name, number, where[name], sentences, common)
            if made:
                used.add(number)
                question, context = made
                answer = Answer(name, context.find(name))
                yield Paragraph(context, (Asked(f"{document.id}-{number}", question, (answer,)),))
                break


def _sentences(text: str, stem: Stem) -> list[Sentence]:
    contexts, size = list[list[str]]([[]]), 0
    for line in clean(text).split("\n"):
        for place, sentence in enumerate(filter(None, map(str.strip, split(line)))):
            if size >= (MOST if place else CONTEXT):
                contexts.append([])
                size = 0
            contexts[-1].append(sentence)
            size += len(sentence)
    found = list[Sentence]()
    for some in contexts:
        context = range(len(found), len(found) + len(some))
        found += [Sentence(sentence, context, tuple(_terms(sentence, stem))) for sentence in some]
    return found


def _terms(sentence: str, stem: Stem) -> Iterator[Term]:
    """The names in a sentence: nouns, and nouns in a row of which only the last has a josa."""
    row = list[int]()  # where those begin that may belong to one name
    for start, end in spans(sentence):
        broken = _GOES_ON.match(sentence, max(0, start - 2)) or _GOES_ON.match(sentence, end - 1)
        length = 0 if broken else stem(sentence[start:end])
        row = row[1 - NAME :] if length and sentence[start - 1 : start] == " " else []
        if not length:
            continue
        row.append(start)
        for first in row:
            yield Term(sentence[first : start + length], first, start + length, end)
        if length < end - start:
            row = []


def _made(
    name: str, number: int, where: Sequence[int], sentences: Sequence[Sentence], common: frozenset[str]
) -> tuple[str, str] | None:
    """The question that a sentence asks for a name, and a context that has it once beside a noun of the question."""
    question = _question(name, sentences[number])
    if not question:
        return None
    nouns = _others(sentences[number], name) - common
    for other in where:
        if other != number and nouns & _others(sentences[other], name):
            context = " ".join(sentences[each].text for each in sentences[other].context if each != number)
            if context.count(name) == 1:
                return question, context
    return None


def _question(name: str, sentence: Sentence) -> str:
    """The sentence asking for a name; empty if it is none to ask, or the name has no josa and may be a verb."""
    text = sentence.text
    if text.count(name) > 1 or not SHORT <= len(text) <= LONG:
        return ""
    term = next(term for term in sentence.terms if term.text == name)
    josa = text[term.end : term.word_end]
    if not josa and not any(map(str.isdecimal, name)):
        return ""
    return f"{text[: term.start]}{WHAT}{AFTER_A_CONSONANT.get(josa, josa)}{text[term.word_end :].rstrip('.')}?"


def _others(sentence: Sentence, name: str) -> set[str]:
    """What a sentence names that is no part of a name, nor has it as a part."""
    return {term.text for term in sentence.terms if term.text not in name and name not in term.text}
