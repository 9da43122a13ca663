"""Pictograms of what crosses air, water and rails: aeroplane, boat, train."""

from dbl_core.datasets.pictograms.pen import Pen, band, box, curve, oval


def aeroplane(pen: Pen) -> None:
    """An airliner from above: slender fuselage, swept wings with engines, tailplane, cockpit window."""
    for side in (-1, 1):
        wing = (
            (0.60, 0.5),
            (0.66, 0.5 + side * 0.06),
            (0.36, 0.5 + side * 0.49),
            (0.26, 0.5 + side * 0.49),
            (0.42, 0.5),
        )
        tail = (
            (0.20, 0.5),
            (0.20, 0.5 + side * 0.05),
            (0.065, 0.5 + side * 0.20),
            (0.0, 0.5 + side * 0.20),
            (0.07, 0.5),
        )
        for x, y in ((0.575, 0.20), (0.475, 0.34)):
            pen.solid("dark", box(x - 0.07, 0.5 + side * y - 0.03, x + 0.045, 0.5 + side * y + 0.03, corner=0.025))
        pen.solid("shade", wing, tail)
        pen.fill(
            "accent",
            (
                (0.41, 0.5 + side * 0.42),
                (0.36, 0.5 + side * 0.49),
                (0.26, 0.5 + side * 0.49),
                (0.31, 0.5 + side * 0.42),
            ),
        )
    fuselage = curve(
        (0.02, 0.5), (0.10, 0.455), (0.30, 0.425), (0.60, 0.42), (0.85, 0.43), (0.955, 0.465), (0.995, 0.5),
        (0.955, 0.535),
        (0.85, 0.57), (0.60, 0.58), (0.30, 0.575), (0.10, 0.545),
    )  # fmt: skip
    pen.solid("light", fuselage)
    pen.fill("accent", band((0.04, 0.5), (0.24, 0.5), width=0.045))
    pen.fill("dark", curve((0.875, 0.45), (0.925, 0.475), (0.925, 0.525), (0.875, 0.55), (0.895, 0.5)))
    for x in (0.36, 0.44, 0.52, 0.60, 0.68, 0.76):
        pen.fill("dark", oval(x, 0.46, 0.017, 0.014), oval(x, 0.54, 0.017, 0.014))


def boat(pen: Pen) -> None:
    """A sailing boat: curved hull with a stripe, mast with a pennant, large and small sail."""
    pen.solid("dark", box(0.455, 0.03, 0.49, 0.74))
    pen.solid("accent", ((0.49, 0.005), (0.64, 0.045), (0.49, 0.09)))
    pen.solid("light", curve((0.515, 0.13), (0.70, 0.34), (0.86, 0.655), (0.69, 0.67), (0.515, 0.655), (0.525, 0.4)))
    pen.fill("accent", ((0.525, 0.44), (0.755, 0.44), (0.805, 0.54), (0.525, 0.54)))
    pen.solid("body", curve((0.425, 0.20), (0.41, 0.44), (0.425, 0.655), (0.26, 0.665), (0.12, 0.65), (0.30, 0.43)))
    pen.solid("shade", band((0.10, 0.70), (0.90, 0.70), width=0.034))
    hull = (
        (0.01, 0.735), (0.99, 0.735), (0.93, 0.84), (0.84, 0.93), (0.76, 0.955), (0.25, 0.955), (0.16, 0.93),
        (0.07, 0.84),
    )  # fmt: skip
    pen.solid("body", hull)
    pen.fill("pale", ((0.045, 0.79), (0.955, 0.79), (0.93, 0.835), (0.07, 0.835)))
    for x in (0.32, 0.5, 0.68):
        pen.fill("dark", oval(x, 0.885, 0.03, 0.03))


def train(pen: Pen) -> None:
    """A steam locomotive: round boiler with bands, chimney and dome, cab with window and roof, wheels with a rod."""
    pen.solid("shade", ((0.86, 0.70), (0.92, 0.70), (0.995, 0.90), (0.84, 0.90)))
    pen.solid("dark", ((0.71, 0.36), (0.725, 0.16), (0.675, 0.08), (0.865, 0.08), (0.815, 0.16), (0.83, 0.36)))
    pen.solid("accent", curve((0.47, 0.38), (0.475, 0.27), (0.535, 0.235), (0.595, 0.27), (0.60, 0.38)))
    pen.solid("body", box(0.30, 0.345, 0.905, 0.64, corner=0.05))
    pen.fill("light", box(0.34, 0.375, 0.88, 0.425, corner=0.02))
    pen.fill("accent", box(0.46, 0.345, 0.49, 0.64), box(0.64, 0.345, 0.67, 0.64))
    pen.fill("dark", box(0.845, 0.345, 0.90, 0.64, corner=0.02))
    pen.solid("pale", oval(0.925, 0.42, 0.038, 0.05))
    pen.solid("body", box(0.05, 0.155, 0.38, 0.72))
    pen.solid(
        "dark",
        curve((0.0, 0.135), (0.10, 0.085), (0.21, 0.07), (0.33, 0.085), (0.43, 0.135), (0.38, 0.175), (0.05, 0.175)),
    )
    pen.fill("dark", box(0.105, 0.235, 0.325, 0.435, corner=0.02))
    pen.fill("pale", box(0.125, 0.255, 0.205, 0.415), box(0.225, 0.255, 0.305, 0.415))
    pen.fill("accent", box(0.09, 0.51, 0.34, 0.55), box(0.09, 0.61, 0.34, 0.65))
    pen.solid("shade", box(0.03, 0.65, 0.92, 0.735))
    for x, y, r in ((0.19, 0.79, 0.145), (0.50, 0.79, 0.145), (0.76, 0.835, 0.098)):
        pen.solid("dark", oval(x, y, r, r))
        pen.fill("light", oval(x, y, r * 0.70, r * 0.70))
        pen.fill("dark", oval(x, y, r * 0.52, r * 0.52))
        pen.fill("pale", oval(x, y, r * 0.20, r * 0.20))
    pen.fill("pale", band((0.17, 0.80), (0.76, 0.835), width=0.036))
