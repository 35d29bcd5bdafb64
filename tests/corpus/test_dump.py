import bz2
import dataclasses
import gzip
import itertools
import lzma
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from corpus.dump import Page, pages, split
from tools.errors import UserError

HEADER = '<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" xml:lang="ko">\n  <siteinfo>가상</siteinfo>\n'
FOOTER = "</mediawiki>\n"


def page_xml(page: Page) -> str:
    redirect = '    <redirect title="다른 곳" />\n' if page.redirect else ""
    return (
        f"  <page>\n    <title>{escape(page.title)}</title>\n    <ns>{page.namespace}</ns>\n    <id>{page.id}</id>\n"
        f"{redirect}    <revision>\n      <id>{page.id}7</id>\n      <contributor><id>1</id></contributor>\n"
        f'      <text bytes="1" xml:space="preserve">{escape(page.text)}</text>\n    </revision>\n  </page>\n'
    )


def made_pages(count: int) -> list[Page]:
    texts = (
        "'''{}'''은 <b>강</b>이다. a & b\n\n== 역사 ==\n",
        "{}: `<page>` 와 </page> 그리고 &lt;page&gt;\n",
        "{}\t끝",
    )
    return [
        Page(n, f"쪽 {n} & <{n}>", 10 * (n % 5 == 4), n % 7 == 6, texts[n % 3].format(n) * (1 + n * 37 % 11))
        for n in range(1, count + 1)
    ]


def streams(made: Sequence[Page], each: int) -> list[str]:
    groups = [made[at : at + each] for at in range(0, len(made), each)]
    return [HEADER, *("".join(map(page_xml, group)) for group in groups), FOOTER]


def xml(made: Sequence[Page]) -> bytes:
    return "".join(streams(made, 100)).encode()


def multistream(made: Sequence[Page], each: int = 10) -> bytes:
    return b"".join(bz2.compress(stream.encode()) for stream in streams(made, each))


def cut_anywhere(made: Sequence[Page]) -> bytes:
    """As pbzip2 does it: many streams, none of them cut where a page begins."""
    data = xml(made)
    return b"".join(bz2.compress(data[at : at + 5000]) for at in range(0, len(data), 5000))


def several_frames(made: Sequence[Page]) -> bytes:
    data = xml(made)
    frames = (zstandard.compress(data[at : at + 3001]) for at in range(0, len(data), 3001))
    return b"\x50\x2a\x4d\x18\x04\0\0\0skip" + b"".join(frames)


FORMS: dict[str, Callable[[Sequence[Page]], bytes]] = {
    "plain": xml,
    "multistream": multistream,
    "single bz2": lambda made: bz2.compress(xml(made)),
    "pbzip2": cut_anywhere,
    "gzip": lambda made: gzip.compress(xml(made)),
    "two gzip members": lambda made: gzip.compress(xml(made)[:999]) + gzip.compress(xml(made)[999:]) + b"\0" * 512,
    "zstd": lambda made: zstandard.compress(xml(made)),
    "zstd frames": several_frames,
    "xz": lambda made: lzma.compress(xml(made)),
}


def write(folder: Path, data: bytes) -> str:
    path = folder / "kowiki.bin"  # the name says nothing: the content must
    path.write_bytes(data)
    return str(path)


def read_all(path: str, block: int = 4 << 20) -> list[Page]:
    return [page for part in split(path, block) for page in pages(part)]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("block", [1, 700, 4096, 1 << 22])
def test_any_block_size_gives_the_same_pages(tmp_path: Path, form: str, block: int) -> None:
    made = made_pages(95)
    assert read_all(write(tmp_path, FORMS[form](made)), block) == made


def test_block_size_decides_the_number_of_parts(tmp_path: Path) -> None:
    made = made_pages(300)
    multi, plain = write(tmp_path, multistream(made)), str(tmp_path / "plain.xml")
    Path(plain).write_bytes(xml(made))
    assert len(split(multi, 1)) == 31  # the header, and one for each stream of pages
    assert len(split(plain, 1)) == 301
    assert len(split(plain, len(xml(made)) // 4)) in (4, 5)
    for path in (multi, plain):
        parts = split(path, 2000)
        assert parts == split(path, 2000) == pickle.loads(pickle.dumps(parts))
        assert parts[0].start == 0 and parts[-1].end is None
        assert all(left.end == right.start for left, right in itertools.pairwise(parts))


def test_each_part_is_read_without_the_others(tmp_path: Path) -> None:
    made = made_pages(100)
    parts = split(write(tmp_path, multistream(made)), 1)
    assert [page.id for page in pages(parts[4])] == list(range(31, 41))


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("<>&\"'\n]"))),
    st.integers(1, 5000),
)
@settings(max_examples=60)
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, texts: list[str], block: int) -> None:
    made = [Page(n, f"제목 {n}", 0, False, "가" + text + "]]>") for n, text in enumerate(texts, 1)]
    made = made or made_pages(1)
    folder = tmp_path_factory.mktemp("dump")
    for form in (xml, lambda made: multistream(made, 1)):
        assert read_all(write(folder, form(made)), block) == made


@pytest.mark.parametrize("form", set(FORMS) - {"two gzip members"})
@pytest.mark.parametrize("keep", [0.2, 0.7, 0.99])
@pytest.mark.parametrize("block", [500, 1 << 22])
def test_truncated_dump_is_an_error(tmp_path: Path, form: str, keep: float, block: int) -> None:
    data = FORMS[form](made_pages(400))
    path = write(tmp_path, data[: int(len(data) * keep)])
    with pytest.raises(UserError, match="cut short") as caught:
        read_all(path, block)
    assert str(caught.value).startswith(path) and "\n" not in str(caught.value)


