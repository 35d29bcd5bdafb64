"""The words of MediaWiki markup that the scanner must know, Korean and English: names, never rules.

Everything here is data: namespaces, project and language prefixes of links, image options, section names that hold no
prose, html tags. Text that only marks a place while a page is cleaned uses Unicode noncharacters (U+FDD0..U+FDEF),
which no text may contain; `corpus.normalize` deletes any that a page brings along.
"""

from __future__ import annotations

from typing import Final

GONE: Final = "\ufdd0"
"""Where something inline vanished (a reference, an unknown template): decides about spaces and empty brackets later."""

CAPTION_OPEN: Final = "\ufdd1"
CAPTION_CLOSE: Final = "\ufdd2"
"""Around an image caption that is kept; it becomes a line of its own before the line it was found in."""

MASKED: Final = "[]{}|<>'=*#:;_-~!&"
MASK: Final = {ord(character): 0xFDD8 + index for index, character in enumerate(MASKED)}
"""Literal characters (from nowiki, TeX, or a template's result) hidden from the rules that look for markup."""
UNMASK: Final = {code: chr(character) for character, code in MASK.items()}

FILE_SPACES: Final = frozenset("파일 그림 이미지 미디어 file image media".split())
CATEGORY_SPACES: Final = frozenset("분류 category".split())
PROJECT_SPACES: Final = frozenset(
    "w wikipedia 위키백과 wikt wiktionary 위키낱말사전 s wikisource 위키문헌 n wikinews 위키뉴스 b wikibooks "
    "위키책 q wikiquote 위키인용집 v wikiversity 위키배움터 voy wikivoyage 위키여행 species wikispecies "
    "위키생물종 c commons 위키공용 m meta 메타 d wikidata 위키데이터 mw foundation".split()
)
"""Prefixes of links into sister projects: the link stands in the text, the prefix is not part of what is read."""

LANGUAGES: Final = frozenset(
    "aa ab ace ady af ak als alt am an ang ar arc ary arz as ast atj av avk awa ay az azb ba ban bar bcl be "
    "be-tarask be-x-old bg bh bi bjn bm bn bo bpy br bs bug bxr ca cbk-zam cdo ce ceb ch cho chr chy ckb co cr "
    "crh cs csb cu cv cy da dag de din diq dsb dty dv dz ee el eml en eo es et eu ext fa ff fi fiu-vro fj fo fr "
    "frp frr fur fy ga gag gan gcr gd gl glk gn gom gor got gu guw gv ha hak haw he hi hif ho hr hsb ht hu hy hyw "
    "hz ia id ie ig ii ik ilo inh io is it iu ja jam jbo jv ka kaa kab kbd kbp kcg kg ki kj kk kl km kn ko koi kr "
    "krc ks ksh ku kv kw ky la lad lb lbe lez lfn lg li lij lld lmo ln lo lrc lt ltg lv mad mai map-bms mdf mg mh "
    "mhr mi min mk ml mn mni mnw mr mrj ms mt mus mwl my myv mzn na nah nan nap nds nds-nl ne new ng nia nl nn no "
    "nov nqo nrm nso nv ny oc olo om or os pa pag pam pap pcd pcm pdc pfl pi pih pl pms pnb pnt ps pt pwn qu rm "
    "rmy rn ro roa-rup roa-tara ru rue rw sa sah sat sc scn sco sd se sg sh shi shn si simple sk skr sl sm smn sn "
    "so sq sr srn ss st stq su sv sw szl szy ta tay tcy te tet tg th ti tk tl tn to tpi tr trv ts tt tum tw ty "
    "tyv udm ug uk ur uz ve vec vep vi vls vo wa war wo wuu xal xh xmf yi yo za zea zh zh-classical zh-min-nan "
    "zh-yue zu".split()
)
"""Wikipedia language codes: `[[en:X]]` is a side-bar link and no text, `[[:en:X|애플]]` is text."""

IMAGE_OPTIONS: Final = frozenset(
    "섬네일 썸네일 thumb thumbnail 프레임 frame framed enframed 프레임없음 frameless 테두리 border 왼쪽 left "
    "오른쪽 right 가운데 center centre 없음 none 위로 upright 기준선 baseline 밑줄 sub 위첨자 super sup 아래첨자 "
    "top text-top 위 글자위 middle 중간 bottom 아래 text-bottom 글자아래 반복 loop muted nopreview lossy link alt "
    "대체글 링크".lower().split()
)

DROPPED_SECTIONS: Final = (
    "각주", "주해", "주석", "미주", "각주 목록", "내용주", "참고 문헌", "참고 자료", "참고 서적", "참고 사이트",
    "참조", "참고", "외부 링크", "바깥 고리", "바깥고리", "외부 고리", "같이 보기", "함께 보기", "더 보기",
    "더 읽어보기", "더 읽을거리", "읽을거리", "출처", "관련 항목", "관련 문서", "관련 서적", "관련 자료",
    "관련 사이트", "인용 문헌", "인용 출처", "전거", "문헌 목록", "references", "reference", "notes", "footnotes",
    "citations", "sources", "works cited", "bibliography", "see also", "external links", "external link",
    "further reading", "general references", "notes and references",
)  # fmt: skip
"""Sections without prose; compared without spaces and case, and `A 및 B` is one when both halves are."""

BLOCK_TAGS: Final = frozenset(
    "p div blockquote center poem pre hr ul ol li dl dt dd table caption tr td th tbody thead h1 h2 h3 h4 h5 h6 "
    "section article aside figure figcaption".split()
)
"""Html tags that end a line of text; `br` is one space, every other known tag just vanishes."""

INLINE_TAGS: Final = frozenset(
    "abbr b bdi bdo big cite code data del dfn em font i ins kbd mark nobr q rb rp rt rtc ruby s samp small span "
    "strike strong sub sup time tt u var wbr a img noinclude onlyinclude includeonly section indicator "
    "templatestyles languages translate tvar nowiki ref references math chem ce gallery".split()
)

DISCARDED_TAGS: Final = {
    "gallery": "gallery", "timeline": "timeline", "score": "score", "imagemap": "imagemap", "graph": "graph",
    "mapframe": "map", "maplink": "map", "hiero": "hiero", "inputbox": "inputbox", "categorytree": "categorytree",
    "templatedata": "code", "syntaxhighlight": "code", "source": "code", "includeonly": "code", "style": "code",
    "references": "ref", "indicator": "indicator", "charinsert": "inputbox", "dynamicpagelist": "categorytree",
}  # fmt: skip
"""Tags whose content is no prose, and the kind under which they are counted."""

MATH_TAGS: Final = frozenset({"math", "chem", "ce"})
LITERAL_TAGS: Final = frozenset({"nowiki", "pre"})
