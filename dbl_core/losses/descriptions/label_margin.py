r"""The label-distribution-aware margin loss, multi-label."""

from dbl_core.losses.description import LossDescription, LossOption

MAX_MARGIN = LossOption(
    name="max_margin",
    symbol=r"\Delta_{\max}",
    default=0.5,
    minimum=0.0,
    maximum=20.0,
    low=0.0,
    high=3.0,
    step=0.05,
    help="Margin of the rarest class, in logits: its positives are lowered by so much in training. Other classes get "
    "less, by the fourth root of how much more often they appear.",
    off="0 switches the margins off: this is plain cross-entropy.",
)
LABEL_MARGIN = LossDescription(
    name="ldam",
    title="Label-distribution-aware margin (LDAM)",
    short="LDAM",
    idea="What is learned from few images holds only near them, so a rare class deserves a wider margin. "
    "The logit of a positive is lowered in training, the more the rarer its class; negatives are untouched.",
    terms=("margin",),
    formula=r"y\,\zeta(-(z_i-\Delta_i)) + (1-y)\,\zeta(z_i),\quad \Delta_i = \Delta_{\max}\,(n_i/n_{\min})^{-1/4}",
    options=(MAX_MARGIN,),
    paper="Learning Imbalanced Datasets with Label-Distribution-Aware Margin Loss",
    authors="Cao, Wei, Gaidon, Arechiga, Ma",
    year=2019,
    venue="NeurIPS 2019",
    url="https://arxiv.org/abs/1906.07413",
)
