"""Ways to make the heads that read two texts without tuning an encoder for them, for training/trials.py.

Each text is embedded by itself, as published; a head reads both embeddings u and v, |u - v| and u * v. It says
one thing of the whole pair, so where the shipped head marks words, these mark the whole second text or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from training.cards import HeadFigures
from training.encoder import WIDTH
from training.figures import assess_explainer, assess_marking
from training.pair_rows import LATER, NOT_ENTAILMENT, PairItem
from training.runtime import cached_outputs, encode_texts, load_tokenizer
from training.train import SEED

_RANK = 64
_EPOCHS = 12
_RATE = 2e-3
_BATCH = 256
_OWN = ("own", LATER)
_OWN_WEIGHT = 3.0
"""Of rows written for this project against the given ones, about as in the last phase of the shipped tuning."""


class Embedder:
    """Published embeddings of texts, each text read once."""

    def __init__(self, graph: onnx.ModelProto, cache: Path, threads: int) -> None:
        self._graph, self._cache, self._threads = graph, cache, threads
        self._tokenizer = load_tokenizer()
        self._known: dict[str, NDArray[np.float16]] = {}

    def learn(self, texts: Sequence[str]) -> None:
        new = sorted({text for text in texts if text not in self._known})
        if new:
            encoded = encode_texts(self._tokenizer, new)
            rows = cached_outputs(self._graph, encoded, "embedding", self._cache, self._threads)
            self._known |= dict(zip(new, rows, strict=True))

    def pairs(self, items: Sequence[PairItem]) -> Tensor:
        """[pairs, 4 * 384]"""
        u = self._vectors([first_of(item) for item in items])
        v = self._vectors([item.row.second for item in items])
        return torch.cat([u, v, (u - v).abs(), u * v], dim=-1)

    def _vectors(self, texts: Sequence[str]) -> Tensor:
        self.learn(texts)
        # Unit length spread over 384 values is tiny; this makes one of them about 1.
        rows = np.stack([self._known[text] for text in texts]).astype(np.float32)
        return torch.from_numpy(rows) * np.sqrt(WIDTH)


def first_of(item: PairItem) -> str:
    return f"{item.row.question} {item.row.first}".strip()


def linear(classes: int) -> nn.Module:
    return nn.Linear(4 * WIDTH, classes)


def low_rank(classes: int) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.3), nn.Linear(4 * WIDTH, _RANK), nn.GELU(), nn.Dropout(0.15), nn.Linear(_RANK, classes)
    )  # fmt: skip


def assess(
    task: str,
    make: Callable[[int], nn.Module],
    items: dict[str, list[PairItem]],
    embedder: Embedder,
) -> HeadFigures:
    """Fits the head on the `train` items of the task; figures as those of the shipped one."""
    chosen = {name: [i for i in rows if i.row.task == task] for name, rows in items.items()}
    # A text is read once for all sets and both ways.
    embedder.learn([t for rows in chosen.values() for i in rows for t in (first_of(i), i.row.second)])
    head = _fit(make, 3 if task == "nli" else 2, chosen["train"], embedder)

    def logits(name: str) -> NDArray[np.float32]:
        with torch.inference_mode():
            return head(embedder.pairs(chosen[name])).numpy()

    def of_pairs(name: str) -> list[tuple[PairItem, NDArray[np.float32]]]:
        return list(zip(chosen[name], logits(name), strict=True)) if chosen[name] else []

    def of_pieces(name: str) -> list[tuple[PairItem, NDArray[np.float32]]]:
        return [(i, np.tile(row, (len(i.offsets), 1))) for i, row in of_pairs(name)]

    if task == "nli":
        return assess_explainer(of_pairs, {})[1]
    return assess_marking(task, "", ("", ""), of_pieces, {})[1]


def _fit(
    make: Callable[[int], nn.Module], classes: int, items: list[PairItem], embedder: Embedder
) -> nn.Module:
    torch.manual_seed(SEED)
    x, y = embedder.pairs(items), torch.tensor([item.row.label for item in items])
    w = torch.tensor([_OWN_WEIGHT if item.row.source in _OWN else 1.0 for item in items])
    head = make(classes).train()
    optimiser = torch.optim.AdamW(head.parameters(), _RATE, weight_decay=0.01)
    steps = _EPOCHS * -(-len(x) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps, pct_start=0.1)
    generator = torch.Generator().manual_seed(SEED)
    for _ in range(_EPOCHS):
        for rows in torch.randperm(len(x), generator=generator).split(_BATCH):
            scores = functional.log_softmax(head(x[rows]), dim=-1)
            exact = scores.gather(1, y[rows].clamp(max=classes - 1)[:, None])[:, 0]
            # Some sources only say that the second text does not follow: neutral or contradiction.
            rest = torch.logsumexp(scores[:, 1:], dim=-1)
            losses = -torch.where(y[rows] == NOT_ENTAILMENT, rest, exact)
            optimiser.zero_grad(set_to_none=True)
            ((losses * w[rows]).sum() / w[rows].sum()).backward()
            optimiser.step()
            schedule.step()
    return head.eval()
