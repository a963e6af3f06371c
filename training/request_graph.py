"""The graph for a single text: the published encoder, its embedding, and all heads that read one text."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from training.encoder import WIDTH, EncoderOutputs, Weights, add_embedding_output, add_encoder, add_layer
from training.fork import ATTENTION_HEADS, FORK_AT, READ_FEATURES, Fork, TextHead
from training.heads import HeadConfig, HeadWeights, Pools, add_classifier, add_pool
from training.onnx_builder import GraphBuilder, Ranges
from training.pii_rows import PII_LABELS
from training.runtime import graph_inputs, graph_output
from training.shapes import SHAPE_SIZES

PII_OUTPUT = "pii_logits"


@dataclass(frozen=True)
class ForkHead:
    """A text head on the fork, with the standardisation of its pooled features."""

    head: TextHead
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


@dataclass(frozen=True)
class RequestParts:
    weights: Weights
    config: HeadConfig
    """Which pooled features all heads read."""
    center: NDArray[np.float32]
    scale: NDArray[np.float32]
    """Usual mean and deviation of these features: 8 bits are spent on how a text differs from others."""
    pooled: dict[str, HeadWeights] = field(default_factory=dict)
    """Heads on pooled features alone, by the name of their output."""
    fork: Fork | None = None
    fork_heads: dict[str, ForkHead] = field(default_factory=dict)


@dataclass(frozen=True)
class _Down:
    """First layer of a head over the pooled features."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


def build_request_graph(parts: RequestParts, ranges: Ranges | None) -> onnx.ModelProto:
    """int8 with `ranges`, else float."""
    g = GraphBuilder(ranges)
    outputs = [graph_output(name, *shape) for name, shape in add_request(g, parts).items()]
    inputs = [i for i in graph_inputs() if i.name in g.used]
    return g.model(inputs, outputs, "mom-embedded-request")


def add_request(g: GraphBuilder, parts: RequestParts) -> dict[str, tuple[str | int, ...]]:
    """Adds everything; outputs by name with their shapes."""
    encoder = add_encoder(g, parts.weights)
    outputs: dict[str, tuple[str | int, ...]] = {}
    outputs[add_embedding_output(g, encoder)] = ("batch", WIDTH)
    if not parts.pooled and parts.fork is None:
        return outputs
    hidden = _add_pooled_layers(g, encoder, parts) if parts.pooled or parts.fork_heads else {}
    for name, head in parts.pooled.items():
        add_classifier(g, hidden[name], head.up, head.up_bias, name)
        outputs[name] = ("batch", len(head.up_bias))
    if parts.fork is not None:
        states = _add_fork(g, encoder, parts.fork)
        outputs[_add_pii(g, states, parts.fork)] = ("batch", "seq", len(PII_LABELS))
        shared = [add_pool(g, encoder, states, pool) for pool in ("mean", "max")]
        for name, part in parts.fork_heads.items():
            read = _add_reading(g, encoder, states, shared, part.head, name)
            both = g.op("Add", hidden[name], read)
            add_classifier(g, both, _array(part.head.up.weight).T, _array(part.head.up.bias), name)
            outputs[name] = ("batch", part.head.up.out_features)
    return outputs


def _add_pooled_layers(
    g: GraphBuilder, encoder: EncoderOutputs, parts: RequestParts
) -> dict[str, str]:
    """The first layers of all heads over the pooled features, as one product; results by head.

    At one text a run, reading the weights is what a head costs: so they are int8, and read in one go.
    """
    downs = {name: _Down(head.down, head.down_bias) for name, head in parts.pooled.items()}
    downs |= {name: _pooled_part(part) for name, part in parts.fork_heads.items()}
    features = g.op(
        "Concat", *Pools(g, encoder).features(parts.config.layers, parts.config.pools), axis=-1
    )
    centred = g.op("Sub", features, g.weight("pooled.center", parts.center))
    even = g.op("Mul", centred, g.weight("pooled.scale", 1.0 / parts.scale))
    weight = np.concatenate([down.weight for down in downs.values()], axis=1)
    bias = np.concatenate([down.bias for down in downs.values()]) + parts.center @ weight
    joint = g.row_linear(even, weight * parts.scale[:, None], bias, "pooled.down")
    sizes = [len(down.bias) for down in downs.values()]
    if len(sizes) == 1:
        return dict(zip(downs, [joint], strict=True))
    pieces = g.multi("Split", [joint, g.ints(*sizes)], len(sizes), axis=-1)
    return dict(zip(downs, pieces, strict=True))


def _pooled_part(part: ForkHead) -> _Down:
    """What of a fork head reads the pooled features; their standardisation goes into the weights."""
    width = len(part.mean)
    assert part.head.down.in_features == width + READ_FEATURES
    weight = _array(part.head.down.weight)[:, :width] / part.deviation
    return _Down(weight.T, _array(part.head.down.bias) - weight @ part.mean)


def _add_fork(g: GraphBuilder, encoder: EncoderOutputs, fork: Fork) -> str:
    """The forked layer over the encoder's states with the shapes' embeddings added."""
    tables = np.concatenate([_array(table.weight) for table in fork.shapes])
    starts = np.cumsum([0, *SHAPE_SIZES[:-1]]).astype(np.int64)
    rows = g.op("Add", "piece_shapes", g.constant(starts))
    shapes = g.op(
        "ReduceSum", g.op("Gather", g.weight("fork.shapes", tables), rows), g.ints(2), keepdims=0
    )
    x = g.op("Add", encoder.hidden[FORK_AT], shapes)
    return add_layer(g, fork.layer.weights(), x, encoder.mask_bias, "fork", exact=False)


def _add_pii(g: GraphBuilder, states: str, fork: Fork) -> str:
    product = g.op("MatMul", states, g.weight("pii.weight", _array(fork.pii.weight).T))
    return g.op("Add", product, g.weight("pii.bias", _array(fork.pii.bias)), name=PII_OUTPUT)


def _add_reading(
    g: GraphBuilder,
    encoder: EncoderOutputs,
    states: str,
    shared: list[str],
    head: TextHead,
    output: str,
) -> str:
    """What of a head's first layer reads the fork: its mean, maximum and attention pools."""
    scores = g.op("MatMul", states, g.weight(f"{output}.attend", _array(head.scores.weight).T))
    scores = g.op("Add", scores, g.weight(f"{output}.attend_bias", _array(head.scores.bias)))
    attention = g.op("Softmax", g.op("Add", scores, encoder.mask_column_bias), axis=1)
    read = g.op("MatMul", g.op("Transpose", attention, perm=[0, 2, 1]), states)
    read = g.op("Reshape", read, g.ints(0, ATTENTION_HEADS * WIDTH))
    weight = _array(head.down.weight)[:, -READ_FEATURES:].T
    none = np.zeros(weight.shape[1], np.float32)
    return g.row_linear(g.op("Concat", *shared, read, axis=-1), weight, none, f"{output}.down")


def _array(parameter: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(parameter.detach().float().numpy())
