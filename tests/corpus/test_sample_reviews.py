from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path

import pytest

from corpus.sample import names, world
from corpus.sample.reviews import review, write_reviews

Row = tuple[str, str, str]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[Row], list[Row]]:
    folder = tmp_path_factory.mktemp("reviews")
    assert write_reviews(folder, 11, 4000) == {"train": 3600, "test": 400, "films": 264}
    return rows(folder / "ratings_train.txt"), rows(folder / "ratings_test.txt")


def rows(path: Path) -> list[Row]:
    header, *lines = path.read_bytes().decode().removesuffix("\n").split("\n")
    assert header == "id\tdocument\tlabel"
    return [(number, text, label) for number, text, label in (line.split("\t") for line in lines)]


def test_rows_are_well_formed_and_balanced(written: tuple[list[Row], list[Row]]) -> None:
    train, test = written
    assert [len(train), len(test)] == [3600, 400]
    everything = train + test
    assert len({number for number, _, _ in everything}) == 4000
    assert all(number.isdecimal() and label in "01" for number, _, label in everything)
    assert all(text == text.strip() and 0 < len(text) <= 140 and "{" not in text for _, text, _ in everything)
    assert Counter(label for _, _, label in train) == {"0": 1800, "1": 1800}
    assert Counter(label for _, _, label in test) == {"0": 200, "1": 200}
    assert len({label for _, _, label in train[:30]}) == 2


def test_train_and_test_have_no_film_in_common(written: tuple[list[Row], list[Row]]) -> None:
    regions = range(66)
    titles = {
        region: [world.entity(11, world.number(region, "film", slot)).name.hangul for slot in range(4)]
        for region in regions
    }
    seen = [
        {r for r in regions for title in titles[r] if any(title in text for _, text, _ in part)} for part in written
    ]
    assert len(seen[1]) >= 5
    assert len(seen[0]) >= 40
    assert not seen[0] & seen[1]


def test_a_few_are_the_first_of_the_labelled(tmp_path: Path) -> None:
    write_reviews(tmp_path, 11, 4000)
    assert rows(tmp_path / "ratings_few.txt") == rows(tmp_path / "ratings_train.txt")[:200]


def test_boards_hold_unlabelled_reviews_of_other_films_than_the_test(tmp_path: Path) -> None:
    write_reviews(tmp_path, 11, 1200)
    boards = [board.split("\n") for board in (tmp_path / "boards.txt").read_text().removesuffix("\n\n").split("\n\n")]
    assert [len(board) for board in boards] == [30] * 320
    labelled = {text for name in ("train", "test") for _, text, _ in rows(tmp_path / f"ratings_{name}.txt")}
    shared = sum(text in labelled for board in boards for text in board)
    assert shared < 0.3 * 9600  # short cheers are typed by many
    closings = (("~", "^^", "!!", "ㅎㅎ"), ("..", ";;", "ㅡㅡ", "ㅉㅉ"))
    moods = [[sum(text.endswith(ends) for text in board) for ends in closings] for board in boards]
    assert sum(max(mood) >= 3 * min(mood) for mood in moods) > 290  # most agree
    assert 100 < sum(praise > blame for praise, blame in moods) < 220
    tested = {
        world.entity(11, world.number(region, "film", slot)).name.hangul for region in (0, 1) for slot in range(4)
    }
    assert any(title in text for _, text, _ in rows(tmp_path / "ratings_test.txt") for title in tested)
    assert not any(title in text for board in boards for text in board for title in tested)


def test_the_same_bytes_for_a_seed(tmp_path: Path) -> None:
    digests = []
    for folder, seed in (("a", 5), ("b", 5), ("c", 6)):
        (tmp_path / folder).mkdir()
        write_reviews(tmp_path / folder, seed, 200)
        content = b"".join(file.read_bytes() for file in sorted((tmp_path / folder).iterdir()))
        digests.append(hashlib.sha256(content).hexdigest())
    assert digests[0] == digests[1] != digests[2]


def test_there_are_many_patterns_and_none_is_everywhere(written: tuple[list[Row], list[Row]]) -> None:
    patterns = names.table("reviews")["patterns"]
    assert sum(len(group) for group in patterns.values()) >= 80
    shapes = {pattern: shape(pattern) for group in patterns.values() for pattern in group}
    texts = [text.replace(" ", "") for part in written for _, text, _ in part]
    used = {pattern: sum(bool(found.search(text)) for text in texts) for pattern, found in shapes.items()}
    # A pattern that is little more than slots finds more than its own sentences, so those are judged by their number.
    telling = {pattern: count for pattern, count in used.items() if len(re.sub(r"\{[^}]*\}|[\s,.]", "", pattern)) > 5}
    assert len(telling) > 80
    assert max(telling.values()) < 0.03 * len(texts)
    assert min(used.values()) > 0


def shape(pattern: str) -> re.Pattern[str]:
    """The literal parts of a pattern with anything in its slots, spaces aside."""
    return re.compile(".+".join(re.escape(part) for part in re.split(r"\{[^}]*\}", pattern.replace(" ", ""))))


GOOD = re.compile(
    "재미있|재밌|신선|볼만|흥미진진|유쾌|괜찮|자연스|훌륭|섬세|뛰어|탄탄|아름|매끄|시원시원|완벽|좋|화려|짜릿|생생|"
    "개성있|재치있|맛깔나|빠르|깔끔|따뜻|인상깊|예쁘|예뻤|세심|감미"
)
BAD = re.compile(
    "지루|시시|유치|뻔|밋밋|어설|엉성|어색|부족|허술|억지스|촌스|느리|답답|산만|어수선|허무|찝찝|별로|칙칙|조잡|"
    "진부|아쉽|아쉬|시끄"
)


def verdict(text: str) -> str | None:
    """What the last opinion in a mirrored review says: the word, turned round when it is negated."""
    found = [(match.start(), label) for words, label in ((GOOD, "1"), (BAD, "0")) for match in words.finditer(text)]
    if not found:
        return None
    place, label = max(found)
    turned = "지않" in text[place : place + 9] or text[:place].endswith("하나도안")
    return {"0": "1", "1": "0"}[label] if turned else label


def test_the_last_opinion_agrees_with_the_label() -> None:
    """A rule of its own: in a review of mirrored patterns only, the last opinion is the label, negation minded."""
    patterns = names.table("reviews")["patterns"]
    idioms = [shape(pattern) for side in ("positive", "negative") for pattern in patterns[side]]
    odd = re.compile(
        "꼽자면|한마디로|살렸|살려|망쳤|망쳐|추천|비추|강추|마세요|보세요|못하겠어요|마음에들|실망|만족|감탄|감동|후회"
    )
    judged = []
    for number in range(6000):
        text = review(3, number, range(20)).replace(" ", "")
        if odd.search(text) or any(idiom.search(text) for idiom in idioms):
            continue
        if (said := verdict(text)) is not None:
            judged.append((said == str(number % 2), text))
    assert len(judged) > 1000
    assert not [text for right, text in judged if not right][:10]


def test_both_sides_use_the_same_words() -> None:
    """Stems that are only ever good in one place of a pattern are there to be bad in the other."""
    sides = [" ".join(review(3, number, range(20)) for number in range(first, 8000, 2)) for first in (0, 1)]
    for word in ("지루", "재밌", "뻔", "시시", "훌륭", "허술", "아름"):
        counts = [side.count(word) for side in sides]
        assert min(counts) > 0.4 * max(counts), (word, counts)
