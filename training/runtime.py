"""Tokenising and running the graph in Python, as the product does it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import TensorProto, helper
from tokenizers import Tokenizer

from training.encoder import MAX_TOKENS, model_folder
from training.shapes import SHAPE_SIZES, piece_shapes

Feed = dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Encoded:
    """A text as the request graph reads it."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    """In code points; special tokens have none."""
    shapes: NDArray[np.int64]
    """[pieces, 5]"""


def load_tokenizer() -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    # The published file pads to and cuts at 128; positions go to 512.
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def encode_texts(tokenizer: Tokenizer, texts: Sequence[str]) -> list[Encoded]:
    return [
        Encoded(e.ids, e.offsets, np.array(piece_shapes(text, e.offsets), dtype=np.int64))
        for text, e in zip(texts, tokenizer.encode_batch(list(texts)), strict=True)
    ]


def graph_inputs() -> list[onnx.ValueInfoProto]:
    """All inputs that a graph of the bundle may have; `piece_shapes` only some, `overlap_ids` only the pairs'."""
    flat = ("input_ids", "attention_mask", "token_type_ids", "overlap_ids")
    return [
        *(helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "seq"]) for name in flat),
        helper.make_tensor_value_info(
            "piece_shapes", TensorProto.INT64, ["batch", "seq", len(SHAPE_SIZES)]
        ),
    ]


def graph_output(name: str, *shape: str | int) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))


def open_session(model: onnx.ModelProto | bytes, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    content = model if isinstance(model, bytes) else model.SerializeToString()
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def make_feed(texts: Sequence[Encoded], length: int | None = None) -> Feed:
    """Pads to the longest text, or to `length`."""
    width = length or max(len(text.ids) for text in texts)
    ids = np.zeros((len(texts), width), dtype=np.int64)
    mask = np.zeros_like(ids)
    shapes = np.zeros((*ids.shape, len(SHAPE_SIZES)), dtype=np.int64)
    for row, text in enumerate(texts):
        ids[row, : len(text.ids)] = text.ids
        mask[row, : len(text.ids)] = 1
        shapes[row, : len(text.ids)] = text.shapes
    return {
        "input_ids": ids,
        "attention_mask": mask,
        "token_type_ids": np.zeros_like(ids),
        "piece_shapes": shapes,
    }


def run(
    session: onnxruntime.InferenceSession, outputs: Sequence[str], feed: Feed
) -> list[NDArray[np.float32]]:
    """Runs the graph with those inputs of `feed` that it has."""
    names = {i.name for i in session.get_inputs()}
    return session.run(list(outputs), {k: v for k, v in feed.items() if k in names})


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
    session: onnxruntime.InferenceSession, texts: Sequence[Encoded], output: str
) -> list[NDArray[np.float32]]:
    """One output for every text, without the padding for outputs per token.

    The graph gives the same for any batching, so batch freely.
    """
    per_token = len(next(o.shape for o in session.get_outputs() if o.name == output)) == 3
    results: list[NDArray[np.float32] | None] = [None] * len(texts)
    for batch in batches([len(text.ids) for text in texts], tokens=2048):
        (values,) = run(session, [output], make_feed([texts[i] for i in batch]))
        for index, value in zip(batch, values, strict=True):
            results[index] = value[: len(texts[index].ids)] if per_token else value
    return [r for r in results if r is not None]


def cached_outputs(
    model: onnx.ModelProto,
    texts: Sequence[Encoded],
    output: str,
    cache: Path,
    threads: int,
) -> NDArray[np.float16]:
    """An output for every text, row after row, kept on disk under a hash of graph and texts.

    [texts, width], or [tokens of all texts, width] for an output per token; mapped, not read.
    """
    content = model.SerializeToString()
    digest = hashlib.sha256(content + output.encode())
    for text in texts:
        digest.update(np.array(text.ids, dtype=np.int32).tobytes() + b"\xff")
    path = cache / f"{output}-{digest.hexdigest()[:16]}.npy"
    if not path.exists():
        session = open_session(content, threads)
        per_token = len(next(o.shape for o in session.get_outputs() if o.name == output)) == 3
        lengths = [len(text.ids) if per_token else 1 for text in texts]
        starts = np.concatenate([[0], np.cumsum(lengths)])
        cache.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        width = next(o.shape[-1] for o in session.get_outputs() if o.name == output)
        stored = np.lib.format.open_memmap(part, "w+", np.float16, (int(starts[-1]), width))
        for batch in batches([len(text.ids) for text in texts], tokens=2048):
            (values,) = run(session, [output], make_feed([texts[i] for i in batch]))
            for index, value in zip(batch, values, strict=True):
                stored[starts[index] : starts[index + 1]] = value[: lengths[index]] if per_token else value
        stored.flush()
        part.rename(path)
    return np.load(path, mmap_mode="r")
