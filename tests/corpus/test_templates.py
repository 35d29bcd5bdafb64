"""The template table: its form, its functions, a user's own rows, parser functions and arithmetic."""

from __future__ import annotations

import math
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.expressions import evaluate, number_text
from corpus.losses import Losses
from corpus.parser_functions import parser_function
from corpus.template_functions import FUNCTIONS
from corpus.templates import BUILT_IN, load, pattern, template_key, template_text
from tools.errors import UserError

TEMPLATES = load()


def text_of(body: str, alone: bool = False) -> str:
    return template_text(body, alone, "제목", TEMPLATES, Losses()).replace("\ufdd0", "")


def test_the_table_is_large_and_names_nothing_twice() -> None:
    rows = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))["rows"]
    names = [template_key(name) for row in rows for name in row.get("names", ())]
    carrying = [name for row in rows if "text" in row or "function" in row for name in row.get("names", ())]
    assert len(names) == len(set(names))
    assert len(carrying) >= 120


def test_every_function_is_used_by_the_table() -> None:
    rows = tomllib.loads(BUILT_IN.read_text(encoding="utf-8"))["rows"]
    assert {row["function"] for row in rows if "function" in row} == set(FUNCTIONS)


@pytest.mark.parametrize(
    "name", ["출생일과 나이", "출생일과나이", "틀:출생일과_나이", " Template:출생일과 나이 ", "출생일과 나이\n"]
)
def test_names_are_compared_leniently(name: str) -> None:
    assert text_of(f"{name}|1980|1|1") == "1980년 1월 1일"


@pytest.mark.parametrize(
    ("form", "arguments", "expected"),
    [
        ("{1}", "가", "가"),
        ("{2|1}", "가", "가"),
        ("{2|1}", "가|나", "나"),
        ("{1}[({2})]", "가", "가"),
        ("{1}[({2})]", "가|나", "가(나)"),
        ("[{월}월 ]{일}일", "일=3", "3일"),
        ("[{월}월 ]{일}일", "월=2|일=3", "2월 3일"),
        ("『{1}』", "1=가=나", "『가=나』"),
        ("{1}", " 가 ", "가"),
        ("{1}", "가|1=나", "나"),
    ],
)
def test_patterns(form: str, arguments: str, expected: str, tmp_path: Path) -> None:
    table = tmp_path / "own.toml"
    table.write_text(f"rows = [{{ names = ['시험'], text = '{form}' }}]", encoding="utf-8")
    assert template_text(f"시험|{arguments}", False, "", load(table), Losses()) == expected


def test_a_pattern_without_values_is_empty() -> None:
    assert pattern("{1}")({}) == ""
    assert pattern("[{1} 년]")({"1": ""}) == ""


def test_own_rows_win(tmp_path: Path) -> None:
    table = tmp_path / "own.toml"
    table.write_text(
        "rows = [{ names = ['작게'], text = '<{1}>' }, { prefixes = ['내'], drop = true },"
        " { suffixes = ['표'], block = true }]",
        encoding="utf-8",
    )
    own, losses = load(table), Losses()
    assert template_text("작게|가", False, "", own, losses) == "<가>"
    assert template_text("내 틀|가", False, "", own, losses) == "\ufdd0"
    assert template_text("긴 표|가", False, "", own, losses) == ""
    assert losses.dropped == {"inline template": 1, "block template": 1}
    assert not losses.unresolved


