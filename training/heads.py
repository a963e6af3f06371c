"""Heads that judge a whole text: pooled hidden states of the frozen encoder, a low-rank layer, a classifier."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from training.encoder import LAYERS, WIDTH, EncoderOutputs, mean_pool
from training.onnx_builder import GraphBuilder

POOLS = ("mean", "max", "cls")
FEATURES = (LAYERS + 1) * len(POOLS) * WIDTH
_DEVIATION_FLOOR = 0.05


@dataclass(frozen=True)
class HeadConfig:
    layers: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    pools: tuple[str, ...] = ("mean", "max", "cls")
    rank: int = 64
    dropout: float = 0.3
    """Share of the features dropped while fitting."""
    hidden_dropout: float = 0.15
    label_smoothing: float = 0.1
    learning_rate: float = 2e-3
    weight_decay: float = 0.02
    epochs: int = 12
    batch: int = 256

    def columns(self) -> NDArray[np.int64]:
        """Which of the cached features the head reads."""
        wanted = [
            np.arange(WIDTH) + (layer * len(POOLS) + POOLS.index(pool)) * WIDTH
            for layer in self.layers
            for pool in self.pools
        ]
        return np.concatenate(wanted)


@dataclass(frozen=True)
class HeadWeights:
    """What the graph needs: logits = gelu(features @ down + down_bias) @ up + up_bias."""

    config: HeadConfig
    down: NDArray[np.float32]
    down_bias: NDArray[np.float32]
    up: NDArray[np.float32]
    up_bias: NDArray[np.float32]

    def logits(self, features: NDArray[np.float16]) -> NDArray[np.float32]:
        with torch.inference_mode():
            x = torch.from_numpy(features[:, self.config.columns()].astype(np.float32))
            hidden = nn.functional.gelu(
                x @ torch.from_numpy(self.down) + torch.from_numpy(self.down_bias)
            )
            return (hidden @ torch.from_numpy(self.up) + torch.from_numpy(self.up_bias)).numpy()


class Pools:
    """Pooled hidden states of the frozen encoder; heads that read the same share its nodes."""

    def __init__(self, g: GraphBuilder, encoder: EncoderOutputs) -> None:
        self._g, self._encoder = g, encoder
        self._made: dict[tuple[int, str], str] = {}

    def features(self, layers: Sequence[int], pools: Sequence[str]) -> list[str]:
        """Names of [batch, 384] results, layer by layer."""
        return [self._pool(layer, pool) for layer in layers for pool in pools]

    def _pool(self, layer: int, pool: str) -> str:
        if (layer, pool) not in self._made:
            self._made[layer, pool] = add_pool(self._g, self._encoder, self._encoder.hidden[layer], pool)
        return self._made[layer, pool]


def add_pool(g: GraphBuilder, encoder: EncoderOutputs, hidden: str, pool: str) -> str:
    """Mean, maximum or first token of [batch, seq, 384]."""
    if pool == "mean":
        return mean_pool(g, encoder, hidden)
    if pool == "max":
        # Padding is moved far below every real value; LayerNorm keeps those small.
        return g.op("ReduceMax", g.op("Add", hidden, encoder.mask_column_bias), axes=[1], keepdims=0)
    return g.op("Gather", hidden, g.constant(np.array(0, dtype=np.int64)), axis=1)


def add_classifier(
    g: GraphBuilder, hidden: str, up: NDArray[np.float32], up_bias: NDArray[np.float32], output: str
) -> str:
    """gelu(hidden) @ up + up_bias, as the output of that name."""
    erf = g.op("Erf", g.op("Div", hidden, g.scalar(float(np.sqrt(2.0)))))
    gelu = g.op("Mul", g.op("Mul", hidden, g.op("Add", erf, g.scalar(1.0))), g.scalar(0.5))
    return g.op(
        "Gemm", gelu, g.weight(f"{output}.up", up), g.weight(f"{output}.up_bias", up_bias), name=output
    )


def fit(
    config: HeadConfig,
    features: NDArray[np.float16],
    labels: NDArray[np.int64],
    weights: NDArray[np.float32],
    classes: int,
    seed: int,
    taught: NDArray[np.float32] | None = None,
) -> HeadWeights:
    """Weighted cross-entropy; standardisation of the features ends up in the first layer.

    `taught` holds the probabilities to aim at, [rows, classes], instead of smoothed labels.
    """
    torch.manual_seed(seed)
    mean, deviation = moments(features, config)
    x = (torch.from_numpy(features[:, config.columns()]).float() - mean) / deviation
    y, w = torch.from_numpy(labels), torch.from_numpy(weights)
    aim = y if taught is None else torch.from_numpy(taught)
    smoothing = config.label_smoothing if taught is None else 0.0

    down_layer, up_layer = nn.Linear(x.shape[1], config.rank), nn.Linear(config.rank, classes)
    hidden_dropout = nn.Dropout(config.hidden_dropout)
    parameters = [*down_layer.parameters(), *up_layer.parameters()]
    optimiser = torch.optim.AdamW(
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay
    )
    per_epoch = len(x) // config.batch
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, config.learning_rate, total_steps=config.epochs * per_epoch + 1, pct_start=0.1
    )
    generator = torch.Generator().manual_seed(seed)
    for _ in range(config.epochs):
        order = torch.randperm(len(x), generator=generator)
        for step in range(per_epoch):
            rows = order[step * config.batch : (step + 1) * config.batch]
            # One mask for the whole batch: as good as one per row here, and far cheaper.
            keep = torch.rand(x.shape[1], generator=generator) >= config.dropout
            kept = down_layer.weight * (keep / (1.0 - config.dropout))
            hidden = nn.functional.gelu(nn.functional.linear(x[rows], kept, down_layer.bias))
            losses = nn.functional.cross_entropy(
                up_layer(hidden_dropout(hidden)),
                aim[rows],
                reduction="none",
                label_smoothing=smoothing,
            )
            loss = (losses * w[rows]).sum() / w[rows].sum()
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
            schedule.step()

    down = (down_layer.weight / deviation).detach()
    return HeadWeights(
        config=config,
        down=down.T.contiguous().numpy(),
        down_bias=(down_layer.bias.detach() - down @ mean).numpy(),
        up=up_layer.weight.detach().T.contiguous().numpy(),
        up_bias=up_layer.bias.detach().numpy(),
    )


def moments(
    features: NDArray[np.float16], config: HeadConfig
) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean and deviation of the features, from a spread of about 4000 rows.

    A few features hardly vary. Scaling them up would scale up the rounding of the cached features
    and of other processors as well, hence the floor.
    """
    sample = features[:: max(1, len(features) // 4000)][:, config.columns()]
    x = torch.from_numpy(sample).float()
    return x.mean(0), x.std(0).clamp_min(_DEVIATION_FLOOR)
