"""Figures for the cards: accuracy per class, calibration, threshold, cost."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np
import onnx
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.encoder import MAX_TOKENS
from training.runtime import Encoded, encode_texts, make_feed, open_session, run

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]


@dataclass(frozen=True)
class ClassFigures:
    precision: float
    recall: float
    f1: float
    rows: int


def probabilities(logits: Floats, temperature: float) -> Floats:
    z = logits / temperature
    z = np.exp(z - z.max(axis=1, keepdims=True))
    return z / z.sum(axis=1, keepdims=True)


def accuracy(logits: Floats, labels: Labels) -> float:
    return float((logits.argmax(axis=1) == labels).mean())


def confusion(logits: Floats, labels: Labels) -> NDArray[np.int64]:
    """Rows are the true label, columns the predicted one."""
    matrix = np.zeros((logits.shape[1], logits.shape[1]), dtype=np.int64)
    np.add.at(matrix, (labels, logits.argmax(axis=1)), 1)
    return matrix


def per_class(matrix: NDArray[np.int64]) -> list[ClassFigures]:
    figures: list[ClassFigures] = []
    for label in range(len(matrix)):
        hits = matrix[label, label]
        precision = float(hits / max(1, matrix[:, label].sum()))
        recall = float(hits / max(1, matrix[label].sum()))
        f1 = 2 * precision * recall / max(1e-9, precision + recall)
        figures.append(ClassFigures(precision, recall, f1, int(matrix[label].sum())))
    return figures


def fit_temperature(logits: Floats, labels: Labels, weights: Floats) -> float:
    """The temperature with the smallest weighted log loss, to two digits."""

    def loss(temperature: float) -> float:
        chosen = probabilities(logits, temperature)[np.arange(len(labels)), labels]
        return float(-(np.log(chosen + 1e-12) * weights).sum() / weights.sum())

    return round(float(min(np.arange(0.3, 2.0, 0.01), key=loss)), 2)


def expected_calibration_error(p: Floats, labels: Labels, bins: int = 15) -> float:
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    bucket = np.minimum((confidence * bins).astype(int), bins - 1)
    gaps = [
        abs(confidence[bucket == b].mean() - right[bucket == b].mean()) * (bucket == b).mean()
        for b in range(bins)
        if (bucket == b).any()
    ]
    return float(sum(gaps))


def rule_figures(
    p: Floats, labels: Labels, weights: Floats, threshold: float
) -> tuple[float, float, float]:
    """Precision, recall and F1 of "the domain rule of the top label fires at the threshold"."""
    fires = p.max(axis=1) >= threshold
    right = fires & (p.argmax(axis=1) == labels)
    precision = float((right * weights).sum() / max(1e-9, (fires * weights).sum()))
    recall = float((right * weights).sum() / weights.sum())
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def best_threshold(p: Floats, labels: Labels, weights: Floats) -> float:
    """Best F1. Where the curve is flat (within 0.002), the highest threshold: fewer wrong rules."""
    candidates = np.round(np.arange(0.2, 0.71, 0.05), 2)
    scores = [rule_figures(p, labels, weights, float(t))[2] for t in candidates]
    return float(
        max(t for t, s in zip(candidates, scores, strict=True) if s >= max(scores) - 0.002)
    )


def batch_difference(graph: onnx.ModelProto, texts: list[Encoded]) -> dict[str, float]:
    """Largest difference between a text alone and in a batch, padded by 100 tokens more."""
    session = open_session(graph, threads=1)
    names = [output.name for output in session.get_outputs()]
    width = min(MAX_TOKENS, max(len(text.ids) for text in texts) + 100)
    together = run(session, names, make_feed(texts, width))
    worst = dict.fromkeys(names, 0.0)
    for row, text in enumerate(texts):
        for name, joint, alone in zip(
            names, together, run(session, names, make_feed([text])), strict=True
        ):
            mine = joint[row][: len(text.ids)] if joint.ndim == 3 else joint[row]
            worst[name] = max(worst[name], float(np.abs(mine - alone[0]).max()))
    return worst


def milliseconds(
    graphs: dict[str, onnx.ModelProto],
    tokenizer: Tokenizer,
    tokens: tuple[int, ...],
    rounds: int = 100,
) -> dict[str, dict[int, float]]:
    """Time of one text on one thread: the lower quartile, since other work can only slow a run.

    The graphs take turns, so noise hits all alike.
    """
    sessions = {name: open_session(graph, threads=1) for name, graph in graphs.items()}
    result: dict[str, dict[int, float]] = {name: {} for name in graphs}
    for length in tokens:
        feed = make_feed(encode_texts(tokenizer, ["time " * (length - 2)]))
        samples: dict[str, list[float]] = {name: [] for name in graphs}
        for _ in range(rounds if length < 256 else rounds // 4):
            for name, session in sessions.items():
                outputs = [output.name for output in session.get_outputs()]
                start = time.perf_counter()
                run(session, outputs, feed)
                samples[name].append((time.perf_counter() - start) * 1000)
        for name in graphs:
            result[name][length] = float(np.percentile(samples[name], 25))
    return result
