"""Ways to make the PII head, for training/trials.py: token by token, with the loss of the shipped one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.bert import Encoder
from training.encoder import WIDTH, Weights
from training.fork import Batch, TokenRows, pii_loss
from training.pii_rows import PII_LABELS, PiiRow
from training.runtime import Encoded, batches
from training.shapes import SHAPE_SIZES
from training.train import SEED, FrozenEncoder, pii_token_rows
from training.trial_texts import steps_of

RANK = 128
_BATCH_TOKENS = 3000
_EPOCHS = 3
_RATE = 2e-3

TokenLogits = Callable[[Sequence[PiiRow]], list[NDArray[np.float32]]]
"""[pieces, labels] of each row."""


class ShapeSum(nn.Module):
    """The sum of the embeddings of a piece's shape."""

    def __init__(self, width: int) -> None:
        super().__init__()
        tables = [nn.Embedding(size, width) for size in SHAPE_SIZES]
        for table in tables:
            nn.init.normal_(table.weight, std=0.02)
        self.tables = nn.ModuleList(tables)

    def forward(self, shapes: Tensor) -> Tensor:
        parts = [table(shapes[..., index]) for index, table in enumerate(self.tables)]
        return torch.stack(parts).sum(0)


class LowRank(nn.Module):
    """A low-rank layer that sees shapes and both neighbours of a piece, and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Linear(WIDTH, RANK)
        self.shapes = ShapeSum(RANK)
        self.neighbours = nn.Conv1d(RANK, RANK, kernel_size=3, padding=1)
        self.up = nn.Linear(RANK, len(PII_LABELS))

    def forward(self, hidden: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        x = functional.gelu(self.down(hidden) + self.shapes(shapes)) * mask[..., None]
        near = functional.gelu(self.neighbours(x.transpose(1, 2)).transpose(1, 2))
        return self.up(functional.dropout(x + near, 0.1, self.training))


class Linear(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.up = nn.Linear(WIDTH, len(PII_LABELS))

    def forward(self, hidden: Tensor, shapes: Tensor, mask: Tensor) -> Tensor:
        return self.up(hidden)


def on_frozen(head: Linear | LowRank, rows: list[PiiRow], frozen: FrozenEncoder) -> TokenLogits:
    """Fits the head on the states that the fork reads."""
    torch.manual_seed(SEED)
    given = pii_token_rows(frozen, rows)
    head.train()
    optimiser = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=0.02)
    groups = list(batches(given.lengths(), _BATCH_TOKENS))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, _RATE, total_steps=_EPOCHS * len(groups) + 1, pct_start=0.1
    )
    rng = np.random.default_rng(SEED)
    for _ in range(_EPOCHS):
        for at in rng.permutation(len(groups)):
            batch = Batch(given, groups[at])
            loss = pii_loss(head(batch.hidden, batch.shapes, batch.mask), batch)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()
    head.eval()

    def logits(chosen: Sequence[PiiRow]) -> list[NDArray[np.float32]]:
        read = pii_token_rows(frozen, list(chosen))
        return _collected(read, lambda batch, _: head(batch.hidden, batch.shapes, batch.mask))

    return logits


def full_fine_tune(rows: list[PiiRow], weights: Weights, frozen: FrozenEncoder) -> TokenLogits:
    """An encoder of its own, tuned as a whole, that sees the shapes with its words."""
    torch.manual_seed(SEED)
    encoder = Encoder(weights, dropout=0.1, marks=1)
    encoder.register_module("marks", ShapeSum(WIDTH))
    model = _FullTokens(encoder, nn.Linear(WIDTH, len(PII_LABELS))).train()
    encoded = frozen.encode([row.text for row in rows])
    given = pii_token_rows(frozen, rows)
    parameters = [p for p in model.parameters() if p.requires_grad]
    for group, step in steps_of(parameters, given.lengths()):
        batch = Batch(given, group)
        with torch.autocast("cpu", torch.bfloat16):
            logits = model(_ids(encoded, group), batch)
        step(pii_loss(logits.float(), batch))
    model.eval()

    def scores(chosen: Sequence[PiiRow]) -> list[NDArray[np.float32]]:
        texts = frozen.encode([row.text for row in chosen])
        read = pii_token_rows(frozen, list(chosen))
        return _collected(read, lambda batch, group: model(_ids(texts, group), batch))

    return scores


class _FullTokens(nn.Module):
    def __init__(self, encoder: Encoder, up: nn.Linear) -> None:
        super().__init__()
        self.encoder, self.up = encoder, up

    def forward(self, ids: Tensor, batch: Batch) -> Tensor:
        return self.up(self.encoder(ids, batch.mask, torch.zeros_like(ids), batch.shapes))


def _ids(encoded: Sequence[Encoded], group: Sequence[int]) -> Tensor:
    width = max(len(encoded[i].ids) for i in group)
    ids = torch.zeros(len(group), width, dtype=torch.int64)
    for row, index in enumerate(group):
        ids[row, : len(encoded[index].ids)] = torch.tensor(encoded[index].ids)
    return ids


def _collected(
    rows: TokenRows, logits: Callable[[Batch, list[int]], Tensor]
) -> list[NDArray[np.float32]]:
    lengths = rows.lengths()
    results: dict[int, NDArray[np.float32]] = {}
    with torch.inference_mode():
        for group in batches(lengths, _BATCH_TOKENS):
            values = logits(Batch(rows, group), group).float().numpy()
            results |= {i: values[row, : lengths[i]] for row, i in enumerate(group)}
    return [results[i] for i in range(len(lengths))]
