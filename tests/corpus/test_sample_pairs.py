from __future__ import annotations

import hashlib
import itertools
import re
from collections import Counter
from pathlib import Path

import pytest

from corpus.sample import names
from corpus.sample.pairs import write_pairs

Row = tuple[str, str, str]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row]]:
    folder = tmp_path_factory.mktemp("pairs")
    assert write_pairs(folder, 11, 4000) == {"train": 3600, "dev": 400}
    return rows(folder / "train.tsv"), rows(folder / "dev.tsv")


def rows(path: Path) -> list[Row]:
    header, *lines = path.read_bytes().decode().removesuffix("\n").split("\n")
    assert header == "label\tsentence1\tsentence2"
    return [(label, first, second) for label, first, second in (line.split("\t") for line in lines)]


def test_rows_are_well_formed_and_balanced(written: tuple[list[Row], list[Row]]) -> None:
    for part, size in zip(written, (3600, 400), strict=True):
        assert Counter(label for label, _, _ in part) == {"0": size // 2, "1": size // 2}
        assert all(first != second and first and second and "{" not in first + second for _, first, second in part)
        assert len({label for label, _, _ in part[:30]}) == 2


def test_dev_is_about_other_things(written: tuple[list[Row], list[Row]]) -> None:
    train, dev = ({text for _, *texts in part for text in texts if "《" in text} for part in written)
    titles = [set(re.findall("《.+?》", " ".join(texts))) for texts in (train, dev)]
    assert len(titles[1]) > 10
    assert not titles[0] & titles[1]


def test_the_same_bytes_for_a_seed(tmp_path: Path) -> None:
    digests = []
    for folder, seed in (("a", 5), ("b", 5), ("c", 6)):
        (tmp_path / folder).mkdir()
        write_pairs(tmp_path / folder, seed, 200)
        content = b"".join(file.read_bytes() for file in sorted((tmp_path / folder).iterdir()))
        digests.append(hashlib.sha256(content).hexdigest())
    assert digests[0] == digests[1] != digests[2]


NEGATIVE = re.compile("않|없|못|아니|지 마|말아|안 ")


def test_sets_are_sound() -> None:
    sets = names.table("pairs")["sets"]
    assert sum(len(one["same"]) >= 3 for one in sets) >= 40
    for one in sets:
        slots = [sorted(set(re.findall(r"\{(\w+)", pattern))) for pattern in one["same"]]
        assert all(each == slots[0] for each in slots), one["same"]
        assert not set(one["same"]) & set(one["other"])
        assert len({bool(NEGATIVE.search(pattern)) for pattern in one["same"]}) == 1, one["same"]
    kinds = Counter(one["of"] for one in sets)
    assert min(kinds.values()) >= 2, kinds
    every = [pattern for one in sets for pattern in one["same"]]
    assert len(every) == len(set(every))


Meaning = tuple[int, str, frozenset[tuple[str, str]]]


def readers() -> list[tuple[int, str, re.Pattern[str]]]:
    """For every pattern the expression that reads it back; a josa may stand in either form."""
    made = []
    for number, one in enumerate(names.table("pairs")["sets"]):
        for which, pattern in [("same", each) for each in one["same"]] + [(each, each) for each in one["other"]]:
            made.append((number, which, re.compile(reading(pattern))))
    return made


JOSA = {"은": "[은는]", "이": "[이가]", "을": "[을를]", "과": "[과와]", "으로": "(?:으로|로)", "이다": "이다"}


def reading(pattern: str) -> str:
    seen: set[str] = set()
    parts = []
    for literal, name, josa in re.findall(r"([^{]*)(?:\{(\w+)(?::(\w+))?\})?", pattern):
        value = r"\d+" if name == "year" else "《[^》]+》|[^《》?.]+?"
        group = f"(?P={name})" if name in seen else f"(?P<{name}>{value})"
        parts.append(re.escape(literal) + (group + JOSA.get(josa, "") if name else ""))
        seen.add(name)
    return "".join(parts)


def meanings(text: str, made: list[tuple[int, str, re.Pattern[str]]]) -> set[Meaning]:
    """Every way to read a sentence: the set, the meaning in it, and what stands in the slots."""
    for opening in itertools.chain(*names.table("pairs")["openings"].values()):
        text = text.removeprefix(opening)
    found = ((number, which, match) for number, which, regex in made if (match := regex.fullmatch(text)))
    return {(number, which, frozenset(match.groupdict().items())) for number, which, match in found}


def test_a_pair_is_alike_when_it_reads_alike(written: tuple[list[Row], list[Row]]) -> None:
    """The label again, from the sentences alone: read back by the patterns, two sentences share a meaning or do not."""
    made = readers()
    for label, first, second in written[0][:1200] + written[1]:
        one, two = meanings(first, made), meanings(second, made)
        assert one, first
        assert two, second
        assert bool(one & two) == (label == "1"), (label, first, second)


def test_no_pattern_is_everywhere(written: tuple[list[Row], list[Row]]) -> None:
    made = readers()
    counts: Counter[str] = Counter()
    texts = [text for _, *both in written[0][:1200] for text in both]
    for text in texts:
        for opening in itertools.chain(*names.table("pairs")["openings"].values()):
            text = text.removeprefix(opening)
        counts.update({regex.pattern for _, _, regex in made if regex.fullmatch(text)})
    assert max(counts.values()) < 0.03 * len(texts)
