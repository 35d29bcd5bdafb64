"""Names in markup: the two ways to write them, whatever the text holds, and what is no markup."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given

from finetune.examples import Span, Tagged
from finetune.formats.bio import names_of, tags_of
from finetune.formats.inline import (
    CATEGORY,
    HALF,
    NESTED,
    SHORT,
    marked,
    parsed,
    read_inline,
    write_category,
    write_inline,
)
from finetune.formats.tokens import EMPTY
from tests.finetune.name_texts import KINDS, example, examples, files, klue, needs_data, tagged, told
from tools.errors import UserError


def put(folder: Path, text: str) -> Path:
    (folder / "some.txt").write_text(text, encoding="utf-8")
    return folder / "some.txt"


@files
@given(drawn=examples)
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, drawn: list[Tagged]) -> None:
    path = tmp_path_factory.getbasetemp() / "round.txt"
    drawn = [*drawn, example("가람")]
    for write in (write_inline, write_category):
        write(drawn, path)
        assert told(read_inline(path).examples) == [one for one in told(drawn) if one[0].strip()]


@given(one=tagged("a<>:\\/S", 14))
def test_marks_of_markup_in_a_text_are_told_from_markup(one: Tagged) -> None:
    for markup in (SHORT, CATEGORY):
        line = marked(one.text, one.names or (), markup, {*KINDS, "S"})
        assert parsed("1", line, markup, {*KINDS, "S"}) == (one if one.text else EMPTY)


@files
@given(drawn=examples)
def test_markup_to_tags_and_back(tmp_path_factory: pytest.TempPathFactory, drawn: list[Tagged]) -> None:
    path = tmp_path_factory.getbasetemp() / "tags.txt"
    write_inline([*drawn, example("가람")], path)
    for one in read_inline(path).examples:
        assert isinstance(one, Tagged)
        assert one.names is not None
        for scheme in ("IOB2", "BIOES"):
            tags = tags_of(one.names, len(one.text), scheme)
            assert tuple(names_of(tags, scheme)[0]) == one.names


def test_a_small_file_of_each(tmp_path: Path) -> None:
    short = put(tmp_path, "<가람 온:PS>은 <도하:LC>에 간다.\n\n오늘도 간다.\n")
    reading = read_inline(short)
    assert told(reading.examples) == told([example("[가람 온:PS]은 [도하:LC]에 간다."), example("오늘도 간다.")])
    assert [one.id for one in reading.examples] == ["1", "3"]
    assert reading.skipped == {"empty sentence": 1}
    long = put(tmp_path, 'Most <category="Modifier">colon cancer</category> cells (p < 0.05)\n')
    assert told(read_inline(long).examples) == told([example("Most [colon cancer:Modifier] cells (p < 0.05)")])


@pytest.mark.parametrize(
    "line",
    [
        "1 < 2",
        "a <b> c",
        "<짝> 폐지",
        "<3:30>에",
        "->",
        "ㅋㅋ >ㅁ<",
        ":D> <참고: 이것>",
        "<:PS",
        "C:\\가\\람",
        "<<",
        "\\\\",
    ],
)
def test_what_is_no_markup_is_text_and_stays_as_it_is(tmp_path: Path, line: str) -> None:
    path = put(tmp_path, f"{line}\n")
    assert told(read_inline(path).examples) == [(line, ())]
    write_inline([Tagged("1", line, ())], tmp_path / "again")
    assert (tmp_path / "again").read_text() == f"{line}\n"


def test_brackets_around_a_name_and_colons_in_it(tmp_path: Path) -> None:
    path = put(tmp_path, "<<가람:PS>>와 <2:1:QT>\n")
    assert told(read_inline(path).examples) == [("<가람>와 2:1", (Span(1, 3, "PS"), Span(6, 9, "QT")))]


def test_backslashes_only_where_they_are_needed(tmp_path: Path) -> None:
    texts = [example("<가람:PS> \\ [온:LC]"), example("가\\[온:LC]<"), example("가 < [온:LC]")]
    write_inline(texts, tmp_path / "a")
    assert (tmp_path / "a").read_text().splitlines() == ["\\<가람:PS\\> \\ <온:LC>", "가\\\\<온:LC>\\<", "가 < <온:LC>"]
    assert told(read_inline(tmp_path / "a").examples) == told(texts)


def test_broken_markup_is_left_out_and_counted(tmp_path: Path) -> None:
    rows = ["<<가람:PS>시:LC>에", "<가람:PS>와 온:PS>", "<가람:PS>와 <온:PS 그리고", "<가람:PS>와 온"]
    reading = read_inline(put(tmp_path, "\n".join(rows)))
    assert told(reading.examples) == told([example("[가람:PS]와 온")])
    assert reading.skipped == {NESTED: 1, HALF: 2}
    rows = ['<category="A">a<category="B">b</category></category>', "c</category>", '<category="A">d</category>']
    reading = read_inline(put(tmp_path, "\n".join(rows)))
    assert told(reading.examples) == told([example("[d:A]")])
    assert reading.skipped == {NESTED: 1, HALF: 1}


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "a"
    found = write_inline([Tagged("1", "가람\n온", (Span(0, 2),)), Tagged("2", "온"), Tagged("3", " ", ())], path)
    assert path.read_text() == "<가람:NE> 온\n온\n"
    assert found == {
        "line break made a space": 1,
        "name without a type: written as NE": 1,
        "names not known: written as none": 1,
        "empty sentence": 1,
    }
    with pytest.raises(UserError, match="the type '사람' cannot be written"):
        write_inline([Tagged("1", "가람", (Span(0, 2, "사람"),))], path)


def test_bare_names_have_no_josa(tmp_path: Path) -> None:
    found = write_inline([example("[가람온은:PS] ['말모이'를:AF] [종로:LC] 폈다.")], tmp_path / "a", bare=True)
    assert (tmp_path / "a").read_text() == "<가람온:PS>은 '<말모이:AF>'를 <종로:LC> 폈다.\n"
    assert found == {"josa or marks taken off a name": 2}


@needs_data
def test_klue_in_markup_and_back(tmp_path: Path) -> None:
    for write in (write_inline, write_category):
        assert not write(klue(), tmp_path / "a")
        assert told(read_inline(tmp_path / "a").examples) == told(klue())
