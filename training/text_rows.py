"""Rows for the heads that judge a whole prompt: given ones and our own, split the same way for every head."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from training import pii_rows

JAILBREAK_LABELS = ("benign", "jailbreak")
FACT_CHECK_LABELS = ("NO_FACT_CHECK_NEEDED", "FACT_CHECK_NEEDED")
FEEDBACK_LABELS = ("SAT", "NEED_CLARIFICATION", "WRONG_ANSWER", "WANT_DIFFERENT")
TOOL_CALL_LABELS = ("SAFE", "INJECTION_RISK")
OWN = "own"


@dataclass(frozen=True)
class TextRow:
    text: str
    label: int
    source: str
    """Name of the data set; OWN for rows written for this project."""
    kind: str = ""
    """Our test rows: which family of texts, for the breakdown in the card."""


@dataclass(frozen=True)
class TextSplits:
    train: list[TextRow]
    held_back: list[TextRow]
    """A tenth of every given source, never fitted: in distribution."""
    dev: list[TextRow]
    """The data set's own dev rows, for selection and calibration."""
    own_dev: list[TextRow]
    """A tenth of our own rows, never fitted, for selection and calibration."""
    own_test: list[TextRow]
    """By a writer who saw no training row; only for the final figures: out of distribution."""


def load_jailbreak(data: Path, own: Path) -> TextSplits:
    """`harmful_request` rows are left out: a plain request is no attack on the model's instructions, whatever
    it asks for."""
    wanted = {"benign": 0, "jailbreak": 1}

    def given(split: str) -> Iterator[TextRow]:
        for row in _read(data / "jailbreak" / f"{split}.jsonl.gz"):
            if row["label"] in wanted:
                yield TextRow(row["text"], wanted[row["label"]], row["source"])

    return _split(
        given,
        [
            *_own_json(own / "jailbreak" / "attacks.jsonl", 1, "family"),
            *_own_json(own / "jailbreak" / "benign.jsonl", 0, "kind"),
            *_with_personal_data(own),
        ],
        [
            *_own_json(own / "jailbreak_test" / "attacks.jsonl", 1, "family"),
            *_own_json(own / "jailbreak_test" / "benign.jsonl", 0, "kind"),
        ],
    )


def load_fact_check(data: Path, own: Path) -> TextSplits:
    return _split(
        lambda split: _labelled(data / "fact_check" / f"{split}.jsonl.gz", FACT_CHECK_LABELS),
        _own_lines(own / "fact_check"),
        _own_lines(own / "fact_check_test"),
    )


def load_feedback(data: Path, own: Path) -> TextSplits:
    def written(folder: Path) -> list[TextRow]:
        return [
            row
            for label, name in enumerate(FEEDBACK_LABELS)
            for row in _own_json(folder / f"{name}.jsonl", label, None)
        ]

    return _split(
        lambda split: _labelled(data / "feedback" / f"{split}.jsonl.gz", FEEDBACK_LABELS),
        written(own / "feedback"),
        written(own / "feedback_test"),
    )


def load_tool_call(data: Path, own: Path) -> TextSplits:
    """Risk: attacks, direct or planted in documents and results. Safe: tool requests and harmless texts."""

    def given(split: str) -> Iterator[TextRow]:
        for row in _read(data / "tool_call" / f"{split}.jsonl.gz"):
            yield TextRow(row["text"], 0, f"{row['source']}_{row['label'].lower()}")
        for row in _read(data / "jailbreak" / f"{split}.jsonl.gz"):
            if row["label"] == "jailbreak":
                yield TextRow(row["text"], 1, row["source"])
            elif row["label"] == "benign" and row["source"] != "benign_mix":
                yield TextRow(row["text"], 0, row["source"])

    def written(path: Path) -> list[TextRow]:
        return [
            TextRow(r["text"], TOOL_CALL_LABELS.index(r["label"]), OWN, r.get("kind", r["label"]))
            for r in _read(path)
        ]

    return _split(
        given,
        [
            *written(own / "tool_call" / "sentinel.jsonl"),
            *_own_json(own / "jailbreak" / "attacks.jsonl", 1, "family"),
            *_own_json(own / "jailbreak" / "benign.jsonl", 0, "kind"),
            *_with_personal_data(own),
        ],
        written(own / "tool_call_test" / "sentinel.jsonl"),
    )


def balanced_weights(rows: list[TextRow], classes: int, own: float) -> NDArray[np.float32]:
    """Our rows weigh `own` in total against 1 for the given ones; classes are balanced half-way in each."""
    labels = np.array([row.label for row in rows])
    ours = np.array([row.source == OWN for row in rows])
    weights = np.ones(len(rows), np.float32)
    for members, total in ((~ours, 1.0), (ours, own)):
        if not members.any():
            continue
        counts = np.bincount(labels[members], minlength=classes)
        weights[members] *= np.sqrt(counts.mean() / np.maximum(counts, 1))[labels[members]]
        weights[members] *= total / weights[members].sum()
    return weights / weights.mean()


def _split(
    given: Callable[[str], Iterable[TextRow]], own: list[TextRow], own_test: list[TextRow]
) -> TextSplits:
    given_train = list(given("train"))
    dev = list(given("dev"))
    held_back = [row for row in given_train if _held_back(row.text)]
    own_dev = [row for row in own if _held_back(row.text)]
    # A text that stands in two places must not sit on both sides of a split.
    seen = {_normalised(r.text) for r in (*held_back, *dev, *own_dev, *own_test)}
    return TextSplits(
        train=[r for r in (*given_train, *own) if _normalised(r.text) not in seen],
        held_back=held_back,
        dev=dev,
        own_dev=own_dev,
        own_test=own_test,
    )


def _held_back(text: str) -> bool:
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") % 10 == 0


def _normalised(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum()) or text


def _read(path: Path) -> list[dict[str, Any]]:
    opened = (
        gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
    )
    with opened as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _labelled(path: Path, labels: tuple[str, ...]) -> list[TextRow]:
    return [TextRow(r["text"], labels.index(r["label"]), r["source"]) for r in _read(path)]


def _own_json(path: Path, label: int, kind: str | None) -> list[TextRow]:
    return [TextRow(r["text"], label, OWN, "" if kind is None else r[kind]) for r in _read(path)]


def _with_personal_data(own: Path) -> list[TextRow]:
    """Harmless prompts with addresses and numbers in them, which else stand mostly in attacks that ask for mail."""
    rows = [
        *pii_rows.read_marked(own / "pii" / "prompts.txt", OWN),
        *pii_rows.read_marked(own / "pii" / "social.txt", OWN),
        *pii_rows.fill_templates(own / "pii", per_template=1, seed=17),
    ]
    return [TextRow(row.text, 0, OWN, "personal_data") for row in rows]


def _own_lines(folder: Path) -> list[TextRow]:
    rows: list[TextRow] = []
    for label, name in enumerate(("not_needed", "needed")):
        for line in (folder / f"{name}.txt").read_text(encoding="utf-8").splitlines():
            if line.strip() and not line.startswith("#"):
                rows.append(TextRow(line.strip(), label, OWN, name))
    return rows
