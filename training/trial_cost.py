"""What a head costs by the way it is made, for training/trials.py: the time of a pass with that head alone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from tokenizers import Tokenizer

from training.calibrate import UNUSUAL_TEXTS, activation_ranges
from training.encoder import WIDTH, Weights, add_embedding_output, add_encoder
from training.fork import Fork, TextHead
from training.heads import HeadWeights
from training.onnx_builder import GraphBuilder
from training.pii_rows import PII_LABELS
from training.request_graph import ForkHead, RequestParts, add_request
from training.runtime import Feed, encode_texts, graph_inputs, graph_output, make_feed, open_session, run
from training.train import DOMAIN_CONFIG, UPPER
from training.trial_record import TOKENS, Cost, Way
from training.trial_tokens import RANK

_FEATURES = len(UPPER.columns())
_CLASSES = 2
_FORK_RANK = 96
_ROUNDS = 300

Outputs = dict[str, tuple[str | int, ...]]
Add = Callable[[GraphBuilder], Outputs]


def measure(weights: Weights, tokenizer: Tokenizer, threads: int) -> Cost:
    """One text, one thread. Times do not hang on the values of a head's weights, so no head is fitted for it."""
    feeds = [make_feed([encoded]) for encoded in encode_texts(tokenizer, UNUSUAL_TEXTS)]
    bare, ways = _ways(weights)

    def graph(add: Add) -> onnx.ModelProto:
        g = GraphBuilder(activation_ranges(add, feeds, threads))
        outputs = [graph_output(output, *shape) for output, shape in add(g).items()]
        return g.model([i for i in graph_inputs() if i.name in g.used], outputs, "trial")

    session = open_session(graph(bare).SerializeToString(), 1)
    whole, half = (_feed(tokenizer, tokens) for tokens in (TOKENS, TOKENS // 2))
    bare_times: list[float] = []
    added: dict[Way, float] = {}
    for way, add in ways.items():
        other = open_session(graph(add).SerializeToString(), 1)
        # One right after the other: what else the machine does then hits both alike.
        pairs = [(_time(session, whole), _time(other, whole)) for _ in range(_ROUNDS)]
        bare_times += [alone for alone, _ in pairs]
        added[way] = max(0.0, round(_median_of_differences(pairs), 2))
    encoder = round(float(np.percentile(bare_times, 25)), 2)
    # Neither embedding of a pair is there already: two passes, each over half of the pieces.
    saved = _median_of_differences(
        [(_time(session, half), _time(session, whole)) for _ in range(_ROUNDS)]
    )
    added["pair of embeddings"] = round(2 * (encoder - saved), 2)
    return Cost(encoder, added | {"encoder": encoder})


def _median_of_differences(pairs: Sequence[tuple[float, float]]) -> float:
    return float(np.median([second - first for first, second in pairs]))


def _feed(tokenizer: Tokenizer, tokens: int) -> Feed:
    return make_feed(encode_texts(tokenizer, ["time " * (tokens - 2)]))


def _time(session: onnxruntime.InferenceSession, feed: Feed) -> float:
    """Milliseconds of one run that asks for everything."""
    outputs = [output.name for output in session.get_outputs()]
    started = time.perf_counter()
    run(session, outputs, feed)
    return (time.perf_counter() - started) * 1000


def _ways(weights: Weights) -> tuple[Add, dict[Way, Add]]:
    """The bare encoder, and with one head."""
    rng = np.random.default_rng(0)

    def random(*shape: int) -> NDArray[np.float32]:
        return rng.normal(0.0, 0.05, shape).astype(np.float32)

    def parts(pooled: int = 0, fork: Fork | None = None, text: bool = False) -> RequestParts:
        center, scale = np.zeros(_FEATURES, np.float32), np.ones(_FEATURES, np.float32)
        low_rank = HeadWeights(
            UPPER, random(_FEATURES, pooled), random(pooled), random(pooled, _CLASSES), random(_CLASSES)
        )
        on_fork = ForkHead(TextHead(_FEATURES, _FORK_RANK, _CLASSES), center, scale)
        return RequestParts(
            weights, UPPER, center, scale,
            {"logits": low_rank} if pooled else {}, fork, {"logits": on_fork} if text else {},
        )  # fmt: skip

    def linear(g: GraphBuilder) -> Outputs:
        embedding = add_embedding_output(g, add_encoder(g, weights))
        up, bias = g.weight("up", random(WIDTH, _CLASSES)), g.weight("up_bias", random(_CLASSES))
        return {embedding: ("batch", WIDTH), g.op("Gemm", embedding, up, bias): ("batch", _CLASSES)}

    def tokens(g: GraphBuilder, rank: int) -> Outputs:
        """Without the shapes, whose embeddings cost next to nothing."""
        encoder = add_encoder(g, weights)
        states, width = encoder.hidden[-1], WIDTH
        if rank:
            down = g.op("MatMul", states, g.weight("down", random(WIDTH, rank)))
            rows = g.op("Transpose", g.op("Relu", down), perm=[0, 2, 1])
            near = g.op("Conv", rows, g.weight("near", random(rank, rank, 3)), pads=[1, 1])
            states, width = g.op("Transpose", g.op("Relu", near), perm=[0, 2, 1]), rank
        logits = g.op("MatMul", states, g.weight("up", random(width, len(PII_LABELS))))
        return {
            add_embedding_output(g, encoder): ("batch", WIDTH),
            logits: ("batch", "seq", len(PII_LABELS)),
        }

    fork = Fork(weights).eval()
    ways: dict[Way, Add] = {
        "linear": linear,
        "low rank": lambda g: add_request(g, parts(pooled=UPPER.rank)),
        "low rank, wide": lambda g: add_request(g, parts(pooled=DOMAIN_CONFIG.rank)),
        "fork": lambda g: add_request(g, parts(fork=fork, text=True)),
        "token linear": lambda g: tokens(g, 0),
        "token low rank": lambda g: tokens(g, RANK),
        "token fork": lambda g: add_request(g, parts(fork=fork)),
    }
    return (lambda g: add_request(g, parts())), ways