def test_dump_cut_between_two_streams_is_an_error(tmp_path: Path) -> None:
    data = multistream(made_pages(100))
    starts = [match.start() for match in re.finditer(b"BZh9", data)]
    for block in (1, 1 << 22):
        with pytest.raises(UserError, match="ends without </mediawiki>"):
            read_all(write(tmp_path, data[: starts[-3]]), block)


@pytest.mark.parametrize("form", ["multistream", "single bz2", "gzip", "zstd", "xz"])
def test_damaged_dump_is_an_error(tmp_path: Path, form: str) -> None:
    data = bytearray(FORMS[form](made_pages(400)))
    data[len(data) // 2] ^= 0x55
    with pytest.raises(UserError, match=r"damaged before byte|cut short"):
        read_all(write(tmp_path, bytes(data)), 1 << 22)


def test_damaged_stream_header_is_an_error_and_not_a_shorter_dump(tmp_path: Path) -> None:
    data = multistream(made_pages(100))
    starts = [match.start() for match in re.finditer(b"BZh9", data)]
    spoilt = data[: starts[5]] + b"XXXX" + data[starts[5] + 4 :]
    with pytest.raises(UserError, match="damaged before byte"):
        read_all(write(tmp_path, spoilt))


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"<html><body/></html>", bz2.compress(b"text"), b"BZh91AY&SY" + b"x" * 90]
)
def test_not_a_dump(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(UserError, match=r"no MediaWiki dump|damaged|cut short"):
        split(write(tmp_path, data))


@pytest.mark.parametrize("form", FORMS)
def test_dump_without_pages_is_an_error(tmp_path: Path, form: str) -> None:
    with pytest.raises(UserError, match="without a single page"):
        read_all(write(tmp_path, FORMS[form]([])))


BROKEN = {
    "unescaped <": ("<text>a < b</text>", "broken xml"),
    "unknown entity": ("<text>a&nbsp;b</text>", "broken xml"),
    "control character": ("<text>a\x0bb</text>", "broken xml"),
    "unclosed text": ("<text>가나다", "broken xml"),
    "wrong nesting": ("<text>가</revision></text>", "broken xml"),
    "id is no number": ("</revision><id>x</id><revision><text>", "broken xml"),
    "invalid utf-8": ("<text>가나다\udcff</text>", "invalid utf-8"),
}


@pytest.mark.parametrize("case", BROKEN)
@pytest.mark.parametrize("block", [1, 1 << 22])
@pytest.mark.parametrize("packed", [False, True])
def test_broken_page_is_reported_and_the_rest_goes_on(tmp_path: Path, case: str, block: int, packed: bool) -> None:
    made = made_pages(30)
    bad, fault = BROKEN[case]
    texts = [page_xml(page) for page in made]
    texts[12] = re.sub("<text.*</text>", lambda _: bad, texts[12], flags=re.DOTALL)
    chunks = [text.encode(errors="surrogateescape") for text in (HEADER, *texts, FOOTER)]
    path = write(tmp_path, b"".join(map(bz2.compress, chunks)) if packed else b"".join(chunks))
    read = read_all(path, block)
    assert [page.id for page in read] == [page.id for page in made]
    assert [page.fault for page in read] == [fault if n == 12 else "" for n in range(30)]
    assert "</title>" in read[12].text and read[12].title


@pytest.mark.parametrize("block", [1, 1 << 22])
@pytest.mark.parametrize("which", [0, 12, 29])
def test_page_without_end_costs_only_itself(tmp_path: Path, block: int, which: int) -> None:
    made = made_pages(30)
    texts = [page_xml(page) for page in made]
    texts[which] = texts[which].replace("</text>\n    </revision>\n  </page>\n", "")
    read = read_all(write(tmp_path, (HEADER + "".join(texts) + FOOTER).encode()), block)
    assert [page.fault for page in read] == ["broken xml" if n == which else "" for n in range(30)]
    assert [page for page in read if not page.fault] == [page for n, page in enumerate(made) if n != which]


def test_redirect_is_seen_without_its_element_and_missing_parts_are_empty(tmp_path: Path) -> None:
    bare = "<page><title>가</title><id>5</id><revision><text deleted='deleted' /></revision></page>"
    old = "<page><title>나</title><id>6</id><revision><text>#넘겨주기 [[가]]</text></revision></page>"
    revisions = "<revision><text>옛</text></revision><revision><text>새</text></revision>"
    history = f"<page><title>다</title><ns>0</ns><id>7</id>{revisions}</page>"
    read = read_all(write(tmp_path, (HEADER + bare + old + history + FOOTER).encode()))
    assert read == [
        Page(5, "가", 0, False, ""),
        Page(6, "나", 0, True, "#넘겨주기 [[가]]"),
        Page(7, "다", 0, False, "새"),
    ]


MEASURE = r"""
import re, sys
from corpus.dump import pages, split
for part in split(sys.argv[1]):
    for page in pages(part): pass
print(re.search(r"VmHWM:\s*(\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.parametrize("pack", [zstandard.compress, gzip.compress, lambda data: data], ids=["zstd", "gzip", "plain"])
def test_memory_is_flat(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    peaks = []
    for size in (200, 20 * 200):
        page = Page(1, "쪽", 0, False, "가나다라마바사 " * 2000)
        path = write(tmp_path, pack(xml([dataclasses.replace(page, id=n) for n in range(size)])))
        command = [sys.executable, "-c", MEASURE, path]
        peaks.append(int(subprocess.run(command, capture_output=True, check=True, text=True).stdout) // 1024)
    assert peaks[1] <= peaks[0] + 30 and peaks[1] < 100
