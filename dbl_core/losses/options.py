"""The settings that the losses of the catalogue share, each described once; defaults are the paper's for VOC-MLT."""

from dbl_core.losses.description import LossOption

ALPHA = LossOption(
    name="alpha",
    symbol=r"\alpha",
    default=0.1,
    minimum=0.0,
    maximum=10.0,
    low=0.0,
    high=1.0,
    step=0.01,
    help="Floor of the re-balanced weight: weights lie between alpha and alpha + 1, so no cell is ever forgotten. "
    "The larger alpha is, the flatter the weights are in relation to each other.",
    off="0 leaves no floor: cells that the classes' balance does not need get almost no weight.",
)
BETA = LossOption(
    name="beta",
    symbol=r"\beta",
    default=10.0,
    minimum=0.0,
    maximum=100.0,
    low=0.0,
    high=30.0,
    step=0.5,
    help="How sharply the weight rises from alpha to alpha + 1 as the ratio r passes mu. "
    "Large values make it a switch, small ones a gentle slope.",
    off="0 switches re-balancing off: every weight becomes alpha + 0.5.",
)
MU = LossOption(
    name="mu",
    symbol=r"\mu",
    default=0.3,
    minimum=0.0,
    maximum=10.0,
    low=0.0,
    high=1.5,
    step=0.05,
    help="The ratio r at which the weight is half-way up. r is 1 for an image's only label and falls for frequent "
    "labels that ride along with rare ones, so the more labels an image has, the smaller mu should be.",
)
LAM = LossOption(
    name="lam",
    symbol=r"\lambda",
    default=5.0,
    minimum=0.01,
    maximum=100.0,
    low=0.5,
    high=10.0,
    step=0.1,
    help="Tolerance towards negatives: the gradient of a negative fades lambda times faster once its logit is below "
    "the class's own starting point, so that many easy negatives cannot push a rare class down for ever.",
    off="1 switches the tolerance off: negatives are treated as in plain cross-entropy.",
)
KAPPA = LossOption(
    name="kappa",
    symbol=r"\kappa",
    default=0.05,
    minimum=0.0,
    maximum=10.0,
    low=0.0,
    high=1.0,
    step=0.01,
    help="During training, kappa times the log-odds of a class's frequency is added to its logit. A rare class starts "
    "low, so its many negatives need not first teach it that it is rare. Test scores are never shifted.",
    off="0 switches the shift off.",
)
BIAS = LossOption(
    name="bias",
    symbol=r"\nu",
    kind="choice",
    default="official",
    choices=("official", "paper"),
    help="How large the shift nu is. The paper's text has nu = -kappa b; the public code, which made the published "
    "numbers, divides it by lambda. The two agree at lambda 1.",
)
GAMMA = LossOption(
    name="gamma",
    symbol=r"\gamma",
    default=2.0,
    minimum=0.0,
    maximum=20.0,
    low=0.0,
    high=5.0,
    step=0.1,
    help="Focusing: a cell whose answer is already right with probability p counts only (1 - p) to the power gamma.",
    off="0 switches focusing off; focal_scale remains.",
)
FOCAL_SCALE = LossOption(
    name="focal_scale",
    symbol="s",
    default=2.0,
    minimum=0.01,
    maximum=100.0,
    low=0.1,
    high=10.0,
    step=0.1,
    help="A constant that makes up for the size that focusing takes away. It acts like a larger learning rate, so "
    "compare losses at equal scale.",
    off="1 leaves the size alone.",
)
POWER = LossOption(
    name="power",
    symbol="q",
    default=1.0,
    minimum=0.0,
    maximum=2.0,
    low=0.0,
    high=1.0,
    step=0.05,
    help="How strongly rare classes are lifted: the weight of a class is its inverse frequency N/n to this power. "
    "0.5 is the square root, 1 the full inverse.",
    off="0 switches the weights off.",
)
CB_BETA = LossOption(
    name="beta",
    symbol=r"\beta",
    default=0.9999,
    minimum=0.0,
    maximum=0.9999999,
    low=0.0,
    high=0.99999,
    step=0.1,
    scale="log1m",
    help="How soon further images of a class stop counting as new: a class is worth at most 1/(1 - beta) images. "
    "With 0.9 all classes of more than about 40 images weigh the same, with 0.9999 the weights are close to 1/n.",
    off="0 switches the weights off: each class counts as one image.",
)
CB_MODE = LossOption(
    name="mode",
    symbol="m",
    kind="choice",
    default="by_class",
    choices=("by_class", "average_w"),
    help="by_class: a cell has the weight of its class. average_w: all cells of an image have the mean weight of the "
    "labels that the image carries (the public code of the DB paper).",
)

GAMMA_POS = LossOption(
    name="gamma_pos",
    symbol=r"\gamma_+",
    default=1.0,
    minimum=0.0,
    maximum=20.0,
    low=0.0,
    high=4.0,
    step=0.1,
    help="Focusing of positives: a positive found with probability p counts only (1 - p) to the power gamma_pos. The "
    "public code starts from 1, the paper trains with 0.",
    off="0 switches the focusing of positives off.",
)
GAMMA_NEG = LossOption(
    name="gamma_neg",
    symbol=r"\gamma_-",
    default=4.0,
    minimum=0.0,
    maximum=20.0,
    low=0.0,
    high=8.0,
    step=0.1,
    help="Focusing of negatives: a negative to which the model gives the probability p counts only p to the power "
    "gamma_neg, after the margin is taken off. Larger values silence easy negatives sooner.",
    off="0 switches the focusing of negatives off.",
)
CLIP = LossOption(
    name="clip",
    symbol="m",
    default=0.05,
    minimum=0.0,
    maximum=0.99,
    low=0.0,
    high=0.3,
    step=0.01,
    help="Margin taken off the probability of every negative. A negative below it is dropped: it has no loss and no "
    "gradient.",
    off="0 switches the margin off.",
)
FOCUS_GRADIENT = LossOption(
    name="focus_gradient",
    symbol=r"\nabla",
    kind="choice",
    default="full",
    choices=("full", "detached"),
    help="full: the focusing factors are differentiated with the loss, as the formula says. detached: they are taken "
    "as constant weights, as the public code can do. The values are the same, the gradients are not.",
)
HILL_LAM = LossOption(
    name="lam",
    symbol=r"\lambda",
    default=1.5,
    minimum=1.0,
    maximum=10.0,
    low=1.0,
    high=3.0,
    step=0.05,
    help="Shape of the hill over negatives. At 1.5 the push on a negative fades again as the model gets sure that it "
    "is a positive, because its label may be missing; above that such negatives keep being pushed.",
)

REBALANCING = (ALPHA, BETA, MU)
TOLERANCE = (LAM, KAPPA, BIAS)
FOCUSING = (GAMMA, FOCAL_SCALE)
