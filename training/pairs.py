"""The second encoder: tuned jointly for the heads that read two texts."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.bert import Encoder
from training.encoder import WIDTH, Weights
from training.pair_rows import (
    DERIVED,
    LATER,
    NLI_LABELS,
    NOT_ENTAILMENT,
    OVERLAP_VALUES,
    TASKS,
    PairItem,
)
from training.runtime import batches

_HEAD_RATE = 1e-3
_BATCH_TOKENS = 2200
_MARKED_WEIGHT = 3.0


@dataclass(frozen=True)
class Phase:
    """One stretch of the tuning: which rows, how often, and how fast."""

    epochs: int
    rate: float
    repeats: dict[str, int]
    """How often the rows of a source are read in an epoch; once if not named."""
    kept: dict[str, float]
    """Share of the rows of a source (or of a task) that is read; all if not named."""


PHASES = (
    # JOCI's neutral is the annotators' guess of likelihood; half of it is enough.
    Phase(
        epochs=2,
        rate=1.5e-4,
        repeats={"own": 3, "tampered": 2},
        kept={"nli_joci": 0.5, DERIVED: 0.0, LATER: 0.0},
    ),
    # The detector is as good as it gets by now; the explainer and the verifier are not.
    Phase(
        epochs=1,
        rate=1e-4,
        repeats={"own": 4, "tampered": 4},
        kept={"nli_joci": 0.5, "hallucination": 0.15, DERIVED: 0.6, LATER: 0.0},
    ),
    # Hand-written pairs count most at the end: they are what the others lack.
    Phase(
        epochs=1,
        rate=8e-5,
        repeats={"own": 3, "tampered": 1, LATER: 4},
        kept={
            "nli_joci": 0.2,
            "nli_mnli": 0.6,
            "nli_snli": 0.4,
            "nli_qnli": 0.4,
            "nli_scitail": 0.4,
            "med": 0.4,
            "hallucination": 0.1,
            DERIVED: 0.2,
        },
    ),
)


class PairModel(nn.Module):
    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.encoder = Encoder(weights, dropout=0.1, marks=OVERLAP_VALUES)
        self.nli = nn.Linear(2 * WIDTH, len(NLI_LABELS))
        self.hallucination = nn.Linear(WIDTH, 2)
        self.tool_call = nn.Linear(WIDTH, 2)

    def forward(self, batch: Batch) -> Tensor:
        """Hidden states [batch, seq, 384]."""
        return self.encoder(batch.ids, batch.mask, batch.types, batch.overlap)

    def nli_logits(self, hidden: Tensor, batch: Batch) -> Tensor:
        mask = batch.mask[..., None]
        mean = (hidden * mask).sum(1) / mask.sum(1)
        return self.nli(torch.cat([mean, hidden[:, 0]], dim=-1))


class Batch:
    """Items of one task, padded."""

    def __init__(self, items: Sequence[PairItem]) -> None:
        self.items = items
        width = max(len(item.ids) for item in items)
        shape = (len(items), width)
        ids, types, overlap, marked = (np.zeros(shape, dtype=np.int64) for _ in range(4))
        mask, second = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        for row, item in enumerate(items):
            length, end = len(item.ids), item.start + len(item.offsets)
            ids[row, :length], types[row, :length] = item.ids, item.types
            overlap[row, :length], mask[row, :length] = item.overlap, 1.0
            second[row, item.start : end], marked[row, item.start : end] = 1.0, item.marked
        self.ids, self.types, self.overlap = map(torch.from_numpy, (ids, types, overlap))
        self.mask, self.second = torch.from_numpy(mask), torch.from_numpy(second)
        self.marked = torch.from_numpy(marked)
        self.labels = torch.tensor([item.row.label for item in items])
        self.spans_known = torch.tensor([float(item.row.spans is not None) for item in items])


def loss_of(model: PairModel, batch: Batch) -> Tensor:
    hidden = model(batch).float()
    task = batch.items[0].row.task
    if task == "nli":
        scores = functional.log_softmax(model.nli_logits(hidden, batch).float(), dim=-1)
        exact = scores.gather(1, batch.labels.clamp(max=2)[:, None])[:, 0]
        not_entailed = torch.logsumexp(scores[:, 1:], dim=-1)
        return -torch.where(batch.labels == NOT_ENTAILMENT, not_entailed, exact).mean()
    head = model.hallucination if task == "hallucination" else model.tool_call
    logits = head(hidden).float()
    scores = functional.log_softmax(logits, dim=-1)
    entropy = -scores.gather(-1, batch.marked[..., None])[..., 0]
    weight = torch.where(batch.marked == 1, _MARKED_WEIGHT, 1.0) * batch.second
    per_row = (entropy * weight).sum(1) / weight.sum(1)
    # Whether anything is marked at all: all that some sources say, and what users act on first.
    margin = (logits[..., 1] - logits[..., 0]).masked_fill(batch.second == 0, -1e4)
    anything = torch.logsumexp(2.0 * margin, dim=-1) / 2.0
    whole = functional.binary_cross_entropy_with_logits(
        anything, batch.labels.float(), reduction="none"
    )
    return (per_row * batch.spans_known + whole * (0.5 - 0.25 * batch.spans_known)).mean()


def fit(
    weights: Weights,
    items: Sequence[PairItem],
    seed: int,
    log: Callable[[str], None],
    phases: Sequence[Phase] = PHASES,
    model: PairModel | None = None,
) -> PairModel:
    """Tunes a copy of the encoder on all tasks, or goes on with `model`. Matrix products in bfloat16: on processors
    that have it, five times as fast."""
    torch.manual_seed(seed)
    model = (model or PairModel(weights)).train()
    for number, phase in enumerate(phases, start=1):
        rng = random.Random(seed)
        rows = [
            item
            for item in items
            if rng.random() < min(phase.kept.get(item.row.source, 1.0), phase.kept.get(item.row.task, 1.0))
            for _ in range(phase.repeats.get(item.row.source, 1))
        ]
        _run_phase(model, rows, phase, rng, seed, lambda text, n=number: log(f"pairs, phase {n}: {text}"))
    return model.eval()


def _run_phase(
    model: PairModel,
    rows: Sequence[PairItem],
    phase: Phase,
    rng: random.Random,
    seed: int,
    log: Callable[[str], None],
) -> None:
    body = [p for n, p in model.named_parameters() if p.requires_grad and n.startswith("encoder.layers")]
    rest = [p for n, p in model.named_parameters() if p.requires_grad and not n.startswith("encoder.layers")]
    optimiser = torch.optim.AdamW(
        [{"params": body, "lr": phase.rate}, {"params": rest, "lr": _HEAD_RATE}],
        weight_decay=0.01,
        fused=True,
    )
    steps = sum(1 for _ in _batches(rows, random.Random(seed))) * phase.epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        [phase.rate, _HEAD_RATE],
        total_steps=steps + 100,
        pct_start=0.06,
        anneal_strategy="linear",
    )
    done, started = 0, time.monotonic()
    recent: dict[str, float] = {}
    for _ in range(phase.epochs):
        for chosen in _batches(rows, rng):
            if done >= steps:
                break
            with torch.autocast("cpu", torch.bfloat16):
                loss = loss_of(model, Batch(chosen))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            done += 1
            task = chosen[0].row.task
            recent[task] = 0.99 * recent.get(task, loss.item()) + 0.01 * loss.item()
            if done % 200 == 0:
                minutes = (time.monotonic() - started) / 60.0
                log(f"step {done} of {steps}, {minutes:.0f} min, loss {json.dumps(recent)}")


def _batches(items: Sequence[PairItem], rng: random.Random) -> Iterator[list[PairItem]]:
    """Batches of one task each, of similar lengths, in random order."""
    made: list[list[PairItem]] = []
    for task in TASKS:
        members = [item for item in items if item.row.task == task]
        rng.shuffle(members)
        for at in range(0, len(members), 2000):
            part = members[at : at + 2000]
            made += [
                [part[i] for i in group]
                for group in batches([len(item.ids) for item in part], _BATCH_TOKENS)
            ]
    rng.shuffle(made)
    yield from made


def predict(model: PairModel, items: Sequence[PairItem]) -> list[NDArray[np.float32]]:
    """Per item: NLI logits [3], or logits [pieces of the second text, 2]."""
    results: list[NDArray[np.float32] | None] = [None] * len(items)
    with torch.inference_mode():
        for task in TASKS:
            indices = [i for i, item in enumerate(items) if item.row.task == task]
            for group in batches([len(items[i].ids) for i in indices], 4096):
                chosen = [indices[i] for i in group]
                batch = Batch([items[i] for i in chosen])
                hidden = model(batch)
                if task == "nli":
                    logits = model.nli_logits(hidden, batch).numpy()
                    for index, row in zip(chosen, logits, strict=True):
                        results[index] = row
                    continue
                head = model.hallucination if task == "hallucination" else model.tool_call
                logits = head(hidden).numpy()
                for index, row in zip(chosen, logits, strict=True):
                    item = items[index]
                    results[index] = row[item.start : item.start + len(item.offsets)]
    return [r for r in results if r is not None]
