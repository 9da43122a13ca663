"""Pictogram of a person."""

from dbl_core.datasets.pictograms.pen import Pen, band, box, curve, oval


def person(pen: Pen) -> None:
    """A standing figure from the front: round head with hair, shirt, one arm raised, trousers, shoes."""
    pen.solid("light", band((0.37, 0.33), (0.25, 0.44), (0.22, 0.58), width=0.085, end_width=0.07))
    pen.solid("light", band((0.63, 0.33), (0.77, 0.29), (0.83, 0.13), width=0.085, end_width=0.07))
    pen.solid("dark", box(0.33, 0.93, 0.47, 0.985, corner=0.025), box(0.53, 0.93, 0.67, 0.985, corner=0.025))
    trousers = ((0.375, 0.56), (0.625, 0.56), (0.635, 0.94), (0.535, 0.94), (0.5, 0.68), (0.465, 0.94), (0.365, 0.94))
    pen.solid("shade", trousers)
    shirt = curve(
        (0.36, 0.27), (0.5, 0.255), (0.64, 0.27), (0.68, 0.33), (0.635, 0.42), (0.63, 0.58), (0.5, 0.595), (0.37, 0.58),
        (0.365, 0.42), (0.32, 0.33),
    )  # fmt: skip
    pen.solid("body", shirt)
    pen.fill("accent", box(0.375, 0.40, 0.625, 0.475))
    pen.solid("light", box(0.46, 0.2, 0.54, 0.28), oval(0.5, 0.135, 0.098, 0.115))
    pen.fill(
        "dark",
        curve((0.395, 0.14), (0.40, 0.05), (0.5, 0.005), (0.60, 0.05), (0.605, 0.14), (0.56, 0.075), (0.45, 0.08)),
    )
    pen.fill("dark", oval(0.465, 0.135, 0.013, 0.018), oval(0.535, 0.135, 0.013, 0.018))
    pen.fill("dark", band((0.46, 0.185), (0.5, 0.2), (0.54, 0.185), width=0.016))
