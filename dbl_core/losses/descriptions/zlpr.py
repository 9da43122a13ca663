r"""The ZLPR loss."""

from dbl_core.losses.description import LossDescription

ZLPR = LossDescription(
    name="zlpr",
    title="ZLPR loss",
    short="ZLPR",
    idea="All positives of an image should score above 0 and all its negatives below. "
    "The cells of an image compete for the gradient, so many easy negatives do not add up as in BCE.",
    terms=(),
    formula=r"\log\Bigl(1 + \sum_i (1-y_i)\,e^{z_i}\Bigr) + \log\Bigl(1 + \sum_i y_i\,e^{-z_i}\Bigr)",
    unit="image",
    paper="ZLPR: A Novel Loss for Multi-label Classification",
    authors="Su, Zhu, Murtadha, Pan, Wen, Liu",
    year=2022,
    venue="arXiv 2208.02955",
    url="https://arxiv.org/abs/2208.02955",
)
