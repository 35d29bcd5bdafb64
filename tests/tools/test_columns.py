from tools.columns import aligned, width


def test_hangul_and_hanja_are_two_columns_wide() -> None:
    assert [width(text) for text in ("", "abc", "가나", "漢 a", "ㅋ")] == [0, 3, 4, 4, 2]


def test_columns_stand_under_one_another() -> None:
    rows = [["이름", "n", "끝"], ["a", "1,000", ""]]
    assert list(aligned(rows)) == ["이름  n      끝", "a     1,000"]
    assert list(aligned(rows, numbers=True)) == ["이름      n  끝", "a     1,000"]
