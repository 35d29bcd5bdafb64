"""How many floating-point operations a model does for a token, and what share of a card's peak that is.

Only matrix products count, a multiply-add as two, the backward pass as twice the forward one. Norms, softmax, GELU,
dropout, look-ups and the optimizer are left out, as everywhere where model FLOP utilisation (MFU) is published. What
counts is the model, not how it is carried out: the padding of the vocabulary is not in it, and what bert.py saves in
its last layer, where only guesses are finished, is (5 % of the base size), so that figures of all codes compare.
"""

from __future__ import annotations

from pretrain.shape import Shape, sees_all

TRAINING = 3  # forward once, backward twice


def flops_per_token(shape: Shape, length: float, guesses_share: float) -> float:
    """Forward and backward, for rows of `length` tokens of which `guesses_share` are guessed.

    A head that finds replaced pieces is asked at every token, whatever that share.
    """
    wide = 3 if shape.architecture == "modern" else 2  # GeGLU has a third matrix
    seen = sum(length if sees_all(shape, layer) else min(length, shape.window) for layer in range(shape.layers))
    projections = shape.layers * 8 * shape.hidden**2
    inner = shape.layers * wide * 2 * shape.hidden * shape.inner
    attention = 4 * shape.hidden * seen
    asked, answers = (guesses_share, shape.vocabulary) if shape.head == "pieces" else (1.0, 1)
    head = asked * (2 * shape.hidden**2 + 2 * shape.hidden * answers)
    order = (2 * shape.hidden**2 + 4 * shape.hidden) / length if shape.pairs else 0.0
    return TRAINING * (projections + inner + attention + head + order)


def mfu(flops_per_second: float, card: str, cards: int = 1) -> float | None:
    """The share of what so many cards of this name could do at best; None if the name is not known."""
    best = peak(card)
    return None if best is None else flops_per_second / (best * cards)


def peak(card: str) -> float | None:
    """The dense bfloat16 peak of a card, by the name that torch.cuda.get_device_name gives it."""
    words = set(card.replace("-", " ").split())
    return next((flops for name, flops in PEAKS.items() if words.issuperset(name.split())), None)


PEAKS: dict[str, float] = {
    "H200 NVL": 835e12,
    "H200": 989e12,
    "H100 PCIe": 756e12,
    "H100 NVL": 835e12,
    "H100": 989e12,
    "A100": 312e12,
    "L40S": 362e12,
    "V100": 125e12,  # float16: it has no bfloat16
    "T4": 65e12,  # float16
    "RTX 4090": 165e12,
}
"""Words of a card's name -> operations a second, without sparsity; the first row that fits is taken."""
