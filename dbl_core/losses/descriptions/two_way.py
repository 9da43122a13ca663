r"""The two-way loss."""

from dbl_core.losses.description import LossDescription, LossOption

POSITIVE_TEMPERATURE = LossOption(
    name="t_pos",
    symbol="T_p",
    default=4.0,
    minimum=0.01,
    maximum=100.0,
    low=0.1,
    high=10.0,
    step=0.1,
    help="How many positives of an image or a class share the gradient. Small values leave it to the one that scores "
    "lowest, large values spread it over all.",
)
NEGATIVE_TEMPERATURE = LossOption(
    name="t_neg",
    symbol="T_n",
    default=1.0,
    minimum=0.01,
    maximum=100.0,
    low=0.1,
    high=10.0,
    step=0.1,
    help="How many negatives of an image or a class share the gradient. Small values leave it to the one that scores "
    "highest, large values spread it over all.",
)
TWO_WAY = LossDescription(
    name="two_way",
    title="Two-way loss",
    short="Two-way",
    idea="The hardest positives should score above the hardest negatives, both among the labels of an image and among "
    "the images of a class. Only differences of logits count, so the scores rank well but are no probabilities.",
    terms=(),
    formula=r"\tfrac{1}{|K|}\textstyle\sum_{k\in K} L_k + \tfrac{1}{|I|}\textstyle\sum_{i\in I} L_i"
    r",\quad L_k = \zeta\Bigl(T_n\log\!\sum_{i:\,y=0}\! e^{z/T_n} + T_p\log\!\sum_{i:\,y=1}\! e^{-z/T_p}\Bigr)"
    r",\quad L_i = \text{the same over the images } k \text{ of class } i"
    r",\quad K, I = \text{images, classes with a positive in the batch}",
    options=(POSITIVE_TEMPERATURE, NEGATIVE_TEMPERATURE),
    unit="batch",
    paper="Two-way Multi-Label Loss",
    authors="Kobayashi",
    year=2023,
    venue="CVPR 2023",
    url="https://openaccess.thecvf.com/content/CVPR2023/html/Kobayashi_Two-Way_Multi-Label_Loss_CVPR_2023_paper.html",
)
