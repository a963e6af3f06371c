"""Rows for the domain head: reading, splitting, augmenting."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

# The order is the label id, the same as in the published MMLU-Pro classifiers.
DOMAINS = (
    "biology", "business", "chemistry", "computer science", "economics", "engineering", "health",
    "history", "law", "math", "other", "philosophy", "physics", "psychology",
)  # fmt: skip
NATURAL = "natural"
TERMS = "terms"


@dataclass(frozen=True)
class Row:
    text: str
    label: int
    source: str
    augmented: bool = False


@dataclass(frozen=True)
class Splits:
    train: list[Row]
    """Rows to fit, without augmentation."""
    held_back: list[Row]
    """A tenth of every source of the exam-style rows, never fitted."""
    natural_dev: list[Row]
    """A tenth of our natural prompts, never fitted; for selection and calibration."""
    dev: list[Row]
    """The data set's own dev rows; for selection and calibration."""
    natural_test: list[Row]
    """Written by someone who wrote no training prompt; only for the final figures."""


def load_splits(data: Path, own_data: Path) -> Splits:
    test = _read_natural(own_data / "domain_test")
    test_texts = {_normalised(row.text) for row in test}
    seen: set[str] = set(test_texts)
    natural_train: list[Row] = []
    natural_dev: list[Row] = []
    for row in _read_natural(own_data / "domain"):
        # A prompt that two people happened to write must not sit on both sides of a split.
        key = _normalised(row.text)
        if key in seen:
            continue
        seen.add(key)
        (natural_dev if _held_back(row) else natural_train).append(row)

    given = [row for row in _read_given(data / "domain" / "train.jsonl.gz")]
    return Splits(
        train=[row for row in given if not _held_back(row)] + natural_train,
        held_back=[row for row in given if _held_back(row)],
        natural_dev=natural_dev,
        dev=list(_read_given(data / "domain" / "dev.jsonl.gz")),
        natural_test=test,
    )


def augment(rows: Iterable[Row], seed: int) -> list[Row]:
    """Extra variants of the rows: what people do to a question when they type it."""
    rng = random.Random(seed)
    extra: list[Row] = []
    for row in rows:
        if row.source == NATURAL:
            chosen = rng.sample(_VARIANTS, 2)
        else:
            chosen = rng.sample(_VARIANTS, 1) if rng.random() < 0.3 else []
        for variant in chosen:
            text = variant(row.text, rng)
            if text != row.text:
                extra.append(replace(row, text=text, augmented=True))
    return extra


def load_terms(own_data: Path, seed: int, excluded: Iterable[Row]) -> list[Row]:
    """The fields' vocabulary in short questions: the encoder knows the words, the head must too.

    A question that happens to equal one of the `excluded` rows is left out.
    """
    rng = random.Random(seed)
    known = {_normalised(row.text) for row in excluded}
    rows: list[Row] = []
    for label, domain in enumerate(DOMAINS):
        path = own_data / "domain_terms" / f"{domain.replace(' ', '_')}.txt"
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("#"):
                continue
            for term in filter(None, map(str.strip, line.split(";"))):
                for template in rng.sample(_TEMPLATES, 3):
                    text = template.format(term)
                    if _normalised(text) not in known:
                        rows.append(Row(text, label, TERMS))
    return rows


def _held_back(row: Row) -> bool:
    """Every tenth row of a source, by a hash of its text: stable when rows are added."""
    digest = hashlib.sha256(f"{row.source}\n{row.text}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 10 == 0


def _read_given(path: Path) -> Iterable[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Row(row["text"], DOMAINS.index(row["label"]), row["source"])


def _read_natural(folder: Path) -> list[Row]:
    rows: list[Row] = []
    for label, domain in enumerate(DOMAINS):
        path = folder / f"{domain.replace(' ', '_')}.txt"
        if not path.exists():
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            text = line.strip()
            if text and not text.startswith("#"):
                rows.append(Row(text, label, NATURAL))
    return rows


def _normalised(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


_TEMPLATES = (
    "{}", "{}?", "what is {}", "What is meant by {}?", "explain {}", "Explain {} in simple terms",
    "can you help me understand {}", "how does {} work", "a question about {}", "tell me about {}",
    "Give me an example of {}.", "I need help with {}", "help with {} please", "why {}?",
    "summarise {} in two sentences", "quiz me on {}", "I don't get {}", "what should I know about {}",
    "Write a short paragraph about {}.", "was ist {}", "qué es {}", "c'est quoi {}", "{} eli5",
)  # fmt: skip
_PREFIXES = (
    "hey can you ", "please ", "can you tell me ", "quick question: ", "hi, ", "pls ",
    "I was wondering, ", "help me: ", "could you please explain ", "ok so ", "hey, ",
    "I have a question. ", "can u ", "need help - ", "Hello! ", "so basically ",
)  # fmt: skip
_SUFFIXES = (
    " thanks", " pls", " explain simply", " in short", " ?", "??", " asap", " please help",
    " step by step", " thx", " keep it brief", " I'm a beginner",
)  # fmt: skip


def _plain(text: str, rng: random.Random) -> str:
    return text.lower().rstrip("?.! ")


def _no_question_mark(text: str, rng: random.Random) -> str:
    return text.rstrip("?.! ")


def _prefixed(text: str, rng: random.Random) -> str:
    return rng.choice(_PREFIXES) + text[:1].lower() + text[1:]


def _suffixed(text: str, rng: random.Random) -> str:
    return text.rstrip("?.! ") + rng.choice(_SUFFIXES)


def _truncated(text: str, rng: random.Random) -> str:
    words = text.split()
    if len(words) < 8:
        return text
    return " ".join(words[: max(6, int(len(words) * rng.uniform(0.6, 0.9)))])


def _mistyped(text: str, rng: random.Random) -> str:
    """Two neighbouring letters swapped, or one dropped, in one or two words."""
    words = text.split(" ")
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(words))
        word = words[at]
        if len(word) > 4:
            i = rng.randrange(1, len(word) - 2)
            middle = word[i + 1] + word[i] if rng.random() < 0.5 else word[i]
            words[at] = word[:i] + middle + word[i + 2 :]
    return " ".join(words)


_VARIANTS: list[Callable[[str, random.Random], str]] = [
    _plain, _no_question_mark, _prefixed, _suffixed, _truncated, _mistyped,
]  # fmt: skip
