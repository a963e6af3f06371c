"""Ways to make a head that judges one text, for training/trials.py: each fits on the same rows as the shipped head."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training import text_rows
from training.bert import Encoder
from training.data import DOMAINS, Row, load_splits
from training.encoder import WIDTH, Weights
from training.heads import HeadConfig, fit
from training.runtime import Encoded, batches
from training.text_rows import TextRow, TextSplits, balanced_weights
from training.train import OWN_DATA, SEED, UPPER, FrozenEncoder, domain_rows

FULL_EPOCHS = 2
FULL_LIMIT = 256
"""Tokens of a row that full fine-tuning reads: it is a yardstick, not a product."""
_FULL_RATE = 1e-4
_TAUGHT = 0.7
_SOFTENING = 2.0
"""Share of the teacher in what a distilled head aims at, and the temperature of its logits."""


@dataclass(frozen=True)
class Labelled:
    texts: list[str]
    labels: NDArray[np.int64]


@dataclass(frozen=True)
class Task:
    model: str
    classes: int
    train: Labelled
    weights: NDArray[np.float32]
    """Of the rows to fit, as the shipped head weighs them."""
    full: NDArray[np.int64]
    """Indices of those that full fine-tuning reads: it takes far longer than the rest."""
    full_note: str
    """Which those are, if not all."""
    groups: dict[str, Labelled]
    """Never fitted, under the names that the card gives them."""


Scores = Callable[[Sequence[str]], NDArray[np.float32]]
"""Logits of texts."""


def tasks(data: Path) -> list[Task]:
    return [
        _task("mom-toolcall-sentinel", 2, text_rows.load_tool_call(data, OWN_DATA)),
        _domain(data),
        _task("mom-jailbreak-classifier", 2, text_rows.load_jailbreak(data, OWN_DATA)),
        _task("mom-feedback-detector", 4, text_rows.load_feedback(data, OWN_DATA)),
        _task("mom-halugate-sentinel", 2, text_rows.load_fact_check(data, OWN_DATA)),
    ]


def _task(model: str, classes: int, splits: TextSplits) -> Task:
    return Task(
        model,
        classes,
        _labelled(splits.train),
        balanced_weights(splits.train, classes, own=1.0),
        np.arange(len(splits.train)),
        "",
        {"held-back": _labelled(splits.held_back), "own-test": _labelled(splits.own_test)},
    )


def _domain(data: Path) -> Task:
    splits = load_splits(data, OWN_DATA)
    rows, weights = domain_rows(splits)
    groups = {
        "held-back": _labelled(splits.held_back),
        "natural-dev": _labelled(splits.natural_dev),
        "natural-test": _labelled(splits.natural_test),
    }
    unvaried = np.flatnonzero([not row.augmented for row in rows])
    return Task(
        "mom-domain-classifier", len(DOMAINS), _labelled(rows), weights, unvaried,
        ", without the rows' variants", groups,
    )  # fmt: skip


def _labelled(rows: Sequence[Row | TextRow]) -> Labelled:
    return Labelled([row.text for row in rows], np.array([row.label for row in rows], np.int64))


def accuracies(task: Task, scores: Scores) -> dict[str, dict[str, float]]:
    return {
        name: {"accuracy": float((scores(rows.texts).argmax(1) == rows.labels).mean())}
        for name, rows in task.groups.items()
    }


def linear_probe(task: Task, frozen: FrozenEncoder) -> Scores:
    """Logistic regression on the mean of the last layer, which the embedding is made of."""
    columns = replace(UPPER, layers=(6,), pools=("mean",)).columns()

    def inputs(texts: Sequence[str]) -> Tensor:
        features = frozen.features(list(texts))[:, columns].astype(np.float32)
        return functional.normalize(torch.from_numpy(features)) * np.sqrt(WIDTH)

    layer = fit_linear(inputs(task.train.texts), task.train.labels, task.weights, task.classes)
    return lambda texts: layer(inputs(texts)).detach().numpy()


def fit_linear(
    x: Tensor, labels: NDArray[np.int64], weights: NDArray[np.float32], classes: int
) -> nn.Linear:
    """Weighted logistic regression."""
    y, w = torch.from_numpy(labels), torch.from_numpy(weights)
    torch.manual_seed(SEED)
    layer = nn.Linear(x.shape[1], classes)
    optimiser = torch.optim.AdamW(layer.parameters(), 2e-3, weight_decay=0.01)
    generator = torch.Generator().manual_seed(SEED)
    for _ in range(20):
        for chosen in torch.randperm(len(x), generator=generator).split(256):
            losses = functional.cross_entropy(layer(x[chosen]), y[chosen], reduction="none")
            optimiser.zero_grad()
            (losses * w[chosen]).mean().backward()
            optimiser.step()
    return layer


def low_rank(task: Task, frozen: FrozenEncoder, config: HeadConfig = UPPER) -> Scores:
    """The pooled head as train.py fits it, one seed."""
    features = frozen.features(task.train.texts)
    head = fit(config, features, task.train.labels, task.weights, task.classes, SEED)
    return lambda texts: head.logits(frozen.features(list(texts)))


def distilled(task: Task, frozen: FrozenEncoder, teacher: Scores) -> Scores:
    """The low-rank head again, aiming mostly at what a fully tuned encoder says of the rows."""
    said = torch.from_numpy(teacher(task.train.texts)) / _SOFTENING
    labels = functional.one_hot(torch.from_numpy(task.train.labels), task.classes)
    aim = _TAUGHT * said.softmax(-1) + (1.0 - _TAUGHT) * labels
    features = frozen.features(task.train.texts)
    head = fit(
        UPPER, features, task.train.labels, task.weights, task.classes, SEED, aim.float().numpy()
    )
    return lambda texts: head.logits(frozen.features(list(texts)))


def full_fine_tune(task: Task, weights: Weights, frozen: FrozenEncoder) -> Scores:
    """An encoder of the head's own, tuned as a whole."""
    torch.manual_seed(SEED)
    encoder = Encoder(weights, dropout=0.1, marks=1).train()
    head = nn.Linear(2 * WIDTH, task.classes)

    def logits(encoded: Sequence[Encoded]) -> Tensor:
        width = max(min(len(e.ids), FULL_LIMIT) for e in encoded)
        ids = torch.zeros(len(encoded), width, dtype=torch.int64)
        mask = torch.zeros(len(encoded), width)
        for row, e in enumerate(encoded):
            kept = e.ids[:width]
            ids[row, : len(kept)], mask[row, : len(kept)] = torch.tensor(kept), 1.0
        none = torch.zeros_like(ids)
        with torch.autocast("cpu", torch.bfloat16):
            hidden = encoder(ids, mask, none, none)
        hidden = hidden.float() * mask[..., None]
        return head(torch.cat([hidden.sum(1) / mask.sum(1, keepdim=True), hidden[:, 0]], -1))

    encoded = frozen.encode([task.train.texts[i] for i in task.full])
    labels, importance = task.train.labels[task.full], task.weights[task.full]
    lengths = [min(len(e.ids), FULL_LIMIT) for e in encoded]
    parameters = [p for p in [*encoder.parameters(), *head.parameters()] if p.requires_grad]
    for group, step in steps_of(parameters, lengths):
        losses = functional.cross_entropy(
            logits([encoded[i] for i in group]),
            torch.from_numpy(labels[group]),
            reduction="none",
        )
        w = torch.from_numpy(importance[group])
        step((losses * w).sum() / w.sum())
    encoder.eval()

    def scores(texts: Sequence[str]) -> NDArray[np.float32]:
        read = frozen.encode(list(texts))
        result = np.zeros((len(read), task.classes), np.float32)
        with torch.inference_mode():
            for group in batches([min(len(e.ids), FULL_LIMIT) for e in read], 4000):
                result[group] = logits([read[i] for i in group]).numpy()
        return result

    return scores


Step = Callable[[Tensor], None]


def steps_of(
    parameters: Sequence[nn.Parameter], lengths: Sequence[int]
) -> Iterator[tuple[list[int], Step]]:
    """Batches of similar lengths for all epochs, each with what to do with its loss."""
    optimiser = torch.optim.AdamW(parameters, _FULL_RATE, weight_decay=0.01, fused=True)
    groups = list(batches(lengths, 2000))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, _FULL_RATE, total_steps=FULL_EPOCHS * len(groups) + 1, pct_start=0.1
    )

    def step(loss: Tensor) -> None:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()

    rng = random.Random(SEED)
    for _ in range(FULL_EPOCHS):
        rng.shuffle(groups)
        for group in groups:
            yield group, step
