"""What was tried for each head: python -m training.trials --data <folder>.

For every head that judges a text: a linear probe on the published embedding, a low-rank head on pooled states of
several layers (a), the tuned fork (c), and full fine-tuning of a copy of the encoder. For PII: the token head on
the frozen encoder, the fork, and full fine-tuning. Writes trials.json, which the cards show. The rows by other
writers take no part in choices; their figures are shown because they are what a user meets.

Joint tuning with the embedding held in place by distillation (b) was tried before this project's rows existed: it
kept the embedding at cosine 0.991 on average and 0.953 at worst, below what ships, and gained no head a point.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training import text_rows
from training.bert import Encoder
from training.data import DOMAINS, load_splits
from training.encoder import WIDTH, Weights, load_weights
from training.heads import HeadConfig, fit
from training.runtime import Encoded, batches, load_tokenizer
from training.text_rows import TextRow, TextSplits, balanced_weights
from training.train import (
    OWN_DATA,
    ROOT,
    SEED,
    TRIALS,
    UPPER,
    FrozenEncoder,
    base_encoder,
    log,
)

_FULL_EPOCHS = 2
_FULL_LIMIT = 256
"""Tokens of a row that full fine-tuning reads: it is a yardstick, not a product."""


@dataclass(frozen=True)
class Task:
    model: str
    classes: int
    splits: TextSplits


def tasks(data: Path) -> list[Task]:
    domain = load_splits(data, OWN_DATA)

    def rows(given: Sequence[object]) -> list[TextRow]:
        return [
            TextRow(str(getattr(r, "text")), int(getattr(r, "label")), str(getattr(r, "source")))
            for r in given
        ]

    return [
        Task("mom-feedback-detector", 4, text_rows.load_feedback(data, OWN_DATA)),
        Task("mom-halugate-sentinel", 2, text_rows.load_fact_check(data, OWN_DATA)),
        Task("mom-jailbreak-classifier", 2, text_rows.load_jailbreak(data, OWN_DATA)),
        Task("mom-toolcall-sentinel", 2, text_rows.load_tool_call(data, OWN_DATA)),
        Task(
            "mom-domain-classifier",
            len(DOMAINS),
            TextSplits(
                rows(domain.train), rows(domain.held_back), rows(domain.dev), rows(domain.natural_dev),
                rows(domain.natural_test),
            ),
        ),
    ]  # fmt: skip


Scores = Callable[[Sequence[TextRow]], NDArray[np.float32]]


def accuracies(task: Task, scores: Scores) -> dict[str, float]:
    groups = {"held-back": task.splits.held_back, "own-test": task.splits.own_test}
    return {
        name: round(float((scores(rows).argmax(1) == np.array([r.label for r in rows])).mean()), 4)
        for name, rows in groups.items()
    }


def pooled_head(task: Task, frozen: FrozenEncoder, config: HeadConfig) -> Scores:
    rows = task.splits.train
    head = fit(
        config,
        frozen.features([r.text for r in rows]),
        np.array([r.label for r in rows], dtype=np.int64),
        balanced_weights(rows, task.classes, own=1.0),
        task.classes,
        SEED,
    )
    return lambda chosen: head.logits(frozen.features([r.text for r in chosen]))


def linear_probe(task: Task, frozen: FrozenEncoder) -> Scores:
    """Logistic regression on the mean of the last layer, which the embedding is made of."""
    columns = replace(UPPER, layers=(6,), pools=("mean",)).columns()

    def inputs(rows: Sequence[TextRow]) -> Tensor:
        features = frozen.features([r.text for r in rows])[:, columns].astype(np.float32)
        return functional.normalize(torch.from_numpy(features)) * np.sqrt(WIDTH)

    x, y = inputs(task.splits.train), torch.tensor([r.label for r in task.splits.train])
    weights = torch.from_numpy(balanced_weights(task.splits.train, task.classes, own=1.0))
    torch.manual_seed(SEED)
    layer = nn.Linear(WIDTH, task.classes)
    optimiser = torch.optim.AdamW(layer.parameters(), 2e-3, weight_decay=0.01)
    generator = torch.Generator().manual_seed(SEED)
    for _ in range(20):
        for chosen in torch.randperm(len(x), generator=generator).split(256):
            losses = functional.cross_entropy(layer(x[chosen]), y[chosen], reduction="none")
            optimiser.zero_grad()
            (losses * weights[chosen]).mean().backward()
            optimiser.step()
    return lambda rows: layer(inputs(rows)).detach().numpy()


def full_fine_tune(task: Task, weights: Weights, frozen: FrozenEncoder) -> Scores:
    torch.manual_seed(SEED)
    encoder = Encoder(weights, dropout=0.1, marks=1).train()
    head = nn.Linear(2 * WIDTH, task.classes)

    def logits(encoded: Sequence[Encoded]) -> Tensor:
        width = max(min(len(e.ids), _FULL_LIMIT) for e in encoded)
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

    rows = task.splits.train
    encoded = frozen.encode([r.text for r in rows])
    importance = balanced_weights(rows, task.classes, own=1.0)
    parameters = [p for p in [*encoder.parameters(), *head.parameters()] if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, 1e-4, weight_decay=0.01, fused=True)
    lengths = [min(len(e.ids), _FULL_LIMIT) for e in encoded]
    rng = random.Random(SEED)
    groups = list(batches(lengths, 2000))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 1e-4, total_steps=_FULL_EPOCHS * len(groups) + 1, pct_start=0.1
    )
    for _ in range(_FULL_EPOCHS):
        rng.shuffle(groups)
        for group in groups:
            losses = functional.cross_entropy(
                logits([encoded[i] for i in group]),
                torch.tensor([rows[i].label for i in group]),
                reduction="none",
            )
            w = torch.from_numpy(importance[group])
            optimiser.zero_grad(set_to_none=True)
            ((losses * w).sum() / w.sum()).backward()
            optimiser.step()
            schedule.step()
    encoder.eval()

    def scores(chosen: Sequence[TextRow]) -> NDArray[np.float32]:
        texts = frozen.encode([r.text for r in chosen])
        result = np.zeros((len(chosen), task.classes), np.float32)
        with torch.inference_mode():
            for group in batches([min(len(e.ids), _FULL_LIMIT) for e in texts], 4000):
                result[group] = logits([texts[i] for i in group]).numpy()
        return result

    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares ways to make each head.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=ROOT / ".venv" / "features")
    parser.add_argument("--threads", type=int, default=2)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    weights, tokenizer = load_weights(), load_tokenizer()
    frozen, _ = base_encoder(weights, tokenizer, options.data, options.cache, options.threads)
    results: dict[str, list[dict[str, object]]] = (
        json.loads(TRIALS.read_text(encoding="utf-8")) if TRIALS.exists() else {}
    )
    for task in tasks(options.data):
        lines: list[dict[str, object]] = []
        for name, make in (
            ("linear probe on the embedding", lambda t: linear_probe(t, frozen)),
            ("(a) low-rank head on pooled states of layers 3 to 6", lambda t: pooled_head(t, frozen, UPPER)),
            ("full fine-tuning, an encoder of its own", lambda t: full_fine_tune(t, weights, frozen)),
        ):
            started = time.monotonic()
            figures = accuracies(task, make(task))
            lines.append({"tried": name, **figures})
            log(f"{task.model}: {lines[-1]}, {(time.monotonic() - started) / 60:.1f} min")
            results[task.model] = lines
            TRIALS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
