"""What was tried for the domain head: python -m training.trials --data <folder>.

Writes trials.json, which the card shows. The natural test set takes no part.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

import torch

from training import evaluate
from training.data import DOMAINS
from training.heads import HeadConfig, HeadWeights, fit
from training.train import ROOT, Mixture, Prepared, prepare

_RESULTS = Path(__file__).resolve().parent / "trials.json"
_UPPER = HeadConfig(layers=(3, 4, 5, 6), pools=("mean", "max"))
_MIXTURE = Mixture(natural=1.0, terms=0.25)

TRIALS: tuple[tuple[str, HeadConfig, Mixture], ...] = (
    ("layers 3-6, mean and max, rank 64", _UPPER, _MIXTURE),
    ("layers 3-6, mean and max, rank 128", replace(_UPPER, rank=128), _MIXTURE),
    ("layers 3-6, mean and max, rank 64, less dropout (0.15, hidden 0.05)", replace(_UPPER, dropout=0.15, hidden_dropout=0.05), _MIXTURE),
    ("all layers, mean and max", replace(_UPPER, layers=(0, 1, 2, 3, 4, 5, 6)), _MIXTURE),
    ("natural prompts 1.5, word lists 0.5", _UPPER, Mixture(natural=1.5, terms=0.5)),
    ("no word lists", _UPPER, Mixture(natural=1.0, terms=1e-6)),
    ("layers 4-6, mean and max", replace(_UPPER, layers=(4, 5, 6)), _MIXTURE),
    ("layers 3-6, mean and max, rank 128, natural 1.25, word lists 0.4", replace(_UPPER, rank=128), Mixture(natural=1.25, terms=0.4)),
    ("all layers, mean only", replace(_UPPER, layers=(0, 1, 2, 3, 4, 5, 6), pools=("mean",)), _MIXTURE),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description="Compares variants of the domain head.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--cache", type=Path, default=ROOT / ".venv" / "features")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    prepared = prepare(options.data, options.cache, options.threads)
    results: list[dict[str, object]] = []

    def record(name: str, head: HeadWeights) -> None:
        results.append({"name": name, **accuracies(prepared, head)})
        print(time.strftime("%H:%M:%S"), results[-1], flush=True)
        _RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")

    for name, config, mixture in TRIALS:
        weights = mixture.weights(prepared.rows)
        head = fit(config, prepared.features, prepared.labels, weights, len(DOMAINS), seed=0)
        record(name, head)


def accuracies(prepared: Prepared, head: HeadWeights) -> dict[str, float]:
    return {
        name: round(evaluate.accuracy(head.logits(features), labels), 4)
        for name, (features, labels) in prepared.selection.items()
    }


if __name__ == "__main__":
    main()
