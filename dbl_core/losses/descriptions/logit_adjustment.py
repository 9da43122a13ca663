r"""Logit adjustment, multi-label."""

from dbl_core.losses.description import LossDescription, LossOption

TAU = LossOption(
    name="tau",
    symbol=r"\tau",
    default=1.0,
    minimum=0.0,
    maximum=10.0,
    low=0.0,
    high=3.0,
    step=0.05,
    help="How much of a class's prior log-odds is added to its logit in training and left out of its test scores. 1 "
    "takes the prior away as a whole.",
    off="0 switches the adjustment off: this is plain cross-entropy.",
)
LOGIT_ADJUSTMENT = LossDescription(
    name="logit_adjust",
    title="Logit adjustment",
    short="Logit adjustment",
    idea="In training each logit starts from how often its class appears, so the network need not learn that itself. "
    "Test scores are taken without this start, which lifts the rare classes.",
    terms=("prior",),
    formula=r"y\,\zeta(-(z_i-\nu_i)) + (1-y)\,\zeta(z_i-\nu_i),\quad \nu_i = \tau\log(N/n_i-1)",
    options=(TAU,),
    paper="Long-tail Learning via Logit Adjustment",
    authors="Menon, Jayasumana, Rawat, Jain, Veit, Kumar",
    year=2021,
    venue="ICLR 2021",
    url="https://arxiv.org/abs/2007.07314",
)
