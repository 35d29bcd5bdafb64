"""Slow, obvious twins of the optimizers: one matrix after the other, in float64, as the papers write them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


def lamb(
    weight: Matrix, gradients: list[Matrix], lr: float, decay: float, betas: tuple[float, float], eps: float
) -> Matrix:
    """LAMB's algorithm 2 (You et al. 2019); the trust ratio only for matrices."""
    weight, mean, square = weight.copy(), np.zeros_like(weight), np.zeros_like(weight)
    for step, gradient in enumerate(gradients, 1):
        mean = betas[0] * mean + (1 - betas[0]) * gradient
        square = betas[1] * square + (1 - betas[1]) * gradient**2
        ratio = mean / (1 - betas[0] ** step) / (np.sqrt(square / (1 - betas[1] ** step)) + eps)
        update = ratio + decay * weight
        trust = 1.0
        if weight.ndim > 1 and np.linalg.norm(weight) > 0 and np.linalg.norm(update) > 0:
            trust = float(np.linalg.norm(weight) / np.linalg.norm(update))
        weight -= lr * trust * update
    return weight


def muon(weight: Matrix, gradients: list[Matrix], lr: float, decay: float) -> Matrix:
    """Muon with Nesterov's momentum of 0.95 and steps as long as AdamW's."""
    weight, momentum = weight.copy(), np.zeros_like(weight)
    for gradient in gradients:
        momentum = 0.95 * momentum + 0.05 * gradient
        ahead = 0.05 * gradient + 0.95 * momentum
        weight *= 1 - lr * decay
        weight -= lr * 0.2 * max(weight.shape) ** 0.5 * newton_schulz(ahead)
    return weight


def newton_schulz(matrix: Matrix) -> Matrix:
    """Five rounds of the quintic iteration."""
    x = matrix / np.linalg.norm(matrix)
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x
