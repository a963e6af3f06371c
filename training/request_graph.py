"""The graph for a single text: the published encoder, its embedding, and all heads that read one text."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from training.encoder import WIDTH, EncoderOutputs, Weights, add_embedding_output, add_encoder, add_layer
from training.fork import ATTENTION_HEADS, FORK_AT, READ_FEATURES, Fork, TextHead
from training.heads import HeadConfig, HeadWeights, Pools, add_head, add_pool, add_two_layers
from training.onnx_builder import GraphBuilder, Ranges
from training.pii_rows import PII_LABELS
from training.runtime import graph_inputs, graph_output
from training.shapes import SHAPE_SIZES

PII_OUTPUT = "pii_logits"


@dataclass(frozen=True)
class ForkHead:
    """A text head on the fork, with the standardisation of its pooled features."""

    head: TextHead
    config: HeadConfig
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]


@dataclass(frozen=True)
class RequestParts:
    weights: Weights
    pooled: dict[str, HeadWeights] = field(default_factory=dict)
    """Heads on pooled features, by the name of their output."""
    fork: Fork | None = None
    fork_heads: dict[str, ForkHead] = field(default_factory=dict)


def build_request_graph(parts: RequestParts, ranges: Ranges | None) -> onnx.ModelProto:
    """int8 with `ranges`, else float."""
    g = GraphBuilder(ranges)
    outputs = [graph_output(name, *shape) for name, shape in add_request(g, parts).items()]
    inputs = [i for i in graph_inputs() if i.name in g.used]
    return g.model(inputs, outputs, "mom-embedded-request")


def add_request(g: GraphBuilder, parts: RequestParts) -> dict[str, tuple[str | int, ...]]:
    """Adds everything; outputs by name with their shapes."""
    encoder = add_encoder(g, parts.weights)
    pools = Pools(g, encoder)
    outputs: dict[str, tuple[str | int, ...]] = {}
    outputs[add_embedding_output(g, encoder)] = ("batch", WIDTH)
    for name, head in parts.pooled.items():
        outputs[add_head(g, pools, head, name)] = ("batch", len(head.up_bias))
    if parts.fork is not None:
        states = _add_fork(g, encoder, parts.fork)
        outputs[_add_pii(g, states, parts.fork)] = ("batch", "seq", len(PII_LABELS))
        shared = [add_pool(g, encoder, states, pool) for pool in ("mean", "max")]
        for name, part in parts.fork_heads.items():
            classes = part.head.up.out_features
            outputs[_add_fork_head(g, encoder, pools, states, shared, part, name)] = ("batch", classes)
    return outputs


def _add_fork(g: GraphBuilder, encoder: EncoderOutputs, fork: Fork) -> str:
    """The forked layer over the encoder's states with the shapes' embeddings added."""
    tables = np.concatenate([_array(table.weight) for table in fork.shapes])
    starts = np.cumsum([0, *SHAPE_SIZES[:-1]]).astype(np.int64)
    rows = g.op("Add", "piece_shapes", g.constant(starts))
    shapes = g.op(
        "ReduceSum", g.op("Gather", g.weight("fork.shapes", tables), rows), g.ints(2), keepdims=0
    )
    x = g.op("Add", encoder.hidden[FORK_AT], shapes)
    return add_layer(g, fork.layer.weights(), x, encoder.mask_bias, "fork")


def _add_pii(g: GraphBuilder, states: str, fork: Fork) -> str:
    product = g.op("MatMul", states, g.weight("pii.weight", _array(fork.pii.weight).T))
    return g.op("Add", product, g.weight("pii.bias", _array(fork.pii.bias)), name=PII_OUTPUT)


def _add_fork_head(
    g: GraphBuilder,
    encoder: EncoderOutputs,
    pools: Pools,
    states: str,
    shared: list[str],
    part: ForkHead,
    output: str,
) -> str:
    head = part.head
    scores = g.op("MatMul", states, g.weight(f"{output}.attend", _array(head.scores.weight).T))
    scores = g.op("Add", scores, g.weight(f"{output}.attend_bias", _array(head.scores.bias)))
    attention = g.op("Softmax", g.op("Add", scores, encoder.mask_column_bias), axis=1)
    read = g.op("MatMul", g.op("Transpose", attention, perm=[0, 2, 1]), states)
    read = g.op("Reshape", read, g.ints(0, ATTENTION_HEADS * WIDTH))
    pooled = pools.features(part.config.layers, part.config.pools)
    features = g.op("Concat", *pooled, *shared, read, axis=-1)
    # The pooled features were standardised for fitting: that goes into the first layer.
    down, bias = _array(head.down.weight).copy(), _array(head.down.bias).copy()
    width = len(part.mean)
    assert down.shape[1] == width + READ_FEATURES
    down[:, :width] /= part.deviation
    bias -= down[:, :width] @ part.mean
    return add_two_layers(g, features, down.T, bias, _array(head.up.weight).T, _array(head.up.bias), output)


def _array(parameter: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(parameter.detach().float().numpy())
