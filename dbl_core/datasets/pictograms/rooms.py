"""Pictograms of what stands in a room: bottle, chair, dining table, potted plant, sofa, screen."""

from dbl_core.datasets.pictograms.pen import Pen, band, box, curve, oval


def bottle(pen: Pen) -> None:
    """A wine bottle: straight body, round shoulders, long neck with a cap, paper label, gleam."""
    glass = curve(
        (0.455, 0.12), (0.545, 0.12), (0.55, 0.28), (0.58, 0.36), (0.655, 0.43), (0.67, 0.52), (0.67, 0.75),
        (0.665, 0.95),
        (0.62, 0.985), (0.38, 0.985), (0.335, 0.95), (0.33, 0.75), (0.33, 0.52), (0.345, 0.43), (0.42, 0.36),
        (0.45, 0.28),
    )  # fmt: skip
    pen.solid("body", glass)
    pen.solid("accent", box(0.44, 0.01, 0.56, 0.17, corner=0.018))
    pen.fill("dark", box(0.435, 0.145, 0.565, 0.175))
    pen.solid("pale", box(0.335, 0.56, 0.665, 0.83))
    pen.fill("accent", box(0.335, 0.585, 0.665, 0.615), box(0.335, 0.775, 0.665, 0.805))
    pen.fill("shade", oval(0.5, 0.695, 0.075, 0.055))
    pen.fill("light", band((0.395, 0.47), (0.385, 0.535), width=0.035), band((0.385, 0.86), (0.39, 0.93), width=0.035))
    pen.fill("light", band((0.48, 0.21), (0.478, 0.31), width=0.024))


def chair(pen: Pen) -> None:
    """A wooden chair seen from a corner: high back with slats, flat seat, four straight legs."""
    pen.solid("shade", box(0.385, 0.56, 0.445, 0.87), box(0.70, 0.56, 0.76, 0.83))
    pen.solid("body", box(0.54, 0.60, 0.615, 0.985))
    posts = (
        ((0.20, 0.04), (0.27, 0.03), (0.27, 0.985), (0.20, 0.985)),
        ((0.41, 0.01), (0.47, 0.0), (0.47, 0.50), (0.41, 0.50)),
    )
    slats = [
        ((0.20, y), (0.47, y - 0.04), (0.47, y + h - 0.04), (0.20, y + h))
        for y, h in ((0.04, 0.10), (0.215, 0.06), (0.345, 0.06))
    ]
    pen.solid("body", *posts, *slats)
    pen.fill("light", ((0.215, 0.06), (0.45, 0.026), (0.45, 0.055), (0.215, 0.09)))
    pen.solid("shade", ((0.19, 0.575), (0.56, 0.615), (0.79, 0.52), (0.79, 0.575), (0.56, 0.675), (0.19, 0.635)))
    pen.solid("accent", ((0.19, 0.565), (0.44, 0.475), (0.79, 0.515), (0.56, 0.61)))
    pen.fill("light", ((0.29, 0.56), (0.45, 0.505), (0.68, 0.53), (0.54, 0.585)))
    pen.fill("dark", box(0.20, 0.945, 0.275, 0.985), box(0.54, 0.945, 0.615, 0.985))


def diningtable(pen: Pen) -> None:
    """A laid table: cloth with a scalloped hem, plates with cutlery, a glass, legs below."""
    pen.solid("shade", box(0.11, 0.60, 0.175, 0.97), box(0.825, 0.60, 0.89, 0.97))
    pen.solid("shade", box(0.29, 0.60, 0.34, 0.87), box(0.66, 0.60, 0.71, 0.87))
    hem = [(0.99 - 0.98 * k / 14, 0.70 if k % 2 else 0.64) for k in range(15)]
    pen.solid("body", ((0.01, 0.50), (0.99, 0.50), *hem))
    pen.fill("accent", box(0.01, 0.565, 0.99, 0.605))
    pen.solid("light", ((0.15, 0.25), (0.85, 0.25), (0.995, 0.52), (0.005, 0.52)))
    for x, y, r in ((0.27, 0.42, 0.135), (0.73, 0.42, 0.135), (0.36, 0.295, 0.085), (0.64, 0.295, 0.085)):
        pen.solid("pale", oval(x, y, r, r * 0.42))
        pen.fill("accent", oval(x, y, r * 0.62, r * 0.25))
    pen.fill("dark", band((0.085, 0.46), (0.125, 0.375), width=0.022), band((0.915, 0.46), (0.875, 0.375), width=0.022))
    pen.fill("dark", band((0.43, 0.46), (0.425, 0.375), width=0.022), band((0.57, 0.46), (0.575, 0.375), width=0.022))
    pen.solid("dark", oval(0.5, 0.375, 0.055, 0.02), box(0.49, 0.24, 0.51, 0.375))
    pen.solid("accent", curve((0.43, 0.08), (0.57, 0.08), (0.575, 0.17), (0.53, 0.25), (0.47, 0.25), (0.425, 0.17)))
    pen.fill("pale", oval(0.5, 0.09, 0.065, 0.018))


