"""Where the names of points go in a scatter plot, so that no two lie on each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

MARKER_PX = 10.0
LETTER_PX, LINE_PX = 6.3, 14.0
"""Size of a letter of the 11 px text of the figures."""
PLOT_PX = (560.0, 340.0)
"""Width and height of the plot that names are placed for: that of a page with room for little else."""

Box = tuple[float, float, float, float]


def name_positions(
    x: Sequence[float],
    y: Sequence[float],
    names: Sequence[str],
    *,
    plot_px: tuple[float, float] = PLOT_PX,
    beside: bool = False,
) -> list[str]:
    """Find a side of each point on which its name covers no other name and no other marker.

    Points are served in their order, so put those first whose names matter most.

    Args:
        x: (n,) places along the width of the plot, from 0 at its left to 1 at its right edge.
        y: (n,) places along its height, from 0 at its bottom to 1 at its top.
        names: (n,) the names.
        plot_px: width and height of the plot in pixels; a larger one gives the same names more room.
        beside: try right and left before above and below, for markers with an upright line through them.

    Returns:
        (n,) values of plotly's ``textposition``; "" where no side is free: leave that name to the hover text.
    """
    across, up = [place * plot_px[0] for place in x], [place * plot_px[1] for place in y]
    half = MARKER_PX / 2
    markers = [(a - half, u - half, a + half, u + half) for a, u in zip(across, up, strict=True)]
    taken: list[Box] = []
    positions = []
    for number, name in enumerate(names):
        others = markers[:number] + markers[number + 1 :]
        sides = list(_sides(across[number], up[number], LETTER_PX * len(name)))
        for position, box in sides[2:] + sides[:2] if beside else sides:
            if not any(_overlap(box, other) for other in (*others, *taken)):
                taken.append(box)
                positions.append(position)
                break
        else:
            positions.append("")
    return positions


def _sides(across: float, up: float, width: float) -> Iterator[tuple[str, Box]]:
    gap, half = MARKER_PX / 2, width / 2
    yield "top center", (across - half, up + gap, across + half, up + gap + LINE_PX)
    yield "bottom center", (across - half, up - gap - LINE_PX, across + half, up - gap)
    yield "middle right", (across + gap, up - LINE_PX / 2, across + gap + width, up + LINE_PX / 2)
    yield "middle left", (across - gap - width, up - LINE_PX / 2, across - gap, up + LINE_PX / 2)


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
