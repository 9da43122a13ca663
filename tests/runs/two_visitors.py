"""The folders of two visitors of a public lab."""

ANN, BOB = "a" * 32, "b" * 32
