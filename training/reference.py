"""Reference values for the product's own tokenizer and runtime (test/fixtures/embedded)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer

from training.bert import Encoder
from training.fork import FORK_AT, Fork
from training.pair_graph import HALLUCINATION_OUTPUT, NLI_OUTPUT, TOOL_CALL_OUTPUT, pair_feed
from training.pair_rows import TASKS, PairRow, PairTokenizer
from training.pairs import PairModel, predict
from training.pii_decode import Floats, decode
from training.request_graph import PII_OUTPUT
from training.runtime import Encoded, encode_texts, make_feed, open_session, run

_WORDS = (
    "the quick brown fox jumps over the lazy dog while a curious researcher measures internationalisation "
    "effects, unbelievable!"
)
REFERENCE_TEXTS = (
    # Plain prompts.
    "hello",
    "a",
    "What is the capital of France?",
    "why is the sky blue",
    "Explain the difference between mitosis and meiosis in simple terms.",
    "can my landlord keep my deposit for normal wear and tear",
    "Solve 3x^2 - 5x + 2 = 0, showing each step.",
    "What's the derivative of sin(x)*e^{2x}?",
    "I'm feeling anxious; it's been 2-3 weeks, shouldn't've I seen a doctor?",
    "U.S. GDP grew 2.1% in Q3'24 (vs. 1.9%), e.g. $27.36tn... right?!",
    "HELLO WORLD THIS IS ALL CAPS",
    "antidisestablishmentarianism pneumonoultramicroscopicsilicovolcanoconiosis",
    "[CLS] special [SEP] tokens [MASK] in [PAD] text [UNK]",
    "[cls] lower [sep] ##ing ## word",
    # Empty and white space.
    "",
    " ",
    "\t\n\r ",
    "  leading and trailing  ",
    "tabs\tand\nnewlines\r\nand\u00a0no-break\u3000ideographic\u2003em",
    "zero\u200bwidth\u200djoiner\ufeffmark\u00adhyphen",
    "control\u0000nul\u0007bell\u001bescape\u007fdelete\ufffdreplacement",
    # Accents and composed and decomposed forms.
    "Café naïve résumé jalapeño Ångström façade",
    "Cafe\u0301 nai\u0308ve decomposed e\u0301e\u0301",
    "Straße Łódź Đà Nẵng İstanbul ılık ŒUVRE Ærø",
    "ﬁ ligature ① ² ½ ㎏ ℡ Ⅷ ｆｕｌｌｗｉｄｔｈ",
    "Çok güzel, İYİ ŞANSLAR! ÄÖÜ äöü",
    # Other scripts.
    "Какой сегодня день недели? Ёжик и йогурт",
    "مرحبا، كيف حالك؟ مُحَمَّد",
    "שלום עולם, מה שלומך?",
    "你好，世界！请解释量子力学。",
    "日本語のテキスト、カタカナ ガギグ と漢字。ﾊﾝｶｸ",
    "안녕하세요 세계, 한국어 문장입니다",
    "Γειά σου Κόσμε, ΣΊΣΥΦΟΣ ς",
    "नमस्ते दुनिया, क्षत्रिय हिन्दी",
    "สวัสดีชาวโลก ภาษาไทย",
    "𠀀𠀁 rare han 𪚥 end",
    # Emoji, with joiners, skin tones, flags and keycaps.
    "👨‍👩‍👧‍👦 family 👍🏽 ok",
    "🚀🔥 launch 🇫🇷 flag 1️⃣ keycap ❤️ heart",
    "text😀text 🏳️‍🌈!",
    "𝒻𝒶𝓃𝒸𝓎 𝐛𝐨𝐥𝐝 math letters",
    # Words of 100, 101 and 150 characters: the limit of WordPiece is 100.
    "x" * 100 + " end",
    "x" * 101 + " end",
    "start " + "ab" * 75 + " end",
    "é" * 150,
    # Code, mark-up, punctuation.
    "def f(x: int) -> int:\n    return x ** 2  # square\n\nprint(f(10))",
    "SELECT id FROM users WHERE name = 'O''Brien' AND age >= 21;",
    '{"a": [1, 2.5e-3, null], "b": "\\u00e9"}',
    '<div class="x">&nbsp;</div> https://example.com/a?b=c&d=e#f user@example.org',
    "$ € £ ¥ ₹ © ® ™ § ¶ • … – — ‘ ’ “ ” « » ¿ ¡ ~ ^ ` | \\",
    "a.b,c;d:e!f?g(h)i[j]k{l}m<n>o/p\\q|r@s#t$u%v^w&x*y-z_0+1=2~3`4'5\"6",
    "$\\int_0^1 x^2\\,dx = \\frac{1}{3}$ and ∑ₙ 1/n² ≤ π²∕6 ≠ ∞",
    # Names, places and what else may identify a person.
    "My name is Maria Gonzalez and I live at 12 Elm Street, Springfield, IL 62704.",
    "hi im jonas from lyon, can you rewrite this mail to dr. okafor at siemens?",
    "Book a table for Priya Ramanathan and O'Connor-Smith on 12 March 2026 at Le Jardin, Paris",
    "ANGELA MERKEL MET EMMANUEL MACRON IN BERLIN ON TUESDAY.",
    "张伟 works for 华为 in 深圳, his colleague 山口さん in Tōkyō.",
    "😀 Contact Zoë Ångström (34) at zoe@example.org or +46 70 123 45 67 👍",
    # Longer than the 512 tokens that fit, and about at the limit.
    " ".join([_WORDS] * 4),
    " ".join([_WORDS] * 40),
    "word " * 509 + "last",
    "word " * 510 + "last",
    "长文本" * 300,
    "emoji 😀 é " * 120,
)


PAIRS_PER_TASK = 6


@dataclass(frozen=True)
class TorchModels:
    """What the graphs were made of, in PyTorch and without quantisation."""

    encoder: Encoder
    fork: Fork
    pairs: PairModel


def write_reference(
    folder: Path,
    bundle: Path,
    tokenizer: Tokenizer,
    pair_tokenizer: PairTokenizer,
    pairs: Sequence[PairRow],
    models: TorchModels,
) -> None:
    """reference.json: each text alone, cut at 512 tokens; pairs.json: some pairs of texts.

    Values of the shipped graphs, and beside them under `torch` those of the models before export.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "reference.json", _text_cases(bundle, tokenizer, models))
    _write(folder / "pairs.json", _pair_cases(bundle, pair_tokenizer, pairs, models.pairs))


