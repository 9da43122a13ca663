"""Pictograms of what drives on a road: bicycle, bus, car, motorbike."""

from dbl_core.datasets.pictograms.pen import Pen, band, box, curve, oval, ring


def bicycle(pen: Pen) -> None:
    """Two thin hollow wheels with spokes, a diamond frame, saddle, handlebar and pedals."""
    rear, front, radius = (0.215, 0.66), (0.785, 0.66), 0.21
    for x, y in (rear, front):
        pen.fill("edge", ring(x, y, radius + 0.012, 0.07))
        pen.fill("dark", ring(x, y, radius, 0.046))
        for dx, dy in ((0.0, 1.0), (0.866, 0.5), (0.866, -0.5)):
            reach = radius - 0.04
            pen.fill("pale", band((x - dx * reach, y - dy * reach), (x + dx * reach, y + dy * reach), width=0.012))
        pen.fill("dark", oval(x, y, 0.03, 0.03))
    crank, seat, steer = (0.455, 0.67), (0.365, 0.33), (0.675, 0.30)
    frame = [
        (rear, crank),
        (rear, seat),
        (seat, crank),
        ((0.38, 0.385), (0.685, 0.35)),
        (crank, (0.69, 0.37)),
        (steer, front),
    ]
    pen.solid("body", *(band(*tube, width=0.042) for tube in frame))
    pen.solid("dark", band((0.27, 0.295), (0.37, 0.305), (0.45, 0.285), width=0.058, end_width=0.035))
    pen.solid("dark", band((0.675, 0.31), (0.66, 0.215), (0.74, 0.20), (0.80, 0.25), width=0.034))
    pen.solid("accent", oval(*crank, 0.06, 0.06))
    pen.fill("dark", band((0.455, 0.67), (0.50, 0.80), width=0.026), band((0.45, 0.81), (0.55, 0.81), width=0.036))
    pen.fill("dark", band((0.455, 0.67), (0.41, 0.54), width=0.026), band((0.36, 0.53), (0.46, 0.53), width=0.036))


def bus(pen: Pen) -> None:
    """A long tall box: row of big windows, folding door, destination sign, stripe, two wheels."""
    pen.solid("body", box(0.015, 0.16, 0.985, 0.78, corner=0.07))
    pen.fill("shade", box(0.015, 0.66, 0.985, 0.76, corner=0.02))
    pen.fill("accent", box(0.015, 0.555, 0.985, 0.605))
    for left in (0.06, 0.235, 0.41, 0.585):
        pen.fill("dark", box(left - 0.012, 0.268, left + 0.157, 0.522, corner=0.02))
        pen.fill("pale", box(left, 0.28, left + 0.145, 0.51, corner=0.015))
    pen.fill("dark", box(0.765, 0.268, 0.885, 0.75, corner=0.015))
    pen.fill("pale", box(0.778, 0.285, 0.820, 0.735), box(0.830, 0.285, 0.872, 0.735))
    pen.fill("pale", curve((0.91, 0.285), (0.975, 0.285), (0.98, 0.40), (0.975, 0.52), (0.91, 0.52)))
    pen.fill("dark", box(0.60, 0.18, 0.95, 0.245, corner=0.015))
    pen.fill("accent", box(0.63, 0.195, 0.92, 0.230))
    pen.fill("pale", box(0.945, 0.635, 0.985, 0.69))
    for x in (0.225, 0.66):
        pen.solid("dark", oval(x, 0.785, 0.105, 0.105))
        pen.fill("light", oval(x, 0.785, 0.052, 0.052))
        pen.fill("dark", oval(x, 0.785, 0.020, 0.020))


