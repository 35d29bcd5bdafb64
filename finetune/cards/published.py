"""Scores that others have published, with their settings: which figures may be compared is said beside each.

The same weights differ by eleven points of exact match between scripts, and some figures are of the checkpoint that
did best on the test set itself, so none of these is a line to be crossed by a tenth.
"""

from __future__ import annotations

from finetune.task import Published

SETTINGS = {
    "A": "KoELECTRA's scripts, one seed; NSMC and NER: checkpoint picked on the test set",
    "B": "LMkor's README, KoELECTRA's scripts with 5 to 15 epochs",
    "C": "KcELECTRA's README, older KoELECTRA scripts",
    "D": "KoMiniLM's README, mean of 3 runs",
    "E": "KoBigBird's documentation",
    "kortok": "Kakao's kortok, BERT-base, wiki and Namuwiki, 1M steps",
    "KLUE": "KLUE's README, test set, KLUE's recipe",
    "course": "the course's slides",
    "board": "KorQuAD 1.0 leaderboard, test set, 2024-02",
    "BERT": "the BERT paper, English; development set if nothing else is said",
    "HF": "transformers' run_qa README, English, 2 epochs",
}
CLASSIC = ("nsmc", "naver-ner", "paws-x", "kornli", "korsts", "question-pair", "korquad", "hate-speech")
CLASSIC_ROWS = {
    ("KoBERT", "A"): ("89.59", "87.92", "81.25", "79.62", "81.59", "94.85", "51.75 / 79.15", "66.21"),
    ("DistilKoBERT", "A"): ("88.60", "84.65", "60.50", "72.00", "72.59", "92.48", "54.40 / 77.97", "60.72"),
    ("XLM-R base", "A"): ("89.03", "86.65", "82.80", "80.23", "78.45", "93.80", "64.70 / 88.94", "64.06"),
    ("KoELECTRA small v3", "A"): ("89.36", "85.40", "77.45", "78.60", "80.79", "94.85", "82.11 / 91.13", "63.07"),
    ("KoELECTRA base v3", "A"): ("90.63", "88.11", "84.45", "82.24", "85.53", "95.25", "84.83 / 93.45", "67.61"),
    ("LMkor bert-kor-base", "B"): ("90.87", "87.27", "82.80", "82.32", "84.31", "95.25", "", "68.45"),
    ("KcELECTRA base v2022", "C"): ("91.97", "87.35", "76.50", "82.12", "83.67", "95.12", "69.00 / 90.40", ""),
    ("KLUE-BERT base", "D"): ("90.20", "87.11", "81.36", "81.06", "82.47", "95.03", "84.43 / 93.05", ""),
    ("KoBigBird base", "E"): ("91.18", "", "", "", "", "", "87.08 / 94.71", ""),
    ("syllables, 2K", "kortok"): ("89.07", "", "67.2", "73.47", "75.86", "", "69.10 / 83.29", ""),
    ("subwords, 32K", "kortok"): ("89.38", "", "70.95", "74.29", "77.01", "", "74.04 / 86.30", ""),
    ("subwords of morphemes, 32K", "kortok"): ("89.65", "", "71.6", "75.13", "78.11", "", "72.65 / 86.35", ""),
}
KLUE = ("ynat", "klue-sts", "klue-nli", "klue-ner", "klue-re", "klue-mrc")
KLUE_ROWS = {
    "mBERT": ("81.55", "84.66 / 76.00", "73.20", "75.14 / 87.51", "57.88 / 53.82", "44.66 / 55.92"),
    "KR-BERT": ("84.58", "88.61 / 81.07", "77.17", "75.37 / 90.42", "62.74 / 60.94", "48.28 / 58.54"),
    "KoELECTRA base v3": ("84.59", "92.46 / 84.84", "85.63", "86.82 / 92.79", "62.85 / 58.94", "59.82 / 66.05"),
    "KLUE-BERT base": ("85.49", "90.85 / 82.84", "81.63", "84.77 / 91.28", "66.44 / 66.17", "62.32 / 68.51"),
    "KLUE-RoBERTa small": ("84.30", "90.50 / 83.92", "79.12", "84.99 / 91.10", "60.85 / 58.76", "57.79 / 63.78"),
    "KLUE-RoBERTa base": ("85.12", "92.41 / 84.60", "84.97", "85.13 / 91.52", "66.66 / 67.74", "68.52 / 74.02"),
    "KLUE-RoBERTa large": ("86.42", "93.37 / 85.89", "89.43", "85.79 / 91.77", "69.59 / 72.39", "76.78 / 81.43"),
}
OTHERS = {
    "nsmc": (
        ("KoNLPy and DenseNet", "85.3", "course"),
        ("Kakao's BERT and khaiii", "88.8", "course"),
        ("mBERT", "88.3", "course"),
    ),
    "korquad": (
        ("a person", "80.17 / 91.20", "board"),
        ("mBERT", "70.50 / 89.14 to 81.09 / 90.61", "board"),
        ("ADAM", "71.88 / 83.00", "course"),
        ("mBERT, answers of whole eojeols", "70.19 / 89.85", "course"),
        ("mBERT, answers of syllables", "81.78 / 90.75", "course"),
        ("a Korean BERT after 1/32 of its pretraining", "66.06 / 79.79", "course"),
    ),
    "squad": (
        ("BERT base", "81.22 / 88.52", "HF"),
        ("BERT base", "80.8 / 88.5", "BERT"),
        ("a person", "82.304 / 91.221", "course"),
        ("BERT large, one model", "85.083 / 91.835", "course"),
        ("BERT large, several models", "87.433 / 93.160", "course"),
    ),
    "conll-ner": (("BERT base, CoNLL-2003 in English, test set", "92.4", "BERT"),),
    "paraphrase": (("BERT", "98.3", "course"),),
    "relations": (("PCNN, attention, reinforcement", "69.5", "course"), ("BERT", "85.7", "course")),
    "swag": (("BERT base", "81.6", "BERT"), ("BERT large", "86.6", "BERT")),
}


def published(task: str) -> tuple[Published, ...]:
    """The scores that are known for a task."""
    rows = [
        (model, figures[CLASSIC.index(task)], setting)
        for (model, setting), figures in CLASSIC_ROWS.items()
        if task in CLASSIC
    ]
    rows += [(model, figures[KLUE.index(task)], "KLUE") for model, figures in KLUE_ROWS.items() if task in KLUE]
    rows += OTHERS.get(task, ())
    return tuple(Published(model, figure, SETTINGS[setting]) for model, figure, setting in rows if figure)
