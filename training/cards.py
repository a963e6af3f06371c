"""The model cards, written from the figures of the run that built the bundle."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from training import evaluate
from training.data import DOMAINS
from training.heads import HeadConfig

if TYPE_CHECKING:
    from training.train import Mixture

_TRIALS = Path(__file__).resolve().parent / "trials.json"


@dataclass(frozen=True)
class EmbeddingFigures:
    texts: int
    cosine_mean: float
    cosine_min: float
    similarity_error_max: float
    similarity_error_mean: float
    same_neighbour: float


@dataclass(frozen=True)
class Figures:
    rows: dict[str, int]
    accuracy: dict[str, float]
    by_source: dict[str, float]
    confusion: dict[str, NDArray[np.int64]]
    calibration_error: dict[str, float]
    temperature: float
    threshold: float
    rule: dict[str, dict[float, tuple[float, float, float]]]
    milliseconds: dict[str, dict[int, float]]
    batch_difference: dict[str, float]
    embedding: EmbeddingFigures
    bytes: int


def write_cards(
    folder: Path, figures: Figures, config: HeadConfig, mixture: Mixture, seeds: int
) -> None:
    domain = _domain_card(figures, config, mixture, seeds)
    (folder / "mom-domain-classifier.md").write_text(domain, encoding="utf-8")
    (folder / "mom-embedding-light.md").write_text(_embedding_card(figures), encoding="utf-8")


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def _cost_table(figures: Figures) -> str:
    bare = figures.milliseconds["bare int8 encoder"]
    rows = [
        [name, *(f"{times[n]:.2f} ({times[n] / bare[n]:.2f})" for n in times)]
        for name, times in figures.milliseconds.items()
    ]
    return _table(["ms on one thread (ratio)", *(f"{n} tokens" for n in bare)], rows)


_SETS = {
    "held-back": "a tenth of every exam-style source, by hash, never fitted",
    "dev": "the data set's own dev rows, for temperature and threshold",
    "natural-dev": "a tenth of our natural prompts, for selection, temperature and threshold",
    "natural-test": "prompts by a writer of no training prompt; no choice was made on them",
}

# Licence of every source, as recorded when the rows were gathered; † = as commonly stated, not
# read in the repository itself.
_SOURCES = (
    ("mmlu_pro", "TIGER-AI-Lab/MMLU-Pro, questions with official category", "Apache-2.0 (repository), MIT† (data set)"),
    ("mmlu_routellm", "MMLU test questions in lm-sys/RouteLLM", "Apache-2.0 (repository), MIT† (MMLU)"),
    ("gsm8k", "openai/grade-school-math", "MIT"),
    ("agieval", "ruixiangcui/AGIEval: English maths, Chinese subject questions", "MIT (repository); MATH MIT†, AQuA Apache-2.0†, public exams"),
    ("pubmedqa", "pubmedqa/pubmedqa, labelled questions", "MIT"),
    ("apibench", "ShishirPatil/gorilla, APIBench instructions", "Apache-2.0"),
    ("clinc_other", "clinc/oos-eval", "CC BY 3.0"),
    ("uss_openers", "first turns of MultiWOZ, SGD and ReDial in sunnweiwei/user-satisfaction-simulation", "no licence file in the repository; MultiWOZ MIT†, SGD CC BY-SA 4.0†, ReDial CC BY 4.0†"),
    ("natural", "prompts written for this project (`training/data/domain`)", "this project's licence"),
    ("terms", "vocabulary of each field in question templates (`training/data/domain_terms`)", "this project's licence"),
)  # fmt: skip


def _domain_card(f: Figures, config: HeadConfig, mixture: Mixture, seeds: int) -> str:
    held, natural = (evaluate.per_class(f.confusion[n]) for n in ("held-back", "natural-test"))
    classes = _table(
        ["domain", "held-back P / R / F1", "rows", "natural-test P / R / F1", "rows"],
        [
            [
                name,
                f"{h.precision:.2f} / {h.recall:.2f} / {h.f1:.2f}",
                h.rows,
                f"{n.precision:.2f} / {n.recall:.2f} / {n.f1:.2f}",
                n.rows,
            ]
            for name, h, n in zip(DOMAINS, held, natural, strict=True)
        ],
    )
    accuracy = _table(
        ["rows", "what they are", "number", "accuracy", "calibration error"],
        [
            [
                name,
                what,
                f.rows[name],
                f"{f.accuracy[name]:.3f}",
                f"{f.calibration_error[name]:.3f}",
            ]
            for name, what in _SETS.items()
        ],
    )
    thresholds = sorted(f.rule["natural-test"])
    rules = _table(
        ["threshold", *(f"{name} P / R / F1" for name in f.rule)],
        [
            [t, *("{:.2f} / {:.2f} / {:.2f}".format(*f.rule[name][t]) for name in f.rule)]
            for t in thresholds
        ],
    )
    trials = json.loads(_TRIALS.read_text(encoding="utf-8"))
    tried = _table(
        ["tried", "held-back", "natural-dev", "dev"],
        [
            [t["name"], *(f"{t[n]:.3f}" for n in ("held-back", "natural-dev", "dev"))]
            for t in trials
        ],
    )
    layers = ", ".join(map(str, config.layers))
    weakest = sorted(zip(DOMAINS, natural, strict=True), key=lambda pair: pair[1].f1)[:3]
    return f"""# mom-domain-classifier

