"""What can be downloaded: addresses, licences and sizes of the corpora and of the task data, in one place."""

from __future__ import annotations

import dataclasses

GITHUB = "https://raw.githubusercontent.com"


@dataclasses.dataclass(frozen=True, slots=True)
class Dataset:
    """What can be downloaded. A `wiki` is looked up on the dump site, other files are at fixed addresses."""

    licence: str
    size: str
    note: str
    addresses: tuple[str, ...] = ()
    wiki: str = ""


def _github(folder: str, *names: str) -> tuple[str, ...]:
    return tuple(f"{GITHUB}/{folder}/{name}" for name in names)


DATASETS = {
    "kowiki": Dataset(
        "CC BY-SA 4.0 and GFDL",
        "about 1 GB packed, 5 GB of XML",
        "Articles, templates and project pages of Korean Wikipedia as wikitext, without histories.",
        wiki="kowiki",
    ),
    "korquad1": Dataset(
        "CC BY-ND 2.0 KR",
        "42 MB",
        "KorQuAD 1.0: questions on paragraphs of Wikipedia; 60,407 to train, 5,774 to develop.",
        tuple(f"https://korquad.github.io/dataset/KorQuAD_v1.0_{part}.json" for part in ("train", "dev")),
    ),
    "korquad2": Dataset(
        "CC BY-ND 2.0 KR",
        "about 1.4 GB, zip files",
        "KorQuAD 2.1: questions on whole Wikipedia pages in HTML; unpack the zip files yourself.",
        tuple(
            f"https://github.com/korquad/korquad.github.io/raw/master/dataset/KorQuAD_2.1/{part}/"
            f"KorQuAD_2.1_{part}_{number:02d}.zip"
            for part, count in (("train", 13), ("dev", 2))
            for number in range(count)
        ),
    ),
    "nsmc": Dataset(
        "CC0 1.0",
        "20 MB",
        "Naver film reviews, positive or negative; 150,000 to train, 50,000 to test.",
        _github("e9t/nsmc/master", "ratings_train.txt", "ratings_test.txt"),
    ),
    "klue": Dataset(
        "CC BY-SA 4.0",
        "not stated",
        "KLUE 1.1: topics, similarity, inference, names, relations, reading; train and dev files.",
        tuple(
            f"{GITHUB}/KLUE-benchmark/KLUE/main/klue_benchmark/klue-{task}-v1.1/klue-{task}-v1.1_{part}.{kind}"
            for task, kind in {
                "ynat": "json", "sts": "json", "nli": "json", "ner": "tsv", "re": "json", "mrc": "json"
            }.items()
            for part in ("train", "dev")
        ),
    ),
    "kornlu": Dataset(
        "CC BY-SA 4.0",
        "not stated",
        "KorNLI (inference, translated) and KorSTS (similarity).",
        _github(
            "kakaobrain/KorNLUDatasets/master/KorNLI",
            "multinli.train.ko.tsv", "snli_1.0_train.ko.tsv", "xnli.dev.ko.tsv", "xnli.test.ko.tsv",
        )
        + _github("kakaobrain/KorNLUDatasets/master/KorSTS", "sts-train.tsv", "sts-dev.tsv", "sts-test.tsv"),
    ),
    "naver-ner": Dataset(
        "for research; see the AGREEMENT of naver/nlp-challenge",
        "not stated",
        "Names on eojeols, 14 types, by Naver and Changwon National University; a train file only.",
        _github("naver/nlp-challenge/master/missions/ner/data/train", "train_data"),
    ),
}  # fmt: skip
