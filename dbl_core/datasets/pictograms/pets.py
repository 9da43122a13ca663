"""Pictograms of the animals of a house: bird, cat, dog."""

from dbl_core.datasets.pictograms.pen import Pen, band, curve, oval


def bird(pen: Pen) -> None:
    """A perched songbird from the side: pointed beak, round breast, folded wing, long tail, thin legs."""
    pen.solid("dark", band((0.50, 0.72), (0.47, 0.93), width=0.026), band((0.60, 0.72), (0.60, 0.93), width=0.026))
    pen.solid("dark", band((0.41, 0.945), (0.53, 0.945), width=0.026), band((0.55, 0.945), (0.67, 0.945), width=0.026))
    pen.solid("shade", ((0.27, 0.52), (0.0, 0.80), (0.04, 0.87), (0.13, 0.86), (0.40, 0.68)))
    pen.solid("accent", ((0.86, 0.19), (1.0, 0.255), (0.85, 0.30)))
    body = curve(
        (0.24, 0.56), (0.36, 0.38), (0.52, 0.28), (0.60, 0.15), (0.74, 0.09), (0.86, 0.15), (0.885, 0.27), (0.85, 0.38),
        (0.82, 0.56), (0.70, 0.71), (0.52, 0.76), (0.34, 0.70),
    )  # fmt: skip
    pen.solid("body", body)
    pen.fill("pale", curve((0.83, 0.40), (0.80, 0.57), (0.69, 0.69), (0.54, 0.73), (0.66, 0.60), (0.72, 0.44)))
    pen.solid(
        "shade", curve((0.60, 0.40), (0.66, 0.50), (0.56, 0.62), (0.36, 0.67), (0.14, 0.71), (0.30, 0.54), (0.44, 0.42))
    )
    pen.fill(
        "light",
        band((0.55, 0.47), (0.42, 0.52), (0.32, 0.58), width=0.026),
        band((0.55, 0.56), (0.42, 0.61), (0.32, 0.64), width=0.026),
    )
    pen.fill("pale", oval(0.765, 0.215, 0.042, 0.042))
    pen.fill("dark", oval(0.773, 0.215, 0.025, 0.025))


def cat(pen: Pen) -> None:
    """A sitting cat from the front: pointed ears, whiskers, small paws, tail curled up at its side."""
    pen.solid(
        "shade", band((0.62, 0.90), (0.84, 0.88), (0.90, 0.70), (0.80, 0.58), (0.86, 0.46), width=0.085, end_width=0.05)
    )
    trunk = curve(
        (0.37, 0.42), (0.55, 0.42), (0.66, 0.62), (0.70, 0.86), (0.62, 0.955), (0.30, 0.955), (0.21, 0.86), (0.26, 0.62)
    )
    pen.solid("body", trunk)
    pen.fill("light", curve((0.40, 0.50), (0.52, 0.50), (0.56, 0.66), (0.46, 0.78), (0.36, 0.66)))
    pen.solid("body", oval(0.37, 0.925, 0.085, 0.048), oval(0.55, 0.925, 0.085, 0.048))
    pen.fill("dark", band((0.46, 0.74), (0.46, 0.93), width=0.016))
    ears = (((0.18, 0.27), (0.165, 0.0), (0.40, 0.12)), ((0.52, 0.12), (0.755, 0.0), (0.74, 0.27)))
    head = curve(
        (0.19, 0.26), (0.27, 0.15), (0.46, 0.115), (0.65, 0.15), (0.73, 0.26), (0.72, 0.38), (0.60, 0.48),
        (0.46, 0.50), (0.32, 0.48), (0.20, 0.38),
    )  # fmt: skip
    pen.solid("body", *ears, head)
    pen.fill("accent", ((0.215, 0.19), (0.205, 0.06), (0.31, 0.125)), ((0.61, 0.125), (0.715, 0.06), (0.705, 0.19)))
    for x in (0.40, 0.46, 0.52):
        pen.fill("shade", band((x, 0.135), (x, 0.20), width=0.026))
    for x in (0.345, 0.575):
        pen.fill("pale", oval(x, 0.285, 0.055, 0.045))
        pen.fill("dark", oval(x, 0.285, 0.018, 0.042))
    pen.fill("dark", ((0.43, 0.35), (0.49, 0.35), (0.46, 0.385)))
    pen.fill("dark", band((0.40, 0.42), (0.435, 0.425), (0.46, 0.39), (0.485, 0.425), (0.52, 0.42), width=0.014))
    for y, tip in ((0.375, 0.34), (0.405, 0.42)):
        pen.fill("edge", band((0.33, y), (0.07, tip), width=0.014), band((0.59, y), (0.85, tip), width=0.014))


def dog(pen: Pen) -> None:
    """A standing dog from the side: long snout with a black nose, hanging ear, collar, tail in the air."""
    pen.solid("body", band((0.14, 0.50), (0.06, 0.38), (0.07, 0.20), width=0.085, end_width=0.04))
    pen.solid("shade", band((0.26, 0.62), (0.25, 0.78), (0.28, 0.93), width=0.10, end_width=0.065))
    pen.solid("shade", band((0.52, 0.62), (0.535, 0.93), width=0.085, end_width=0.065))
    hind = band((0.19, 0.56), (0.11, 0.74), (0.14, 0.93), width=0.17, end_width=0.065)
    fore = band((0.60, 0.58), (0.625, 0.93), width=0.12, end_width=0.065)
    trunk = curve(
        (0.12, 0.47), (0.22, 0.43), (0.44, 0.45), (0.55, 0.38), (0.60, 0.24), (0.70, 0.26), (0.74, 0.42), (0.69, 0.60),
        (0.60, 0.69), (0.40, 0.64), (0.20, 0.67), (0.11, 0.58),
    )  # fmt: skip
    head = curve(
        (0.57, 0.17), (0.65, 0.09), (0.76, 0.09), (0.825, 0.18), (0.955, 0.225), (0.985, 0.29), (0.93, 0.345),
        (0.80, 0.37), (0.68, 0.38), (0.58, 0.30),
    )  # fmt: skip
    paws = (oval(0.16, 0.94, 0.058, 0.03), oval(0.65, 0.94, 0.058, 0.03))
    pen.solid("body", hind, fore, trunk, head, *paws)
    pen.fill("shade", oval(0.30, 0.94, 0.05, 0.03), oval(0.55, 0.94, 0.045, 0.03))
    pen.fill("accent", band((0.575, 0.385), (0.655, 0.435), (0.735, 0.425), width=0.05))
    pen.solid("accent", curve((0.835, 0.36), (0.885, 0.355), (0.885, 0.44), (0.855, 0.465), (0.83, 0.43)))
    pen.fill("dark", band((0.935, 0.335), (0.86, 0.35), (0.79, 0.325), width=0.017))
    pen.fill("dark", oval(0.965, 0.24, 0.042, 0.036))
    pen.fill("dark", oval(0.77, 0.18, 0.022, 0.024))
    pen.solid(
        "dark",
        curve((0.60, 0.10), (0.68, 0.12), (0.695, 0.25), (0.655, 0.40), (0.585, 0.405), (0.55, 0.30), (0.555, 0.17)),
    )
    pen.fill("pale", curve((0.66, 0.55), (0.72, 0.48), (0.70, 0.58), (0.63, 0.66)))
