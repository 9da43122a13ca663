"""Pictograms of the animals of a farm: cow, horse, sheep."""

from dbl_core.datasets.pictograms.pen import Pen, band, box, curve, oval


def cow(pen: Pen) -> None:
    """Heavy barrel of a body with patches and udder; broad face with horns, ears and a wide muzzle."""
    pen.solid("dark", band((0.07, 0.38), (0.025, 0.5), (0.04, 0.64), width=0.03))
    pen.fill("dark", oval(0.04, 0.68, 0.032, 0.06))
    for x in (0.1, 0.2, 0.52, 0.62):
        pen.solid("body" if x in (0.1, 0.62) else "shade", box(x, 0.55, x + 0.085, 0.9))
        pen.fill("dark", box(x, 0.855, x + 0.085, 0.915))
    pen.solid("pale", oval(0.40, 0.69, 0.08, 0.062))
    pen.fill("accent", box(0.355, 0.73, 0.38, 0.775), box(0.42, 0.73, 0.445, 0.775))
    barrel = curve(
        (0.08, 0.36), (0.2, 0.29), (0.45, 0.31), (0.66, 0.27), (0.74, 0.4), (0.72, 0.6), (0.55, 0.67), (0.3, 0.68),
        (0.11, 0.64), (0.055, 0.5),
    )  # fmt: skip
    pen.solid("body", barrel)
    pen.fill("dark", curve((0.17, 0.31), (0.29, 0.305), (0.31, 0.42), (0.22, 0.49), (0.14, 0.42)))
    pen.fill("dark", curve((0.4, 0.45), (0.5, 0.42), (0.55, 0.53), (0.47, 0.62), (0.37, 0.58)))
    pen.fill("dark", curve((0.45, 0.32), (0.56, 0.3), (0.56, 0.37), (0.48, 0.38)))
    pen.solid("pale", band((0.70, 0.17), (0.63, 0.12), (0.645, 0.03), width=0.055, end_width=0.015))
    pen.solid("pale", band((0.86, 0.17), (0.93, 0.12), (0.915, 0.03), width=0.055, end_width=0.015))
    pen.solid("shade", oval(0.63, 0.235, 0.062, 0.036, turn=15), oval(0.93, 0.235, 0.062, 0.036, turn=-15))
    pen.solid(
        "body",
        curve(
            (0.69, 0.16), (0.78, 0.14), (0.87, 0.16), (0.885, 0.3), (0.86, 0.45), (0.78, 0.47), (0.70, 0.45),
            (0.675, 0.3),
        ),
    )  # fmt: skip
    pen.fill("dark", curve((0.78, 0.15), (0.87, 0.165), (0.88, 0.28), (0.83, 0.33), (0.79, 0.25)))
    pen.solid("pale", oval(0.78, 0.45, 0.115, 0.078))
    pen.fill("dark", oval(0.74, 0.44, 0.02, 0.026), oval(0.82, 0.44, 0.02, 0.026))
    pen.fill("dark", oval(0.735, 0.27, 0.018, 0.025))
    pen.fill("pale", oval(0.825, 0.27, 0.018, 0.025))


