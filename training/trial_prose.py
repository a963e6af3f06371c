"""What the tables of trials leave unsaid on the cards: how to read them, and the way that has no line in them."""

from __future__ import annotations

_JOINT_RUN = (
    "(b), one encoder tuned for all heads and held near its embedding by distillation, has no line: it was run once, "
    "with full-rank updates, for one epoch over 54 000 given rows and before this project's own rows existed, so its "
    "figures stand beside those of the same run with a frozen encoder only. The embedding it gave was at cosine "
    "0.991 to the published one on average and 0.953 at worst, below what ships. "
)

JOINT = {
    "mom-domain-classifier": _JOINT_RUN
    + "This head got 0.84 on the given rows and 0.79 on natural questions, frozen 0.82 and 0.77. In the same days "
    "full fine-tuning on the given rows alone got 0.874 and a low-rank head 0.866: tuning the encoder is not what "
    "exam-style questions lack.",
    "mom-halugate-sentinel": _JOINT_RUN + "This head got 0.99, frozen 0.99.",
    "mom-feedback-detector": _JOINT_RUN + "This head got 0.89, frozen 0.87.",
    "mom-jailbreak-classifier": _JOINT_RUN
    + "This head found 0.80 of the attacks in the wild at 12 % false positives, and 8 % on hard benign rows; frozen "
    "0.81 at 14 %, and 6 %.",
    "mom-pii-classifier": _JOINT_RUN
    + "F1 of this head's spans was 0.72 for persons, 0.55 for places and 0.30 for organisations; frozen 0.74, 0.55 "
    "and 0.27. Rows and recipe were poor then, which the two have in common.",
    "mom-toolcall-sentinel": _JOINT_RUN
    + "This head took no part; the jailbreak head, its nearest relative, gained nothing from it.",
}
"""By head that reads one text."""

_ONE_TRY = (
    "Every line but the last was fitted on the rows of the shipped head with one seed and one setting, nothing "
    "searched: it says what a way gives, not the best to be had from it. "
)
_FULL = "Full fine-tuning reads each row twice and no more than 256 tokens of it. "
_CHOICES = (
    "Ways and settings were chosen on held-back and the dev sets, so those figures were seen; {unseen} took no part."
)

READING = {
    "mom-domain-classifier": _ONE_TRY + _FULL + _CHOICES.format(unseen="natural-test"),
    "mom-pii-classifier": _ONE_TRY
    + "F1 of names, places and organisations, each line with thresholds of its own, chosen on the dev rows. "
    "Full fine-tuning reads each row twice. "
    + _CHOICES.format(unseen="own-test"),
    **dict.fromkeys(
        (
            "mom-halugate-sentinel",
            "mom-feedback-detector",
            "mom-jailbreak-classifier",
            "mom-toolcall-sentinel",
        ),
        _ONE_TRY + "Accuracy. " + _FULL + _CHOICES.format(unseen="own-test"),
    ),
    **dict.fromkeys(
        ("mom-halugate-explainer", "mom-halugate-detector", "mom-toolcall-verifier"),
        "The first lines leave the encoder as published and embed each text by itself; a head reads both embeddings, "
        "their difference and their product, and judges the pair as a whole. One seed and one setting, nothing "
        "searched. ",
    ),
}
READING["mom-halugate-explainer"] += _CHOICES.format(unseen="own-test")
READING["mom-halugate-detector"] += (
    "Such a head marks the whole answer or nothing, which is what its F1 of characters says. "
) + _CHOICES.format(unseen="own-test")
READING["mom-toolcall-verifier"] += (
    "Such a head marks the whole call or nothing, which is what its F1 of characters says. For lack of other rows "
    "the threshold of each line was chosen on every second row of own-test, so all figures here are a little too good."
)
