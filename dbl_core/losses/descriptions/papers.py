"""Where the losses are from, a mapping of fields of ``LossDescription`` for each paper of several losses."""

DB_PAPER = {
    "paper": "Distribution-Balanced Loss for Multi-Label Classification in Long-Tailed Datasets",
    "authors": "Wu, Huang, Liu, Wang, Lin",
    "year": 2020,
    "venue": "ECCV 2020",
    "url": "https://arxiv.org/abs/2007.09654",
}
FOCAL_PAPER = {
    "paper": "Focal Loss for Dense Object Detection",
    "authors": "Lin, Goyal, Girshick, He, Dollár",
    "year": 2017,
    "venue": "ICCV 2017",
    "url": "https://arxiv.org/abs/1708.02002",
}
CB_PAPER = {
    "paper": "Class-Balanced Loss Based on Effective Number of Samples",
    "authors": "Cui, Jia, Lin, Song, Belongie",
    "year": 2019,
    "venue": "CVPR 2019",
    "url": "https://arxiv.org/abs/1901.05555",
}
BCE_PAPER = {
    "paper": "The Regression Analysis of Binary Sequences",
    "authors": "Cox",
    "year": 1958,
    "venue": "Journal of the Royal Statistical Society B 20(2)",
    "url": "https://doi.org/10.1111/j.2517-6161.1958.tb00292.x",
}
RW_PAPER = {
    "paper": "Learning Deep Representation for Imbalanced Classification",
    "authors": "Huang, Li, Loy, Tang",
    "year": 2016,
    "venue": "CVPR 2016",
    "url": "https://doi.org/10.1109/CVPR.2016.580",
}
