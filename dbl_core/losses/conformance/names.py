"""How public code calls what a loss is built from: parameter names, and nested settings, by what they mean."""

COUNTS = frozenset({
    "label_counts", "class_counts", "pos_counts", "counts", "class_count", "pos_count", "positive_counts",
    "class_freq", "class_freqs", "class_frequency", "class_frequencies", "label_freq", "freq", "freqs",
    "cls_num_list", "cls_num", "num_class_list", "num_per_cls", "num_per_class", "n_per_class", "samples_per_class",
    "samples_per_cls", "img_num_per_cls", "per_class_counts", "class_nums",
})  # fmt: skip
NEGATIVE_COUNTS = frozenset({
    "neg_class_freq", "neg_counts", "negative_counts", "neg_count",
})  # fmt: skip
PRIORS = frozenset({
    "prior", "priors", "class_prior", "class_priors", "label_prior", "class_prob", "class_probs",
})  # fmt: skip
N_SAMPLES = frozenset({
    "n_samples", "num_samples", "n_images", "num_images", "train_num", "n_train", "num_train", "total_num",
    "num_total", "n_total", "total_samples", "dataset_size", "n_data", "num_data", "N",
})  # fmt: skip
N_LABELS = frozenset({
    "n_labels", "num_labels", "n_classes", "num_classes", "nb_classes", "num_class", "n_class", "n_cls", "num_cls",
    "C",
})  # fmt: skip
REDUCTION = frozenset({"reduction"})
DEVICE = frozenset({"device"})

# Option of the lab -> its other names; beta means two things, by the weighting that a loss has.
OPTIONS = {
    "alpha": {"map_alpha"},
    "beta": {"map_beta"},
    "mu": {"map_mu", "map_gamma"},
    "lam": {"lambda_", "lamb", "lambd", "lmbda", "neg_scale", "neg_lambda"},
    "kappa": {"init_bias", "neg_bias"},
    "gamma": {"focal_gamma", "gamma_focal"},
    "focal_scale": {"focal_balance", "balance_param", "focal_weight"},
    "bias": {"bias_form"},
    "t_pos": {"tp", "Tp", "T_p", "positive_temperature"},
    "t_neg": {"tn", "Tn", "T_n", "negative_temperature"},
    "max_margin": {"max_m"},
}
CLASS_BALANCED_OPTIONS = {**OPTIONS, "beta": {"cb_beta", "CB_beta"}, "mode": {"cb_mode", "CB_mode"}}
# In the public code of the paper settings come in dictionaries: parameter -> key of the dictionary -> option.
NESTED = {
    "map_param": {"alpha": "alpha", "beta": "beta", "gamma": "mu", "mu": "mu"},
    "focal": {"gamma": "gamma", "balance_param": "focal_scale"},
    "logit_reg": {"neg_scale": "lam", "init_bias": "kappa", "neg_bias": "kappa"},
}
CLASS_BALANCED_NESTED = {"CB_loss": {"CB_beta": "beta", "CB_mode": "mode"}, "focal": NESTED["focal"]}
# Values at which a term that the claimed loss does not have does nothing, for parameters of unmistakable name.
NEUTRAL = {
    "map_alpha": 0.5, "map_beta": 0.0, "map_mu": 0.0, "neg_scale": 1.0, "init_bias": 0.0, "neg_bias": 0.0,
    "focal_gamma": 0.0, "focal_balance": 1.0, "balance_param": 1.0,
}  # fmt: skip
# The paper's code names the weighting by a word; ours name it by a term of the catalogue.
REWEIGHTING = {"rebalanced": "rebalance", "class_balanced": "CB", "inverse": "inv"}
