"""A tuned copy of one upper layer, for the heads that pooled states of the frozen encoder are not enough for.

Names of people and places need the case of the original text, and an instruction hidden in a long document
disappears in a mean over all tokens. So one layer more, which sees each piece's shape and whose output is
read token by token (PII) or through attention over the tokens (jailbreak, tool-call sentinel). It costs an
eighth of the encoder and is shared by all of them; the encoder itself stays as published.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.bert import Layer, padding_bias
from training.encoder import WIDTH, Weights
from training.pii_rows import NAMED, PII_LABELS, PII_TYPES
from training.runtime import batches
from training.shapes import SHAPE_SIZES

FORK_AT = 4
"""The fork reads the hidden states after this many layers and is a copy of the next one."""
ATTENTION_HEADS = 4
_INNER = 768
"""Half of the encoder's: the feed-forward part is what a layer costs, and tuning makes up for the loss."""
READ_FEATURES = (2 + ATTENTION_HEADS) * WIDTH

_LAYER_RATE = 4e-4
_HEAD_RATE = 1.5e-3
_BATCH_TOKENS = 3000
_DROPOUT = 0.15


class Fork(nn.Module):
    def __init__(self, weights: Weights) -> None:
        super().__init__()
        self.shapes = nn.ModuleList([nn.Embedding(size, WIDTH) for size in SHAPE_SIZES])
        for table in self.shapes:
            nn.init.normal_(table.weight, std=0.02)
        self.layer = Layer.of(weights, FORK_AT, _DROPOUT, _INNER)
        self.pii = nn.Linear(WIDTH, len(PII_LABELS))

    def forward(self, hidden: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        """[batch, seq, 384] of the encoder to the same of the fork."""
        x = hidden
        for index, table in enumerate(self.shapes):
            x = x + table(shapes[..., index])
        return self.layer(x, padding_bias(mask))


class TextHead(nn.Module):
    """Reads a whole text: frozen pooled features beside the fork's mean, maximum and attention pools."""

    def __init__(self, pooled: int, rank: int, classes: int) -> None:
        super().__init__()
        self.scores = nn.Linear(WIDTH, ATTENTION_HEADS)
        self.down = nn.Linear(pooled + READ_FEATURES, rank)
        self.up = nn.Linear(rank, classes)

    def features(self, fork: Tensor, mask: Tensor) -> Tensor:
        absent = (1.0 - mask)[..., None] * -1e9
        mean = (fork * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        largest = (fork + absent).amax(1)
        attention = (self.scores(fork).float() + absent).softmax(1)
        read = torch.matmul(attention.transpose(1, 2).to(fork.dtype), fork).flatten(1)
        return torch.cat([mean, largest, read], dim=-1)

    def forward(self, fork: Tensor, mask: Tensor, pooled: Tensor) -> Tensor:
        x = torch.cat([pooled, self.features(fork, mask).float()], dim=-1)
        x = functional.dropout(x, 0.3, self.training)
        hidden = functional.dropout(functional.gelu(self.down(x)), 0.15, self.training)
        return self.up(hidden)


@dataclass
class TokenRows:
    """Rows of one task: everything the frozen encoder gives for them."""

    hidden: NDArray[np.float16]
    """[all tokens, 384] after FORK_AT layers, row after row."""
    starts: NDArray[np.int64]
    shapes: list[NDArray[np.int64]]
    labels: list[NDArray[np.int64]]
    """PII: label per piece. Else one number per text."""
    weights: NDArray[np.float32]
    partly: NDArray[np.bool_]
    """PII: rows of sources that annotate only some types."""
    pooled: NDArray[np.float32] | None
    """Standardised pooled features; None for PII."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def lengths(self) -> list[int]:
        return np.diff(self.starts).tolist()


class Batch:
    def __init__(self, rows: TokenRows, chosen: Sequence[int]) -> None:
        width = max(int(rows.starts[i + 1] - rows.starts[i]) for i in chosen)
        hidden = np.zeros((len(chosen), width, WIDTH), np.float32)
        shapes = np.zeros((len(chosen), width, len(SHAPE_SIZES)), np.int64)
        mask = np.zeros((len(chosen), width), np.float32)
        tokens = np.zeros((len(chosen), width), np.int64)
        for row, index in enumerate(chosen):
            start, end = rows.starts[index], rows.starts[index + 1]
            length = end - start
            hidden[row, :length] = rows.hidden[start:end]
            shapes[row, :length] = rows.shapes[index]
            mask[row, :length] = 1.0
            if rows.pooled is None:
                tokens[row, :length] = rows.labels[index]
        self.hidden, self.shapes = torch.from_numpy(hidden), torch.from_numpy(shapes)
        self.mask = torch.from_numpy(mask)
        self.weights = torch.from_numpy(rows.weights[list(chosen)])
        self.partly = torch.from_numpy(rows.partly[list(chosen)])
        if rows.pooled is None:
            self.labels, self.pooled = torch.from_numpy(tokens), None
        else:
            self.labels = torch.from_numpy(np.array([rows.labels[i] for i in chosen], np.int64))
            self.pooled = torch.from_numpy(rows.pooled[list(chosen)])


_KNOWN = [0] + [2 * PII_TYPES.index(kind) + k for kind in NAMED for k in (1, 2)]
_UNKNOWN = [i for i in range(len(PII_LABELS)) if i not in _KNOWN]


def pii_loss(logits: Tensor, batch: Batch) -> Tensor:
    """Cross-entropy per piece. In partly annotated rows "no label" may be any type the source leaves out."""
    scores = functional.log_softmax(logits, dim=-1)
    exact = scores.gather(-1, batch.labels[..., None])[..., 0]
    left_out = torch.logsumexp(scores[..., [0, *_UNKNOWN]], dim=-1)
    open_ended = batch.partly[:, None] & (batch.labels == 0)
    # Special tokens have no shape of their own and carry no label.
    counted = batch.mask * (batch.shapes[..., 0] > 0) * batch.weights[:, None]
    return -(torch.where(open_ended, left_out, exact) * counted).sum() / counted.sum()


_TO_SMALL = torch.tensor([0, 1, 1, 1, 1, 1, 6, 7, 8, 9])
_TO_CAPITALS = torch.tensor([0, 3, 3, 3, 4, 3, 6, 7, 8, 9])


def vary_case(shapes: Tensor, rng: random.Random) -> Tensor:
    """Some texts as if typed without capitals or in capitals only: the pieces themselves stay the same."""
    shapes = shapes.clone()
    for row in shapes:
        chance = rng.random()
        if chance < 0.12:
            table = _TO_SMALL if chance < 0.08 else _TO_CAPITALS
            row[:, 0], row[:, 1] = table[row[:, 0]], table[row[:, 1]]
            row[:, 4] = 0 if chance < 0.08 else 4
    return shapes


@dataclass(frozen=True)
class Fitted:
    fork: Fork
    heads: dict[str, TextHead]

    def save(self, path: Path) -> None:
        sizes = {
            name: (h.down.in_features - READ_FEATURES, h.down.out_features, h.up.out_features)
            for name, h in self.heads.items()
        }
        states = {name: h.state_dict() for name, h in self.heads.items()}
        torch.save({"fork": self.fork.state_dict(), "sizes": sizes, "heads": states}, path)

    @staticmethod
    def restore(weights: Weights, path: Path) -> Fitted:
        saved = torch.load(path)
        fork = Fork(weights)
        fork.load_state_dict(saved["fork"])
        heads = {name: TextHead(*sizes) for name, sizes in saved["sizes"].items()}
        for name, head in heads.items():
            head.load_state_dict(saved["heads"][name])
            head.eval()
        return Fitted(fork.eval(), heads)


def fit(
    weights: Weights,
    pii: TokenRows,
    texts: dict[str, TokenRows],
    epochs: int,
    seed: int,
    log: Callable[[str], None],
    rank: int = 96,
) -> Fitted:
    """Fits the fork with all its heads, task after task in random order."""
    torch.manual_seed(seed)
    rng = random.Random(seed)
    fork = Fork(weights).train()
    heads = {
        name: TextHead(rows.pooled.shape[1], rank, int(max(int(label) for label in rows.labels)) + 1).train()
        for name, rows in texts.items()
        if rows.pooled is not None
    }
    layer = list(fork.layer.parameters())
    known = {id(p) for p in layer}
    rest = [p for m in (fork, *heads.values()) for p in m.parameters() if id(p) not in known]
    optimiser = torch.optim.AdamW(
        [{"params": layer, "lr": _LAYER_RATE}, {"params": rest, "lr": _HEAD_RATE}],
        weight_decay=0.02,
        fused=True,
    )
    tasks = {"pii": pii, **texts}
    steps = epochs * sum(1 for _ in _batches(tasks, random.Random(seed)))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, [_LAYER_RATE, _HEAD_RATE], total_steps=steps + 100, pct_start=0.08
    )
    done, started = 0, time.monotonic()
    recent: dict[str, float] = {}
    for epoch in range(epochs):
        for task, chosen in _batches(tasks, rng):
            if done >= steps:
                break
            batch = Batch(tasks[task], chosen)
            shapes = vary_case(batch.shapes, rng)
            with torch.autocast("cpu", torch.bfloat16):
                states = fork(batch.hidden, shapes, batch.mask)
                logits = fork.pii(functional.dropout(states, _DROPOUT)) if task == "pii" else None
            if logits is not None:
                loss = pii_loss(logits.float(), batch)
            else:
                assert batch.pooled is not None
                losses = functional.cross_entropy(
                    heads[task](states, batch.mask, batch.pooled),
                    batch.labels,
                    reduction="none",
                    label_smoothing=0.05,
                )
                loss = (losses * batch.weights).sum() / batch.weights.sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_([*layer, *rest], 1.0)
            optimiser.step()
            schedule.step()
            done += 1
            recent[task] = 0.98 * recent.get(task, loss.item()) + 0.02 * loss.item()
        log(
            f"fork: epoch {epoch + 1} of {epochs}, {(time.monotonic() - started) / 60:.0f} min, "
            f"loss {json.dumps({k: round(v, 4) for k, v in recent.items()})}"
        )
    fork.eval()
    for head in heads.values():
        head.eval()
    return Fitted(fork, heads)


def _batches(
    tasks: dict[str, TokenRows], rng: random.Random
) -> Iterator[tuple[str, list[int]]]:
    made: list[tuple[str, list[int]]] = []
    for task, rows in tasks.items():
        lengths = rows.lengths()
        order = list(range(len(rows)))
        rng.shuffle(order)
        for at in range(0, len(order), 4000):
            part = order[at : at + 4000]
            made += [
                (task, [part[i] for i in group])
                for group in batches([lengths[i] for i in part], _BATCH_TOKENS)
            ]
    rng.shuffle(made)
    yield from made
