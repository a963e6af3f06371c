"""From the PII head's logits to spans: what src/runtime/inference/token-labels.ts does in the product.

Pieces of a word vote together, and the sequence of labels with the best sum of scores and transitions wins
(Viterbi), so a name does not break apart because one word of it was a close call.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.pii_rows import PII_LABELS, PII_TYPES

Floats = NDArray[np.float64]

TRANSITION_WEIGHT = 0.3
"""How much of the labels' own order counts against what the head sees; chosen on dev."""
_FORBIDDEN = -50.0
_COUNT = len(PII_LABELS)


@dataclass(frozen=True)
class Span:
    start: int
    end: int
    kind: str
    confidence: float


def transition_scores(sequences: Iterable[Sequence[int]]) -> Floats:
    """[labels + 1, labels]: how much likelier a label is after another one (last row: at the start) than anywhere,
    as a weighted logarithm. `I-X` only follows `B-X` or `I-X`."""
    counts = np.full((_COUNT + 1, _COUNT), 0.05)
    for sequence in sequences:
        before = _COUNT
        for label in sequence:
            counts[before, label] += 1
            before = label
    after = counts / counts.sum(axis=1, keepdims=True)
    anywhere = counts.sum(axis=0) / counts.sum()
    scores = TRANSITION_WEIGHT * (np.log(after) - np.log(anywhere))
    for label in range(2, _COUNT, 2):
        others = [i for i in range(_COUNT + 1) if i not in (label - 1, label)]
        scores[others, label] = _FORBIDDEN
    return np.round(scores, 3)


def word_groups(text: str, offsets: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Pieces [from, to) that make up a word: they touch, and letters or digits meet where they do."""
    groups: list[tuple[int, int]] = []
    at = 0
    while at < len(offsets):
        end = at + 1
        while (
            end < len(offsets)
            and offsets[end][0] == offsets[end - 1][1]
            and _joins_words(text[offsets[end][0]])
            and _joins_words(text[offsets[end][0] - 1])
        ):
            end += 1
        groups.append((at, end))
        at = end
    return groups


_IDEOGRAPHS = (
    (0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F), (0x2B920, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F),
)  # fmt: skip


def _joins_words(character: str) -> bool:
    """Ideographs touch without being one word."""
    code = ord(character)
    return character.isalnum() and not any(low <= code <= high for low, high in _IDEOGRAPHS)


def word_scores(scores: Floats, groups: Sequence[tuple[int, int]]) -> Floats:
    """[words, labels] from [pieces, labels] of log probabilities: the mean over the pieces, where only the first
    can begin an entity."""
    result = np.empty((len(groups), _COUNT))
    for row, (start, end) in enumerate(groups):
        pieces = scores[start:end]
        either = np.logaddexp(pieces[1:, 1::2], pieces[1:, 2::2]).sum(axis=0)
        result[row, 0] = pieces[:, 0].mean()
        result[row, 1::2] = (pieces[0, 1::2] + either) / len(pieces)
        result[row, 2::2] = (pieces[0, 2::2] + either) / len(pieces)
    return result


def best_labels(scores: Floats, transitions: Floats) -> list[int]:
    total = scores[0] + transitions[-1]
    back: list[NDArray[np.int64]] = []
    for row in scores[1:]:
        candidates = total[:, None] + transitions[:-1]
        choice = candidates.argmax(axis=0)
        total = candidates[choice, np.arange(_COUNT)] + row
        back.append(choice)
    labels = [int(total.argmax())]
    for choice in reversed(back):
        labels.append(int(choice[labels[-1]]))
    return labels[::-1]


def decode(
    text: str,
    offsets: Sequence[tuple[int, int]],
    logits: NDArray[np.float32],
    temperature: float,
    transitions: Floats,
) -> list[Span]:
    """Spans in code points; special tokens (empty offsets) are passed over."""
    kept = [i for i, (start, end) in enumerate(offsets) if end > start]
    if not kept:
        return []
    places = [offsets[i] for i in kept]
    scaled = logits[kept].astype(np.float64) / temperature
    scaled -= np.logaddexp.reduce(scaled, axis=1, keepdims=True)
    groups = word_groups(text, places)
    scores = word_scores(scaled, groups)
    labels = best_labels(scores, transitions)
    shares = np.exp(scores - np.logaddexp.reduce(scores, axis=1, keepdims=True))
    spans: list[Span] = []
    at = 0
    while at < len(labels):
        if labels[at] == 0:
            at += 1
            continue
        kind = (labels[at] - 1) // 2
        end = at + 1
        while end < len(labels) and labels[end] == 2 * kind + 2:
            end += 1
        own = shares[at:end, 2 * kind + 1] + shares[at:end, 2 * kind + 2]
        spans.append(
            Span(places[groups[at][0]][0], places[groups[end - 1][1] - 1][1], PII_TYPES[kind], float(own.mean()))
        )
        at = end
    return spans
