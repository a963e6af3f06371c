"""Tokenising and running the graph in Python, as the product does it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from training.encoder import MAX_TOKENS, model_folder

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
Feed = dict[str, NDArray[np.int64]]


def load_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    # The published file pads to and cuts at 128; positions go to 512.
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def graph_inputs() -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"]) for name in INPUTS
    ]


def graph_output(name: str, *shape: str | int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def open_session(model: onnx.ModelProto | bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    content = model if isinstance(model, bytes) else model.SerializeToString()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def make_feed(token_ids: Sequence[Sequence[int]], length: int | None = None) -> Feed:
    """Pads to the longest text, or to `length`."""
    width = length or max(len(ids) for ids in token_ids)
    ids = np.zeros((len(token_ids), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, tokens in enumerate(token_ids):
        ids[row, : len(tokens)] = tokens
        mask[row, : len(tokens)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}


def batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Indices grouped by length so that little is padded, each group about `tokens` large."""
    batch: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: lengths[i]):
        if batch and lengths[index] * (len(batch) + 1) > tokens:
            yield batch
            batch = []
        batch.append(index)
    if batch:
        yield batch


def run_all(
    session: onnxruntime.InferenceSession,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    output: str,
) -> NDArray[np.float32]:
    """One output for every text. The graph gives the same for any batching, so batch freely."""
    encoded = [e.ids for e in tokenizer.encode_batch(list(texts))]
    results: list[NDArray[np.float32] | None] = [None] * len(texts)
    for batch in batches([len(ids) for ids in encoded], tokens=2048):
        (values,) = session.run([output], make_feed([encoded[i] for i in batch]))
        for index, value in zip(batch, values, strict=True):
            results[index] = value
    return np.stack([r for r in results if r is not None])


def cached_features(
    model: onnx.ModelProto,
    tokenizer: Tokenizer,
    texts: Sequence[str],
    cache: Path,
    threads: int,
) -> NDArray[np.float16]:
    """The `features` output for every text, kept on disk under a hash of graph and texts."""
    content = model.SerializeToString()
    digest = hashlib.sha256(content)
    for text in texts:
        digest.update(text.encode() + b"\0")
    path = cache / f"features-{digest.hexdigest()[:16]}.npy"
    if not path.exists():
        session = open_session(content, threads)
        values = run_all(session, tokenizer, texts, "features").astype(np.float16)
        cache.mkdir(parents=True, exist_ok=True)
        np.save(path, values)
    return np.load(path)