def car(pen: Pen) -> None:
    """A low saloon: bonnet, rounded cabin with two windows, boot, bumpers, lights, two big wheels."""
    pen.solid("shade", box(0.0, 0.60, 0.07, 0.67, corner=0.02), box(0.93, 0.60, 1.0, 0.67, corner=0.02))
    hull = curve(
        (0.025, 0.62), (0.03, 0.49), (0.13, 0.455), (0.22, 0.43), (0.29, 0.32), (0.38, 0.265), (0.52, 0.26),
        (0.61, 0.29),
        (0.71, 0.42), (0.86, 0.455), (0.96, 0.50), (0.975, 0.62), (0.95, 0.68), (0.50, 0.69), (0.05, 0.68),
    )  # fmt: skip
    pen.solid("body", hull)
    pen.fill(
        "dark",
        curve((0.275, 0.445), (0.33, 0.345), (0.41, 0.305), (0.46, 0.305), (0.46, 0.375), (0.46, 0.445), (0.36, 0.45)),
    )
    pen.fill(
        "dark",
        curve((0.495, 0.305), (0.57, 0.315), (0.655, 0.43), (0.64, 0.45), (0.57, 0.45), (0.495, 0.445), (0.495, 0.375)),
    )
    pen.fill("pale", ((0.315, 0.43), (0.365, 0.345), (0.44, 0.325), (0.44, 0.43)))
    pen.fill("pale", ((0.515, 0.43), (0.515, 0.325), (0.565, 0.335), (0.62, 0.43)))
    pen.fill("shade", band((0.04, 0.585), (0.5, 0.59), (0.96, 0.585), width=0.03))
    pen.fill("dark", band((0.478, 0.45), (0.478, 0.66), width=0.014), band((0.40, 0.505), (0.45, 0.505), width=0.022))
    pen.fill("dark", band((0.58, 0.505), (0.63, 0.505), width=0.022))
    pen.fill("pale", oval(0.935, 0.535, 0.034, 0.034))
    pen.fill("accent", box(0.03, 0.50, 0.07, 0.57, corner=0.01))
    for x in (0.225, 0.775):
        pen.solid("dark", oval(x, 0.675, 0.115, 0.115))
        pen.fill("light", oval(x, 0.675, 0.064, 0.064))
        pen.fill("dark", oval(x, 0.675, 0.024, 0.024))


def motorbike(pen: Pen) -> None:
    """Two fat tyres close to a heavy middle: engine with fins, fuel tank, long seat, exhaust, lamp, handlebar."""
    for x in (0.20, 0.80):
        pen.solid("dark", oval(x, 0.70, 0.20, 0.20))
        pen.fill("pale", oval(x, 0.70, 0.115, 0.115))
        pen.fill("dark", oval(x, 0.70, 0.085, 0.085))
        pen.fill("light", oval(x, 0.70, 0.042, 0.042))
    pen.solid("light", band((0.665, 0.29), (0.80, 0.70), width=0.055))
    pen.solid("shade", band((0.20, 0.70), (0.45, 0.66), width=0.06), band((0.24, 0.47), (0.45, 0.66), width=0.05))
    pen.solid("shade", box(0.36, 0.50, 0.61, 0.77, corner=0.05))
    for y in (0.555, 0.61, 0.665):
        pen.fill("pale", band((0.40, y), (0.57, y), width=0.024))
    pen.solid("pale", band((0.56, 0.75), (0.44, 0.80), (0.24, 0.815), (0.03, 0.785), width=0.045, end_width=0.075))
    pen.solid("body", curve((0.02, 0.47), (0.10, 0.44), (0.24, 0.45), (0.27, 0.51), (0.15, 0.525), (0.05, 0.56)))
    pen.solid(
        "dark",
        curve((0.13, 0.375), (0.22, 0.385), (0.34, 0.43), (0.45, 0.43), (0.47, 0.50), (0.34, 0.51), (0.17, 0.465)),
    )
    pen.solid(
        "body",
        curve((0.41, 0.40), (0.48, 0.33), (0.60, 0.315), (0.70, 0.37), (0.68, 0.47), (0.58, 0.525), (0.46, 0.51)),
    )
    pen.fill("accent", band((0.46, 0.445), (0.56, 0.415), (0.65, 0.42), width=0.04))
    pen.solid("dark", band((0.675, 0.31), (0.645, 0.195), (0.55, 0.185), width=0.042))
    pen.solid("body", oval(0.755, 0.315, 0.065, 0.075))
    pen.fill("pale", oval(0.785, 0.315, 0.034, 0.060))
    pen.solid("body", band((0.66, 0.545), (0.77, 0.465), (0.91, 0.50), (0.985, 0.59), width=0.045))