Sorts a prompt into one of 14 domains (the MMLU-Pro categories, ids in alphabetical order). A head
on the frozen, int8-quantised all-MiniLM-L6-v2 of this bundle: {" and ".join(config.pools)} pooling
of the hidden states of layers {layers} (0 is the embedding layer), {seeds} heads of rank
{config.rank} averaged into one, GELU, one linear layer. The embedding of the encoder is untouched.

## Figures

Measured on the shipped graph.

{accuracy}

Held-back accuracy by source: {", ".join(f"{s} {a:.3f}" for s, a in f.by_source.items())}.

{classes}

Confusion on natural-test (rows true, columns predicted):

{_confusion_table(f.confusion["natural-test"])}

Confusion on held-back:

{_confusion_table(f.confusion["held-back"])}

## Calibration and threshold

Divide the logits by the temperature {f.temperature} before the softmax; the largest probability is
then the confidence. Fitted on dev and natural-dev, each set with the same weight in total. The recommended
threshold is {f.threshold}: the best F1 of "the rule of the top domain fires at or above it" on
those rows, and the highest where the curve is flat.

{rules}

## Cost

Whole graph, one text, lower quartile of one run in which the graphs take turns. The bare encoder
is the same int8 graph with the embedding only.

{_cost_table(f)}

The file is {f.bytes / 1e6:.1f} MB. A text gives the same result alone and in a padded batch: the
largest difference seen is {f.batch_difference["domain_logits"]:.1e} in the logits.

## Data

{f.rows["train"]} rows were fitted: exam-style questions, {f.rows["natural"]} natural prompts
(with variants: lower case, no question mark, polite prefixes, cut short, mistyped) and
{f.rows["terms"]} short questions from word lists. Against the exam-style rows (1), the natural
prompts weigh {mixture.natural} in total and the word lists {mixture.terms}; within each kind the
classes are balanced half-way. No row of the gathered data is part of the product.

{_table(["source", "what", "licence"], _SOURCES)}

## What was tried

Each line is one fit with one seed unless it says otherwise. Choices were made on held-back and
natural-dev; natural-test took no part. Lines with ¹ were run with a first, shorter version of the
word lists. All lines but the last are accuracies on cached 16-bit features, and precede the floor
under the features' deviation (`heads.py`).

{tried}

## Known weaknesses

- Weakest on natural prompts: {", ".join(f"{n} (F1 {c.f1:.2f})" for n, c in weakest)}. Neighbouring
  fields run into each other (chemistry and physics, business and economics, philosophy and
  psychology), and one label a prompt is then a matter of taste.
- A wrong label can carry a high confidence; the threshold trades recall for precision and does not
  remove such cases.
- Some words of the word lists were chosen after reading mistakes on natural-dev, so its figure is
  a little too good, and so are temperature and threshold for it. natural-test is nearly free of
  this: three of its law prompts had been seen by the writer of the word lists.
- natural-test is easier than natural-dev: it asks what people ask most, while the training prompts
  go looking for odd corners and borders between fields. Expect something between the two figures.
  One in twenty of its prompts has a training prompt that says nearly the same (cosine above 0.9;
  one in five hundred for natural-dev). On those with none above 0.8 (364) accuracy is 0.942.
