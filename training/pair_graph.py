"""The graph for two texts: the tuned encoder with its three heads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from training.encoder import WIDTH, add_encoder, mean_pool
from training.onnx_builder import GraphBuilder, Ranges
from training.pair_rows import NLI_LABELS, PairItem
from training.pairs import PairModel
from training.runtime import Feed, graph_inputs, graph_output

NLI_OUTPUT, HALLUCINATION_OUTPUT, TOOL_CALL_OUTPUT = (
    "nli_logits",
    "hallucination_logits",
    "toolcall_logits",
)


def build_pair_graph(model: PairModel, ranges: Ranges | None) -> onnx.ModelProto:
    """int8 with `ranges`, else float."""
    g = GraphBuilder(ranges)
    outputs = [graph_output(name, *shape) for name, shape in add_pair(g, model).items()]
    inputs = [i for i in graph_inputs() if i.name in g.used]
    return g.model(inputs, outputs, "mom-embedded-pair")


def add_pair(g: GraphBuilder, model: PairModel) -> dict[str, tuple[str | int, ...]]:
    """Adds everything; outputs by name with their shapes."""
    encoder = add_encoder(g, model.encoder.weights())
    states = encoder.hidden[-1]
    first = g.op("Gather", states, g.constant(np.array(0, dtype=np.int64)), axis=1)
    features = g.op("Concat", mean_pool(g, encoder, states), first, axis=-1)
    g.op(
        "Gemm",
        features,
        g.weight("nli.weight", _array(model.nli.weight).T),
        g.weight("nli.bias", _array(model.nli.bias)),
        name=NLI_OUTPUT,
    )
    for name, head in (
        (HALLUCINATION_OUTPUT, model.hallucination),
        (TOOL_CALL_OUTPUT, model.tool_call),
    ):
        product = g.op("MatMul", states, g.weight(f"{name}.weight", _array(head.weight).T))
        g.op("Add", product, g.weight(f"{name}.bias", _array(head.bias)), name=name)
    return {
        NLI_OUTPUT: ("batch", len(NLI_LABELS)),
        HALLUCINATION_OUTPUT: ("batch", "seq", 2),
        TOOL_CALL_OUTPUT: ("batch", "seq", 2),
    }


def pair_feed(items: Sequence[PairItem]) -> Feed:
    width = max(len(item.ids) for item in items)
    feed: Feed = {
        name: np.zeros((len(items), width), dtype=np.int64)
        for name in ("input_ids", "attention_mask", "token_type_ids", "overlap_ids")
    }
    for row, item in enumerate(items):
        length = len(item.ids)
        feed["input_ids"][row, :length] = item.ids
        feed["attention_mask"][row, :length] = 1
        feed["token_type_ids"][row, :length] = item.types
        feed["overlap_ids"][row, :length] = item.overlap
    return feed


def _array(parameter: torch.Tensor) -> NDArray[np.float32]:
    return np.ascontiguousarray(parameter.detach().float().numpy())
