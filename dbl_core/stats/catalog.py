r"""The measures by name, with what a page says about them.

Symbols: :math:`N` samples, :math:`C` labels, :math:`n_j` positives of label j, :math:`Y_k` the active labels of sample
k, :math:`n_{ij}` samples with both i and j.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class MeasureDescription:
    """A measure.

    Attributes:
        key: its key in the mapping of ``label_measures`` or ``per_label_measures``, or the measure of
            ``cooccurrence``.
        title: how the pages write it.
        formula: LaTeX.
        reading: one plain sentence on how to read it.
        source: where the definition is from.
        rival: what other sources compute under this name, and how to get it here; empty where they agree.
    """

    key: str
    title: str
    formula: str
    reading: str
    source: str
    rival: str = ""


_TSOUMAKAS = "Tsoumakas and Katakis, Multi-label classification: an overview, 2007"
_CHARTE_IR = "Charte et al., Addressing imbalance in multilabel classification, Neurocomputing 163, 2015"
_CHARTE_SCUMBLE = "Charte et al., Concurrence among imbalanced labels, HAIS 2014"
_CHARTE_LABELS = "Charte et al., Dealing with difficult minority labels in imbalanced multilabel data sets, 2019"
_CHARTE_TCS = "Charte et al., On the impact of dataset complexity and sampling strategy in multilabel classifiers, 2016"
_ZHANG = "Zhang, Li and Liu, Towards class-imbalance aware multi-label learning, IJCAI 2015"
_CUI = "Cui et al., Class-balanced loss based on effective number of samples, CVPR 2019"
_MLDR = "Charte and Charte, Working with multilabel datasets in R: the mldr package, 2015"

MEASURES: dict[str, MeasureDescription] = {
    row[0]: MeasureDescription(*row)
    for row in (
        ("n_samples", "Samples", r"N", "How many images there are.", ""),
        ("n_labels", "Labels", r"C", "How many labels there are, with or without positives.", ""),
        (
            "absent_labels",
            "Absent labels",
            r"|\{j : n_j = 0\}|",
            "Labels that no sample has; nothing can be learned or measured for them.",
            "",
        ),
        (
            "labelsets",
            "Distinct label sets",
            r"|\{Y_k\}|",
            "How many different combinations of labels occur (no label at all is one of them).",
            _TSOUMAKAS,
            "Diversity is this number over the 2^C that are possible.",
        ),
        (
            "single_labelsets",
            "Label sets seen once",
            r"|\{Y : Y_k = Y \text{ for one } k\}|",
            "Combinations that a single sample has; many of them mean that whole combinations cannot be memorised.",
            _MLDR,
        ),
        (
            "cardinality",
            "Cardinality",
            r"\frac1N\sum_k |Y_k|",
            "Labels per sample on average; above 1 means that labels come in company.",
            _TSOUMAKAS,
        ),
        (
            "density",
            "Density",
            r"\frac1{NC}\sum_k |Y_k|",
            "Share of positive cells; the smaller it is, the more negatives outweigh positives in the loss.",
            _TSOUMAKAS,
        ),
        (
            "mean_ir",
            "MeanIR",
            r"\frac1C\sum_j \mathrm{IRLbl}_j,\quad \mathrm{IRLbl}_j = \frac{\max_i n_i}{n_j}",
            "How many times rarer than the most frequent label a label is on average; above 1.5 counts as imbalanced.",
            _CHARTE_IR,
            "Absent labels are left out, as in MULAN; mldr gives them IRLbl 0 and counts them in the mean "
            '(convention="mldr").',
        ),
        (
            "max_ir",
            "MaxIR",
            r"\max_j \mathrm{IRLbl}_j",
            "The most frequent label has this many times the positives of the rarest one: the imbalance ratio.",
            _CHARTE_IR,
            "Single-label papers call this the imbalance ratio; COCOA's ImR compares positives with negatives instead.",
        ),
        (
            "cvir",
            "CVIR",
            r"\frac{\mathrm{sd}(\mathrm{IRLbl})}{\mathrm{MeanIR}},\quad \mathrm{sd}\text{ with } C-1",
            "How unequal the imbalance of the labels is; above 0.2 a few labels carry most of it.",
            _CHARTE_IR,
            'Absent labels are left out, or count with 0 under mldr (convention="mldr").',
        ),
        (
            "mean_imr",
            "Mean ImR",
            r"\frac1C\sum_j \mathrm{ImR}_j,\quad \mathrm{ImR}_j = \frac{\max(n_j, N-n_j)}{\min(n_j, N-n_j)}",
            "How many negatives stand against one positive of a label on average: the imbalance inside the labels.",
            _ZHANG,
            "Negatives over positives, without the maximum, differs for labels on more than half of the samples. "
            "Labels on no or every sample are left out.",
        ),
        (
            "max_imr",
            "Max ImR",
            r"\max_j \mathrm{ImR}_j",
            "The most one-sided label has this many negatives a positive (or positives a negative).",
            _ZHANG,
        ),
        (
            "scumble",
            "SCUMBLE",
            r"\frac1N\sum_k \Bigl[1 - \frac{\bigl(\prod_{j\in Y_k}\mathrm{IRLbl}_j\bigr)^{1/|Y_k|}}"
            r"{\frac1{|Y_k|}\sum_{j\in Y_k}\mathrm{IRLbl}_j}\Bigr]",
            "How much frequent and rare labels share samples, from 0 to 1; above 0.1 resampling balances poorly.",
            _CHARTE_SCUMBLE,
            "The root is over the labels of the sample, as mldr and MULAN compute it; the printed formula has the root "
            'over all C labels (scumble="all"), which also calls a sample with a single rare label mixed.',
        ),
        (
            "scumble_cv",
            "SCUMBLE.CV",
            r"\frac{\mathrm{sd}(\mathrm{SCUMBLE}_k)}{\mathrm{SCUMBLE}},\quad \mathrm{sd}\text{ with } N-1",
            "Whether all samples mix rare with frequent labels (small) or only some of them do (large).",
            _CHARTE_LABELS,
        ),
        (
            "tcs",
            "TCS",
            r"\ln(F \cdot C \cdot |\{Y_k\}|)",
            "A rough size of the problem: inputs F times labels times label sets, as a logarithm; unknown without F.",
            _CHARTE_TCS,
            "The KDIS repository calls N times F times C complexity.",
        ),
        (
            "gini",
            "Gini",
            r"\frac{\sum_j (2 r_j - C - 1)\, n_j}{C \sum_j n_j},\quad r_j\text{ rank of } n_j \text{ from the rarest}",
            "Inequality of the label counts: 0 when all are equal, towards 1 when one label has nearly all positives.",
            "Gini, Variabilità e mutabilità, 1912",
            "Absent labels count with 0; some sources multiply by C / (C - 1), so that 1 can be reached.",
        ),
        (
            "entropy",
            "Normalised entropy",
            r"-\frac1{\ln C}\sum_j q_j \ln q_j,\quad q_j = \frac{n_j}{\sum_i n_i}",
            "Evenness of the label counts: 1 when all are equal, towards 0 when one label has nearly all positives.",
            "Shannon, A mathematical theory of communication, 1948; Pielou's evenness",
            "Divided by ln C with absent labels counted in C; ecology divides by the ln of the labels that occur.",
        ),
        (
            "effective_labels",
            "Effective labels",
            r"\exp\Bigl(-\sum_j q_j \ln q_j\Bigr)",
            "As many equally frequent labels would be as even as these; far below C, a few labels dominate.",
            "Hill, Diversity and evenness, Ecology 54, 1973 (order 1)",
        ),
        (
            "effective_ir",
            "Effective ratio",
            r"\frac{\max_j E_j}{\min_j E_j},\quad E_j = \frac{1-\beta^{n_j}}{1-\beta},\ \beta = 0.9999",
            "The imbalance that class-balanced weights correct: close to MaxIR while counts are far below 10,000.",
            _CUI,
            "Public code also uses beta 0.9, 0.99, 0.999 or (N - 1) / N; a small beta makes all weights equal.",
        ),
    )
}

LABEL_MEASURES: dict[str, MeasureDescription] = {
    row[0]: MeasureDescription(*row)
    for row in (
        ("count", "Positives", r"n_j", "Samples with the label.", ""),
        ("frequency", "Frequency", r"\frac{n_j}{N}", "Share of the samples with the label.", ""),
        (
            "irlbl",
            "IRLbl",
            r"\frac{\max_i n_i}{n_j}",
            "How many times rarer than the most frequent label this one is; 1 for the most frequent.",
            _CHARTE_IR,
            'An absent label has none here and in MULAN, and 0 in mldr (convention="mldr").',
        ),
        (
            "imr",
            "ImR",
            r"\frac{\max(n_j, N-n_j)}{\min(n_j, N-n_j)}",
            "Negatives that stand against one positive (or the reverse for a label on most samples).",
            _ZHANG,
        ),
        (
            "scumble",
            "SCUMBLE",
            r"\frac1{n_j}\sum_{k: j\in Y_k} \mathrm{SCUMBLE}_k",
            "How much this label's samples mix rare and frequent labels; a high value resists resampling.",
            _CHARTE_LABELS,
            'As for the data set: the root over the labels of the sample, or over all labels (scumble="all").',
        ),
        (
            "scumble_cv",
            "SCUMBLE.CV",
            r"\frac{\mathrm{sd}_{k: j\in Y_k}(\mathrm{SCUMBLE}_k)}{\mathrm{SCUMBLE}_j}",
            "Whether all samples of the label mix (small) or only some (large): the latter can be resampled apart.",
            _CHARTE_LABELS,
        ),
        (
            "effective",
            "Effective number",
            r"\frac{1-\beta^{n_j}}{1-\beta}",
            "What the positives are worth if new ones repeat old ones with chance beta; its inverse is the CB weight.",
            _CUI,
        ),
    )
}

COOCCURRENCE_MEASURES: dict[str, MeasureDescription] = {
    row[0]: MeasureDescription(*row)
    for row in (
        (
            "count",
            "Count",
            r"n_{ij}",
            "Images that carry both labels; on the diagonal, the label's own images.",
            "",
        ),
        (
            "conditional",
            "P(j | i)",
            r"\frac{n_{ij}}{n_i}",
            "Of the images with the row's label, the share that also has the column's; rows and columns differ.",
            "",
        ),
        (
            "lift",
            "Lift",
            r"\frac{N\,n_{ij}}{n_i\,n_j}",
            "How many times more often than by chance the two meet: 1 is chance, 0 never.",
            "Brin et al., Dynamic itemset counting and implication rules for market basket data, 1997 (as interest)",
        ),
        (
            "npmi",
            "NPMI",
            r"\frac{\ln\frac{N\,n_{ij}}{n_i n_j}}{-\ln\frac{n_{ij}}{N}}",
            "Lift on a scale from -1 (never together) over 0 (chance) to 1 (always together).",
            "Bouma, Normalized (pointwise) mutual information in collocation extraction, 2009",
        ),
        (
            "jaccard",
            "Jaccard",
            r"\frac{n_{ij}}{n_i+n_j-n_{ij}}",
            "Of the images with at least one of the two labels, the share that has both.",
            "Jaccard, The distribution of the flora in the alpine zone, 1912",
        ),
        (
            "phi",
            "Phi",
            r"\frac{N\,n_{ij}-n_i n_j}{\sqrt{n_i(N-n_i)\,n_j(N-n_j)}}",
            "Correlation of the two labels: -1 opposite, 0 independent, 1 the same images.",
            "Yule, On the methods of measuring association between two attributes, 1912",
        ),
    )
}