def _pii_head(bundle: Path) -> tuple[float, Floats]:
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    heads = [head for graph in manifest["graphs"] for head in graph["heads"]]
    head = next(h for h in heads if h["output"] == PII_OUTPUT)
    return head["temperature"], np.array(head["transitions"])


def _in_torch(models: TorchModels, encoded: Encoded) -> dict[str, object]:
    ids = torch.tensor([encoded.ids])
    mask = torch.ones(ids.shape)
    none = torch.zeros_like(ids)
    with torch.inference_mode():
        states = models.encoder.states(ids, mask, none, none)
        mean = torch.nn.functional.normalize(states[-1].mean(1))[0]
        forked = models.fork(states[FORK_AT], torch.from_numpy(encoded.shapes)[None], mask)
        labels = models.fork.pii(forked)[0].argmax(-1)
    return {"embedding": _rounded(mean[:16].tolist(), 6), "pii": labels.tolist()}


def _text_cases(
    bundle: Path, tokenizer: Tokenizer, models: TorchModels
) -> list[dict[str, object]]:
    session = open_session((bundle / "encoder.onnx").read_bytes(), threads=1)
    temperature, transitions = _pii_head(bundle)
    names = [output.name for output in session.get_outputs()]
    cases: list[dict[str, object]] = []
    for text, encoded in zip(
        REFERENCE_TEXTS, encode_texts(tokenizer, REFERENCE_TEXTS), strict=True
    ):
        values = dict(zip(names, run(session, names, make_feed([encoded])), strict=True))
        units = _utf16_positions(text)
        spans = decode(text, encoded.offsets, values[PII_OUTPUT][0], temperature, transitions)
        cases.append(
            {
                "text": text,
                "ids": encoded.ids,
                "offsets": [[units[start], units[end]] for start, end in encoded.offsets],
                "shapes": encoded.shapes.flatten().tolist(),
                "embedding": _rounded(values["embedding"][0][:16], 6),
                "logits": {
                    name: _rounded(value[0], 4)
                    for name, value in values.items()
                    if name != "embedding" and value.ndim == 2
                },
                "pii": values[PII_OUTPUT][0].argmax(axis=1).tolist(),
                "spans": [
                    [units[s.start], units[s.end], s.kind, round(s.confidence, 4)] for s in spans
                ],
                "torch": _in_torch(models, encoded),
            }
        )
    return cases


def _pair_cases(
    bundle: Path, tokenizer: PairTokenizer, rows: Sequence[PairRow], model: PairModel
) -> list[dict[str, object]]:
    session = open_session((bundle / "pair.onnx").read_bytes(), threads=1)
    names = [output.name for output in session.get_outputs()]
    chosen = [
        row for task in TASKS for row in [r for r in rows if r.task == task][:PAIRS_PER_TASK]
    ]
    cases: list[dict[str, object]] = []
    items = tokenizer.items(chosen)
    for item, floats in zip(items, predict(model, items), strict=True):
        values = dict(zip(names, run(session, names, pair_feed([item])), strict=True))
        end = item.start + len(item.offsets)
        cases.append(
            {
                "task": item.row.task,
                "first": item.row.first,
                "question": item.row.question,
                "second": item.row.second,
                "ids": item.ids.tolist(),
                "overlap": item.overlap.tolist(),
                NLI_OUTPUT: _rounded(values[NLI_OUTPUT][0], 4),
                **{
                    name: _rounded(
                        values[name][0, item.start : end, 1] - values[name][0, item.start : end, 0], 3
                    )
                    for name in (HALLUCINATION_OUTPUT, TOOL_CALL_OUTPUT)
                },
                "torch": _rounded(floats if floats.ndim == 1 else floats[:, 1] - floats[:, 0], 3),
            }
        )
    return cases


def _rounded(values: Iterable[float], digits: int) -> list[float]:
    return [round(float(v), digits) for v in values]


def _write(path: Path, cases: list[dict[str, object]]) -> None:
    about = "Written by training/reference.py from the shipped graphs; offsets are UTF-16 code units."
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    head = json.dumps({"about": about})[:-1]
    path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")


def _utf16_positions(text: str) -> list[int]:
    """UTF-16 position of every code point boundary; JavaScript counts in these units."""
    positions = [0]
    for character in text:
        positions.append(positions[-1] + (2 if ord(character) > 0xFFFF else 1))
    return positions