@pytest.mark.parametrize(
    ("table", "what"),
    [
        ("rows = 3", "no rows"),
        ("rows = [", "not a readable"),
        ("rows = [{ names = ['가'] }]", "exactly one of"),
        ("rows = [{ names = ['가'], text = '{1}', drop = true }]", "exactly one of"),
        ("rows = [{ text = '{1}' }]", "needs names"),
        ("rows = [{ names = ['가'], function = '없는것' }]", "없는것"),
    ],
)
def test_a_bad_table_is_one_line_for_the_user(table: str, what: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(table, encoding="utf-8")
    with pytest.raises(UserError, match=what) as error:
        load(path)
    assert "\n" not in str(error.value).strip()


def test_a_missing_table_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.toml"):
        load(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("날짜|2020-03", "2020년 3월"),
        ("날짜|어느 봄날", "어느 봄날"),
        ("날짜|년=1999|월=12|일=31", "1999년 12월 31일"),
        ("death date and age|2001|2|3|1930|5|6|df=yes", "2001년 2월 3일"),
        ("월일|3|1", "3월 1일"),
        ("생몰년|1900|1950", "1900년 ~ 1950년"),
        ("음력|1397|4|10", "음력 1397년 4월 10일"),
        ("세기|19세기", "19세기"),
        ("세기|5|기원전", "기원전 5세기"),
        ("convert|1,200|m|ft|abbr=on", "1,200 m"),
        ("convert|10|x|20|cm|in", "10 × 20 cm"),
        ("convert|12", "12"),
        ("val|1234.5|0.2|u=kg", "1,234.5±0.2 kg"),
        ("val|6.02|e=23", "6.02×10^23"),
        ("nts|1234567", "1,234,567"),
        ("frac|2", "1/2"),
        ("frac|3|1|4", "3 1/4"),
        ("respell|BUR|lin", "BUR-lin"),
        ("IPAc-en|ˈ|b|ɜːr|l|ɪ|n|audio=a.ogg", "/ˈbɜːrlɪn/"),
        ("IPA-de|bɛɐ̯ˈliːn", "bɛɐ̯ˈliːn"),
        ("통화|KRW|1000", "1000 KRW"),
        ("역|서울", "서울역"),
        ("국기나라|PRK", "조선민주주의인민공화국"),
        ("국기나라|대한민국|이름=한국", "한국"),
        ("ESP", "스페인"),
        ("e|5", "×10^5"),
        ("IPAc-en|ˈ|eɪ|ʒ|ə|,_|ˈ|eɪ|ʃ|ə", "/ˈeɪʒə, ˈeɪʃə/"),
        ("음악|flat", "♭"),
        ("성경|요한|3|16", "요한 3 16"),
        ("Cite web|url=http://a.b", ""),
        ("어떤 서적 인용|제목=가", ""),
    ],
)
def test_functions_of_the_table(body: str, expected: str) -> None:
    assert text_of(body) == expected


@settings(max_examples=300)
@given(st.sampled_from(sorted(FUNCTIONS)), st.lists(st.text("가1a-.,=| \n", max_size=6), max_size=7))
def test_functions_take_any_arguments(name: str, values: list[str]) -> None:
    assert isinstance(FUNCTIONS[name]({str(number): value for number, value in enumerate(values, 1)}), str)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("#if: |가|나", "나"),
        ("#if:x|가", "가"),
        ("#ifeq:가|가|같다", "같다"),
        ("#ifeq:1|가|같다|다르다", "다르다"),
        ("#ifexpr:1=2|가|나", "나"),
        ("#ifexist:문서|있다|없다", "있다"),
        ("#switch:나|가|나=둘|#default=셋", "둘"),
        ("#switch:다|가=하나|#default=셋", "셋"),
        ("#switch:다|가=하나", ""),
        ("#expr:1/0", ""),
        ("#len:가나", "2"),
        ("#replace:가나가|가|다", "다나다"),
        ("formatnum:-1234.50", "-1,234.50"),
        ("formatnum:1,234|R", "1234"),
        ("formatnum:열", "열"),
        ("padright:7|3|xy", "7xy"),
        ("padleft:7|999|0", "0" * 499 + "7"),
        ("ucfirst:abc", "Abc"),
        ("FULLPAGENAME", "제목"),
        ("CURRENTYEAR", "2026"),
        ("#invoke:가|나", None),
        ("가: 나", None),
    ],
)
def test_parser_functions(body: str, expected: str | None) -> None:
    assert parser_function(body, "제목") == expected


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1+2*3", 7), ("(1+2)*3", 9), ("2^3", 8), ("-2^2", 4), ("7 mod 3", 1), ("7 div 2", 3.5), ("1.5 round 0", 2),
        ("-1.5 round 0", -2), ("1234 round -2", 1200), ("1 = 1", 1), ("1 <> 1", 0), ("not 0", 1), ("1 and 0", 0),
        ("1 or 0", 1),
        ("floor 1.7", 1), ("pi > 3", 1), ("1e3", 1000), ("5−3", 2),
    ],
)  # fmt: skip
def test_expressions(expression: str, value: float) -> None:
    assert evaluate(expression) == pytest.approx(value)


@pytest.mark.parametrize(
    "expression",
    ["1+", "(", ")", "1 2", "__import__('os')", "9^9^9^9", "1/0", "a", "(-8)^0.5", "1" * 2000, "sqrt", "1 round 1 2"],
)
def test_what_is_no_expression_has_no_value(expression: str) -> None:
    assert evaluate(expression) is None


@settings(max_examples=300)
@given(st.text("0123456789.+-*/^() <>=modroundefloorabs", max_size=40))
def test_evaluation_ends_with_a_number_or_nothing(expression: str) -> None:
    value = evaluate(expression)
    assert value is None or (math.isfinite(value) and number_text(value))
