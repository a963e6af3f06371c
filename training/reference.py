"""Reference values for the product's own tokenizer and runtime (test/fixtures/embedded)."""

from __future__ import annotations

import json
from pathlib import Path

import onnxruntime
from tokenizers import Tokenizer

from training.runtime import make_feed

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
    # Longer than the 512 tokens that fit, and about at the limit.
    " ".join([_WORDS] * 4),
    " ".join([_WORDS] * 40),
    "word " * 509 + "last",
    "word " * 510 + "last",
    "长文本" * 300,
    "emoji 😀 é " * 120,
)


def write_reference(
    path: Path, session: onnxruntime.InferenceSession, tokenizer: Tokenizer
) -> None:
    """Each text alone, cut at 512 tokens, on the graph as it ships."""
    cases: list[dict[str, object]] = []
    for text in REFERENCE_TEXTS:
        encoding = tokenizer.encode(text)
        embedding, logits = session.run(["embedding", "domain_logits"], make_feed([encoding.ids]))
        units = _utf16_positions(text)
        cases.append(
            {
                "text": text,
                "ids": encoding.ids,
                "offsets": [[units[start], units[end]] for start, end in encoding.offsets],
                "embedding": [round(float(v), 6) for v in embedding[0][:16]],
                "domain_logits": [round(float(v), 5) for v in logits[0]],
            }
        )
    document = {
        "about": "Written by training/reference.py from the shipped graph; offsets are UTF-16 code units.",
        "cases": cases,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    head = json.dumps({"about": document["about"]})[:-1]
    path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n', encoding="utf-8")


def _utf16_positions(text: str) -> list[int]:
    """UTF-16 position of every code point boundary; JavaScript counts in these units."""
    positions = [0]
    for character in text:
        positions.append(positions[-1] + (2 if ord(character) > 0xFFFF else 1))
    return positions
