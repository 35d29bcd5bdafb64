"""Which of several ways to go on is the right one."""

from __future__ import annotations

from finetune.cards.published import published
from finetune.task import Task

CHOICES = (
    Task(
        name="copa",
        korean="원인·결과 고르기",
        head="choose",
        read="finetune.formats.choices:read_copa",
        metrics=("accuracy",),
        format="TSV sentence, question (원인 or 결과), 1, 2, Answer; JSON lines premise, alternative_1, alternative_2",
        size="3,076 / 500 (1,000 in other editions) premises",
        licence="not stated",
        about="KoBEST COPA: which of two sentences is the cause, or the effect, of another.",
        epochs=10.0,
        lr=2e-5,
        batch=16,
    ),
    Task(
        name="hellaswag",
        korean="이어질 문장 고르기",
        head="choose",
        read="finetune.formats.choices:read_hellaswag",
        metrics=("accuracy",),
        format="TSV context, choice1 to choice4, label; JSON lines ending_1 to ending_4",
        size="2,029 / 500 / 500 contexts",
        licence="not stated",
        about="KoBEST HellaSwag: which of four sentences follows.",
        length=256,
        epochs=10.0,
        lr=2e-5,
        batch=16,
    ),
    Task(
        name="swag",
        korean="이어질 말 고르기 (영어)",
        head="choose",
        read="finetune.formats.choices:read_swag",
        metrics=("accuracy",),
        format="CSV sent1, sent2, ending0 to ending3, label",
        size="73,546 / 20,006 / 20,005 sentences",
        licence="see its repository, rowanz/swagaf",
        about="SWAG: which of four endings goes on with what a person on the monkey bars does.",
        published=published("swag"),
        lr=2e-5,
        batch=16,
    ),
    Task(
        name="cloze",
        korean="빈칸 채우기",
        head="choose",
        read="finetune.formats.choices:read_cloze",
        metrics=("accuracy",),
        format='JSON {"1": {"question": "... _ ...", "answer": ..., "1": ..., "4": ...}}',
        size="yours",
        licence="yours",
        about="A sentence with a blank and words for it, as in the course's test of English.",
        lr=2e-5,
        batch=16,
    ),
)
