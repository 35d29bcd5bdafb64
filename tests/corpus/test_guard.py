from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from corpus.guard import TooSlow, mark, marked, marked_number, simple_text, time_limit


def test_a_page_over_its_time_is_stopped() -> None:
    start = time.monotonic()
    with pytest.raises(TooSlow), time_limit(0.1):
        while True:
            pass
    assert time.monotonic() - start < 1


def test_time_left_over_does_not_ring_later() -> None:
    with time_limit(0.05):
        pass
    time.sleep(0.1)


def test_outside_the_main_thread_there_is_no_limit() -> None:
    ended = []

    def work() -> None:
        with time_limit(0.01):
            time.sleep(0.05)
        ended.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert ended == [True]


def test_the_simple_cleaner_keeps_prose() -> None:
    page = (
        "{{정보\n| 이름 = 값\n}}\n'''나루'''는 [[가람]]의 [[강]]이다.<br>길다.\n\n"
        "== 역사 ==\n* 첫째\n{|\n| 칸\n|}\n[[분류:강]]"
    )
    assert simple_text(page) == "나루는 가람의 강이다. 길다.\n첫째"


def test_the_mark_says_what_was_being_done(tmp_path: Path) -> None:
    path = tmp_path / "0.page"
    assert marked_number(path) is None
    with marked(path) as descriptor:
        mark(descriptor, 7)
        mark(descriptor, 300)
    assert marked_number(path) == 300