def horse(pen: Pen) -> None:
    """Arched long neck with a mane, long narrow head, slim legs in a trot, bushy tail."""
    tail = curve(
        (0.15, 0.39), (0.06, 0.39), (0.0, 0.52), (-0.005, 0.70), (0.02, 0.80), (0.075, 0.75), (0.095, 0.60),
        (0.17, 0.48),
    )  # fmt: skip
    pen.solid("dark", tail)
    pen.solid("shade", band((0.25, 0.58), (0.27, 0.72), (0.22, 0.95), width=0.09, end_width=0.045))
    pen.solid("shade", band((0.58, 0.56), (0.60, 0.73), (0.57, 0.95), width=0.08, end_width=0.045))
    hind = band((0.19, 0.52), (0.11, 0.70), (0.135, 0.80), (0.09, 0.95), width=0.14, end_width=0.045)
    fore = band((0.62, 0.54), (0.75, 0.63), (0.71, 0.78), width=0.11, end_width=0.045)
    trunk = curve(
        (0.12, 0.42), (0.22, 0.36), (0.40, 0.39), (0.52, 0.37), (0.61, 0.24), (0.67, 0.13), (0.75, 0.08), (0.80, 0.12),
        (0.81, 0.26), (0.75, 0.38), (0.70, 0.52), (0.60, 0.61), (0.42, 0.60), (0.24, 0.63), (0.13, 0.56),
    )  # fmt: skip
    head = curve(
        (0.71, 0.09), (0.79, 0.07), (0.86, 0.16), (0.965, 0.29), (0.955, 0.345), (0.89, 0.36), (0.80, 0.28),
        (0.71, 0.23),
    )  # fmt: skip
    pen.solid("body", hind, fore, trunk, head)
    mane = curve(
        (0.77, 0.045), (0.70, 0.05), (0.62, 0.14), (0.545, 0.27), (0.49, 0.37), (0.515, 0.43), (0.585, 0.38),
        (0.64, 0.29), (0.69, 0.19), (0.75, 0.115),
    )  # fmt: skip
    pen.solid("dark", mane)
    pen.solid("body", ((0.735, 0.105), (0.775, -0.015), (0.815, 0.10)))
    pen.fill("body", oval(0.78, 0.12, 0.035, 0.04))
    pen.fill("dark", box(0.065, 0.93, 0.135, 0.975), box(0.195, 0.93, 0.265, 0.975), box(0.545, 0.93, 0.615, 0.975))
    pen.fill("dark", band((0.715, 0.755), (0.70, 0.80), width=0.06))
    pen.fill("dark", oval(0.825, 0.165, 0.018, 0.018), oval(0.935, 0.305, 0.013, 0.013))
    pen.fill("accent", band((0.875, 0.18), (0.845, 0.31), width=0.024), band((0.79, 0.10), (0.77, 0.25), width=0.024))


def sheep(pen: Pen) -> None:
    """A woolly cloud on four thin dark legs, with a dark face that looks out of it."""
    for x in (0.2, 0.31, 0.56, 0.67):
        pen.solid("dark", box(x, 0.62, x + 0.06, 0.94, corner=0.02))
    wool = [
        (0.17, 0.46, 0.13), (0.22, 0.60, 0.13), (0.24, 0.33, 0.13), (0.40, 0.27, 0.14), (0.56, 0.29, 0.13),
        (0.68, 0.38, 0.13), (0.70, 0.53, 0.13), (0.62, 0.64, 0.12), (0.48, 0.66, 0.13), (0.34, 0.66, 0.12),
    ]  # fmt: skip
    pen.solid("light", *(oval(x, y, r, r) for x, y, r in wool), oval(0.44, 0.48, 0.3, 0.22))
    for x, y in ((0.22, 0.42), (0.36, 0.36), (0.5, 0.42), (0.3, 0.55), (0.44, 0.56)):
        pen.fill("shade", band((x - 0.05, y), (x, y + 0.045), (x + 0.05, y), width=0.022))
    pen.solid("dark", oval(0.655, 0.37, 0.075, 0.036, turn=20), oval(0.925, 0.37, 0.075, 0.036, turn=-20))
    face = curve(
        (0.72, 0.30), (0.79, 0.27), (0.86, 0.30), (0.885, 0.42), (0.845, 0.56), (0.79, 0.59), (0.735, 0.56),
        (0.695, 0.42),
    )  # fmt: skip
    pen.solid("dark", face)
    pen.solid("light", oval(0.74, 0.275, 0.06, 0.055), oval(0.79, 0.245, 0.065, 0.06), oval(0.845, 0.275, 0.06, 0.055))
    pen.fill("pale", oval(0.755, 0.41, 0.024, 0.03), oval(0.83, 0.41, 0.024, 0.03))
    pen.fill("dark", oval(0.76, 0.415, 0.01, 0.014), oval(0.825, 0.415, 0.01, 0.014))
    pen.fill("accent", oval(0.79, 0.53, 0.03, 0.018))
