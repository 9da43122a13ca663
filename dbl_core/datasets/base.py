"""What every data set of the lab looks like to the rest of the code."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from dbl_core.errors import DataError

ImageSource = Callable[[int], np.ndarray]


@dataclass(frozen=True, eq=False)
class MultiLabelDataset:
    """Images with several labels each, and the rows chosen for training and for testing.

    A row is the number of an image in ``labels`` and ``ids``; ``train_rows`` and ``test_rows`` point at rows and never
    share one. The arrays are read-only.

    Attributes:
        name: the name ``load_dataset`` knows it by.
        labels: (n_samples, n_labels) bool, all images, also those in neither split.
        label_names: (n_labels,) names in column order.
        ids: (n_samples,) str, a stable name for every image.
        train_rows: (n_train,) int64, ascending.
        test_rows: (n_test,) int64, ascending.
        asked: (n_labels,) int64, the positives a label was to get in the training rows; None where nothing was asked.
        fingerprint: changes with anything that changes the images or labels, not with the choice of rows.
        image_source: called with a row, gives (H, W, 3) uint8; can be pickled, so that other processes can draw. None
            where the data set has labels, or labels and features, but no images.
        notes: sentences on what the choice of training rows could not meet; empty where all is as asked.
        features: (n_samples, n_features) float32 that came with the data set, or None.
    """

    name: str
    labels: np.ndarray
    label_names: tuple[str, ...]
    ids: np.ndarray
    train_rows: np.ndarray
    test_rows: np.ndarray
    asked: np.ndarray | None
    fingerprint: str
    image_source: ImageSource | None = None
    notes: tuple[str, ...] = ()
    features: np.ndarray | None = None

    @property
    def n_samples(self) -> int:
        """Number of images."""
        return self.labels.shape[0]

    @property
    def n_labels(self) -> int:
        """Number of labels."""
        return self.labels.shape[1]

    @property
    def n_train(self) -> int:
        """Number of training images."""
        return len(self.train_rows)

    @property
    def label_counts(self) -> np.ndarray:
        """(n_labels,) int64, positives of every label among the training rows."""
        return self.labels[self.train_rows].sum(axis=0, dtype=np.int64)

    @property
    def has_rows(self) -> bool:
        """Whether the labels of every image are known; True, unlike for a file of class counts."""
        return True

    @property
    def has_images(self) -> bool:
        """Whether there is an image for every row."""
        return self.image_source is not None

    def image(self, row: int) -> np.ndarray:
        """The image of a row, (H, W, 3) uint8.

        Raises:
            ValueError: there is no such row.
            DataError: the data set has no images, or this one cannot be read.
        """
        if not 0 <= row < self.n_samples:
            raise ValueError(f"row is {row}, must be from 0 to {self.n_samples - 1}")
        if self.image_source is None:
            raise DataError(f"{self.name} has no images: choose a folder of images to open it with.")
        return self.image_source(int(row))