- The natural sets are small: with {f.rows["natural-test"]} prompts, accuracy is known to about ±{1.96 * np.sqrt(f.accuracy["natural-test"] * (1 - f.accuracy["natural-test"]) / f.rows["natural-test"]):.2f}. Training and test prompts come from few writers and may share habits that your users do not have.
- English, with a little German, French, Spanish and Chinese. The vocabulary is uncased English;
  text in other scripts is cut into single letters or unknown tokens, and its label means little.
- Only the first 512 tokens are read. A short follow-up ("and the second one?") has no domain.
- On x86 processors without VNNI, ONNX Runtime's int8 products can saturate and results may differ
  slightly; the figures here are from a processor with VNNI.

## Licence

The encoder's weights are all-MiniLM-L6-v2 by the sentence-transformers authors, Apache-2.0,
quantised to int8 here (a modification under its section 4b). The head and the natural prompts
are this project's own work, under this project's licence. The sources above were used for fitting
only; CC BY sources are credited by the table. Names of data sets belong to their owners.
"""


def _confusion_table(matrix: NDArray[np.int64]) -> str:
    short = [name[:4] for name in DOMAINS]
    rows = [
        [name, *(v or "·" for v in row)] for name, row in zip(DOMAINS, matrix.tolist(), strict=True)
    ]
    return _table(["", *short], rows)


def _embedding_card(f: Figures) -> str:
    e = f.embedding
    return f"""# mom-embedding-light

Sentence embeddings of 384 dimensions: all-MiniLM-L6-v2 (6 layers, 22 M parameters, up to 512
tokens), mean over the tokens, unit length. Compare with cosine similarity. The weights are the
published ones, quantised; nothing was trained.

## Quantisation

All weights are int8: the word table with one scale per word, the matrix products with one per
output. Activations are 8 bit too. Where they come from a normalisation or from attention, their
range is fixed at calibration and uneven channels are smoothed into the weights; in the middle of
the feed-forward part each token gets its own scale at run time. Nothing depends on the rest of the
batch, which the usual dynamic quantisation (one scale for the whole tensor) does not give:
there, padding alone moved embeddings by up to 0.026.

On {e.texts} natural prompts against the float32 graph:

{
        _table(
            ["figure", "value"],
            [
                ["cosine to float32, mean", f"{e.cosine_mean:.4f}"],
                ["cosine to float32, worst", f"{e.cosine_min:.4f}"],
                ["error of a pair's similarity, mean", f"{e.similarity_error_mean:.4f}"],
                ["error of a pair's similarity, worst", f"{e.similarity_error_max:.4f}"],
                ["same nearest neighbour", f"{e.same_neighbour:.3f}"],
                [
                    "alone against padded batch, largest difference",
                    f"{f.batch_difference['embedding']:.1e}",
                ],
            ],
        )
    }

Alternatives, measured on 200 prompts on the same machine (cosine to float32, one thread, 64 tokens):

| variant | mean | worst | ms |
| --- | --- | --- | --- |
| float32, 90 MB | 1 | 1 | 9.8 |
| one dynamic scale per tensor | 0.9945 | 0.990 | 3.7 |
| one dynamic scale per token | 0.9978 | 0.996 | 4.7 |
| 8-bit weights in blocks of 128 (MatMulNBits) | 0.9992 | 0.998 | 8.8 |
| fixed scale, smoothed (0.6) | 0.9956 | 0.991 | 3.8 |
| **shipped: fixed and smoothed (0.7), per token in the feed-forward part** | 0.9989 | 0.998 | 4.2 |

## Cost

{_cost_table(f)}

## Known weaknesses

- English. The vocabulary is uncased, accents are dropped, other scripts become single letters or
  unknown tokens; similarity between languages means little.
- The model was made for sentences and short paragraphs (trained at 128 tokens); longer texts work
  up to 512 tokens, less sharply. What follows is cut.
- It measures being about the same thing, not having the same answer: negations, numbers and names
  may differ while the similarity is high.
- On x86 processors without VNNI, int8 products can saturate and results may differ slightly.
- The graph uses ONNX Runtime's own operator `MatMulIntegerToFloat`, so it needs ONNX Runtime; its
  kernels are for the CPU, other devices may hand these nodes back to it.

## Licence

all-MiniLM-L6-v2 by the sentence-transformers authors, Apache-2.0,
https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2. Modified: exported to ONNX and
quantised to int8. Its training data (over a billion sentence pairs) is listed on its own card.
"""
