"""What was tried for each head: python -m training.trials --data <folder> [--only <part of a head's name> ...].

For every head that judges a text: a linear probe on the published embedding, a low-rank head on pooled states of
several layers (a), and full fine-tuning of a copy of the encoder, from which (a) is taught once more where the head
falls short. For PII the same, token by token. For the heads that read two texts: a linear and a low-rank head on
the published embeddings of both. The forked layer (c) and the pairs' own encoder are what ships where (a) is not
enough; their figures come with the build. Writes trials.json line by line, with what each way costs; the next
build of the bundle puts it on the cards. The rows by other writers take no part in choices; their figures are
shown because they are what a user meets.

Joint tuning with the embedding held in place by distillation (b) was tried before this project's rows existed;
`trial_prose.py` tells what came out of it.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np
import torch
from torch import nn

from training import trial_cost, trial_pairs, trial_texts, trial_tokens
from training.encoder import Weights, load_weights
from training.figures import assess_pii
from training.onnx_builder import Ranges
from training.pair_rows import PairItem, PairTokenizer, load_pairs
from training.pii_decode import Floats, Span, decode, transition_scores
from training.pii_rows import PiiRow
from training.request_graph import RequestParts, build_request_graph
from training.runtime import load_tokenizer
from training.train import (
    OWN_DATA,
    ROOT,
    UPPER,
    FrozenEncoder,
    base_encoder,
    load_pii,
    log,
    piece_labels,
)
from training.trial_record import Line, Record, Way, figures_of, groups_of

PROBE, LOW_RANK, FULL = "linear probe", "(a) low-rank head", "full fine-tuning, an encoder of its own"

DISTILLED = ("mom-jailbreak-classifier",)
"""Heads that miss a figure they should reach. Not the domains: their fully tuned encoder is the worse of the two."""
PART = 3
"""Full fine-tuning for PII reads every third row: the whole would take longer than all others together."""

Trial = tuple[str, str, Way, Callable[[], dict[str, float]]]
"""Head, what is tried, how it is made, and its figures by the card's columns."""


def text_trials(data: Path, weights: Weights, frozen: FrozenEncoder) -> Iterator[Trial]:
    for task in trial_texts.tasks(data):
        # Made when first asked for: it is slow, and the distilled head needs it too.
        tuned = cache(partial(trial_texts.full_fine_tune, task, weights, frozen))
        ways: list[tuple[str, Way, Callable[[], trial_texts.Scores]]] = [
            (f"{PROBE} on the embedding", "linear", partial(trial_texts.linear_probe, task, frozen)),
            (
                f"{LOW_RANK} on pooled states of layers 3 to 6",
                "low rank",
                partial(trial_texts.low_rank, task, frozen),
            ),
            (FULL + task.full_note, "encoder", tuned),
        ]
        if task.model in DISTILLED:
            distilled = partial(_distilled, task, frozen, tuned)
            ways.append(("(a) again, taught by the line above", "low rank", distilled))
        for tried, way, make in ways:
            yield task.model, tried, way, partial(_text_figures, task, make)


def _distilled(
    task: trial_texts.Task, frozen: FrozenEncoder, teacher: Callable[[], trial_texts.Scores]
) -> trial_texts.Scores:
    return trial_texts.distilled(task, frozen, teacher())


def _text_figures(
    task: trial_texts.Task, make: Callable[[], trial_texts.Scores]
) -> dict[str, float]:
    return figures_of(task.model, trial_texts.accuracies(task, make()))


def token_trials(data: Path, weights: Weights, frozen: FrozenEncoder) -> Iterator[Trial]:
    model, sets = "mom-pii-classifier", load_pii(data)

    def figures(make: Callable[[], trial_tokens.TokenLogits]) -> dict[str, float]:
        encoded = frozen.encode([row.text for row in sets.train])
        transitions = transition_scores(
            piece_labels(row, e)[1:-1].tolist() for row, e in zip(sets.train, encoded, strict=True)
        )
        logits = make()

        def find(rows: Sequence[PiiRow], temperature: float, order: Floats) -> list[list[Span]]:
            read = frozen.encode([row.text for row in rows])
            return [
                decode(row.text, e.offsets, values, temperature, order)
                for row, e, values in zip(rows, read, logits(rows), strict=True)
            ]

        return figures_of(model, groups_of(assess_pii(find, sets, transitions)[1]))

    states = "states after layer 4"
    yield (
        model, f"{PROBE} on {states}", "token linear",
        lambda: figures(lambda: trial_tokens.on_frozen(trial_tokens.Linear(), sets.train, frozen)),
    )  # fmt: skip
    yield (
        model, f"{LOW_RANK} on {states}, shapes and both neighbours", "token low rank",
        lambda: figures(lambda: trial_tokens.on_frozen(trial_tokens.LowRank(), sets.train, frozen)),
    )  # fmt: skip
    yield (
        model, f"{FULL}, on one row in {PART}", "encoder",
        lambda: figures(lambda: trial_tokens.full_fine_tune(sets.train[::PART], weights, frozen)),
    )  # fmt: skip


def pair_trials(
    data: Path, weights: Weights, ranges: Ranges, folder: Path, threads: int
) -> Iterator[Trial]:
    uncut = load_tokenizer()
    uncut.no_truncation()
    tokenizer = PairTokenizer(uncut)
    items = {name: tokenizer.items(rows) for name, rows in load_pairs(data, OWN_DATA).items()}
    none = np.zeros(0, np.float32)
    bare = build_request_graph(RequestParts(weights, UPPER, none, none), ranges)
    embedder = trial_pairs.Embedder(bare, folder, threads)
    for model, task in (
        ("mom-halugate-explainer", "nli"),
        ("mom-toolcall-verifier", "tool_call"),
        ("mom-halugate-detector", "hallucination"),
    ):
        for tried, make in (
            (f"{PROBE} on both embeddings", trial_pairs.linear),
            (f"{LOW_RANK} on both embeddings", trial_pairs.low_rank),
        ):
            yield (
                model, tried, "pair of embeddings",
                partial(_pair_figures, model, task, make, items, embedder),
            )  # fmt: skip


def _pair_figures(
    model: str,
    task: str,
    make: Callable[[int], nn.Module],
    items: dict[str, list[PairItem]],
    embedder: trial_pairs.Embedder,
) -> dict[str, float]:
    return figures_of(model, groups_of(trial_pairs.assess(task, make, items, embedder)))


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares ways to make each head.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=ROOT / ".venv" / "features")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="*", help="parts of heads' names, or cost; all if left out")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    weights, tokenizer = load_weights(), load_tokenizer()
    frozen, ranges = base_encoder(weights, tokenizer, options.data, options.cache, options.threads)

    def wanted(name: str) -> bool:
        return options.only is None or any(part in name for part in options.only)

    def trials() -> Iterator[Trial]:
        yield from text_trials(options.data, weights, frozen)
        if wanted("mom-pii-classifier"):
            yield from token_trials(options.data, weights, frozen)
        yield from pair_trials(options.data, weights, ranges, options.cache, options.threads)

    if wanted("cost"):
        cost = trial_cost.measure(weights, tokenizer, options.threads)
        replace(Record.read(), cost=cost).write()
        log(f"cost: {cost}")
    for model, tried, way, figures in trials():
        if wanted(model):
            started = time.monotonic()
            line = Line(tried, way, figures())
            Record.read().with_line(model, line).write()
            log(f"{model}: {line}, {(time.monotonic() - started) / 60:.1f} min")


if __name__ == "__main__":
    main()