def pottedplant(pen: Pen) -> None:
    """Seven pointed leaves with midribs that fan out of a flower pot with a thick rim."""
    pen.solid("dark", band((0.5, 0.62), (0.5, 0.35), width=0.034))
    leaves = (
        ((0.47, 0.60), (0.30, 0.57), (0.14, 0.62), (0.03, 0.55), (0.16, 0.48), (0.33, 0.49)),
        ((0.53, 0.60), (0.70, 0.57), (0.86, 0.62), (0.97, 0.55), (0.84, 0.48), (0.67, 0.49)),
        ((0.48, 0.55), (0.31, 0.44), (0.17, 0.36), (0.09, 0.21), (0.25, 0.24), (0.40, 0.37)),
        ((0.52, 0.55), (0.69, 0.44), (0.83, 0.36), (0.91, 0.21), (0.75, 0.24), (0.60, 0.37)),
        ((0.50, 0.55), (0.40, 0.36), (0.41, 0.17), (0.50, 0.0), (0.59, 0.17), (0.60, 0.36)),
    )
    for number, leaf in enumerate(leaves):
        pen.solid("body" if number < 2 else "shade" if number < 4 else "body", curve(*leaf))
        pen.fill("light", band(leaf[0], leaf[3], width=0.026, end_width=0.008))
    pen.solid("accent", ((0.30, 0.69), (0.70, 0.69), (0.635, 0.985), (0.365, 0.985)))
    pen.fill("pale", ((0.325, 0.80), (0.675, 0.80), (0.66, 0.865), (0.34, 0.865)))
    pen.solid("accent", box(0.26, 0.60, 0.74, 0.70, corner=0.02))
    pen.fill("dark", box(0.30, 0.685, 0.70, 0.715))


def sofa(pen: Pen) -> None:
    """A wide upholstered seat from the front: two back cushions, two seat cushions, thick rolled arms, short feet."""
    pen.solid("dark", box(0.09, 0.78, 0.16, 0.90), box(0.84, 0.78, 0.91, 0.90))
    pen.solid("shade", box(0.10, 0.20, 0.90, 0.70, corner=0.09))
    pen.solid("body", box(0.145, 0.25, 0.495, 0.56, corner=0.06), box(0.505, 0.25, 0.855, 0.56, corner=0.06))
    pen.fill("edge", box(0.492, 0.27, 0.508, 0.56))
    pen.fill("dark", *(oval(x, 0.39, 0.016, 0.016) for x in (0.25, 0.39, 0.61)))
    pen.solid("accent", ((0.64, 0.36), (0.79, 0.31), (0.845, 0.46), (0.69, 0.51)))
    pen.fill("pale", ((0.70, 0.375), (0.765, 0.355), (0.785, 0.44), (0.72, 0.46)))
    pen.solid("shade", box(0.08, 0.66, 0.92, 0.815, corner=0.03))
    pen.solid("light", box(0.15, 0.52, 0.495, 0.675, corner=0.045), box(0.505, 0.52, 0.85, 0.675, corner=0.045))
    pen.fill("edge", box(0.492, 0.54, 0.508, 0.67))
    for left in (0.0, 0.82):
        pen.solid("body", box(left + 0.02, 0.46, left + 0.16, 0.815, corner=0.03), oval(left + 0.09, 0.47, 0.09, 0.085))
        pen.fill("shade", oval(left + 0.09, 0.47, 0.05, 0.047))
        pen.fill("body", oval(left + 0.09, 0.47, 0.025, 0.023))


def tvmonitor(pen: Pen) -> None:
    """A flat screen on a stand: dark frame, bright panel with a slanting gleam, neck and foot."""
    pen.solid("shade", ((0.43, 0.70), (0.57, 0.70), (0.60, 0.86), (0.40, 0.86)))
    pen.solid("shade", box(0.25, 0.84, 0.75, 0.91, corner=0.03))
    pen.solid("dark", box(0.01, 0.09, 0.99, 0.74, corner=0.045))
    pen.fill("body", box(0.065, 0.145, 0.935, 0.65))
    pen.fill("light", ((0.13, 0.145), (0.33, 0.145), (0.16, 0.65), (0.065, 0.65), (0.065, 0.34)))
    pen.fill("pale", ((0.43, 0.145), (0.50, 0.145), (0.33, 0.65), (0.26, 0.65)))
    pen.fill("accent", oval(0.93, 0.695, 0.018, 0.018), box(0.44, 0.682, 0.56, 0.708))
