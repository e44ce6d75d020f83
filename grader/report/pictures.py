"""Pictures of small arrays as SVG: strips of cells, yours over expected, curves, bars."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from markupsafe import Markup, escape

from grader.report.text import clean
from grader.result import Picture

__all__ = ["caption", "drawn"]

CELL = 12
LEVELS = 8
SIDE = 132
WIDTH, HEIGHT = 420, 150
MARGIN = 56
#: Of a bar: its height with the gap, where it begins, and how long the highest is.
ROW, START, LONGEST = 20, 170, 190
#: As near as what is rounded to three digits can be told to be.
SAME = 2e-3
#: A curve that climbs further beyond the other leaves the picture.
BEYOND = 2.5
#: Beyond one that is level, in its size.
BEYOND_LEVEL = 8

Values = Sequence[Sequence[float | None]]


def caption(picture: Picture) -> str:
    what = clean(picture.what, 200)
    if picture.kind == "curves":
        high = span(picture.yours[0], picture.expected[0])[1]
        beyond = any(value is not None and value > high for value in picture.yours[0])
        edge = "; where yours runs along the edge, it is beyond it" if beyond else ""
        return f"{what}: yours and, dashed, what is expected{edge}"
    if picture.kind == "bars":
        return f"{what}: the highest is green; dashed is what guessing reaches"
    marks = "; a dot is on what differs" if len(differing(picture)) < sum(map(len, picture.yours)) else ""
    none = any(value is None for row in picture.yours for value in row)
    return f"{what}: orange is above 0, blue below{', grey no number' if none else ''}{marks}"


def drawn(picture: Picture) -> list[Markup]:
    """The pictures that belong beside one another, each with the words that stand for it."""
    if picture.kind == "curves":
        return [curves(picture)]
    if picture.kind == "bars":
        return [bars(picture)]
    most = largest(number for values in (picture.yours, picture.expected) for row in values for number in row)
    wrong = differing(picture)
    panels = [strips(picture.yours, most, "yours", wrong), strips(picture.expected, most, "expected")]
    pairs = comparable(picture)
    return [*panels, over(pairs)] if len(wrong) > 1 and pairs else panels


def differing(picture: Picture) -> list[tuple[int, int]]:
    """The cells (column, row) of which the two are not the same."""
    return [
        (x, y)
        for y, (mine, right) in enumerate(zip(picture.yours, picture.expected, strict=True))
        for x, (a, b) in enumerate(zip(mine, right, strict=True))
        if a is None or b is None or abs(a - b) > SAME * max(abs(a), abs(b))
    ]


def largest(numbers: Iterable[float | None]) -> float:
    return max((abs(number) for number in numbers if number is not None), default=0.0) or 1.0


def svg(width: float, height: float, words: str, parts: Iterable[str]) -> Markup:
    """`words` stand for the picture; what they and `parts` hold of a submission's text is escaped."""
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
    return Markup(f'<svg {size} role="img" aria-label="{words}">{"".join(parts)}</svg>')


# --- strips -------------------------------------------------------------------------------------------------


def strips(values: Values, most: float, label: str, wrong: Sequence[tuple[int, int]] = ()) -> Markup:
    """A cell for each number, the darker the further from 0, `most` the darkest."""
    long, high = max(len(row) for row in values), len(values)
    parts = [f'<text x="0" y="12">{label}</text><g transform="translate(0 18)">']
    parts.append(f'<rect class="frame" width="{long * CELL}" height="{high * CELL}"/>')
    parts += (
        f'<path class="{sign}" stroke-opacity="{level / LEVELS:g}" d="{path}"/>'
        for (sign, level), path in shades(values, most).items()
    )
    # Where every value differs, dots tell nothing.
    marked = wrong if len(wrong) < sum(map(len, values)) else ()
    dots = "".join(f"M{(x + 0.5) * CELL:g} {(y + 0.5) * CELL:g}h0" for x, y in marked)
    parts.append(f'<path class="dots" d="{dots}"/></g>' if dots else "</g>")
    differ = f"; {len(wrong)} of {sum(map(len, values))} values differ" if wrong else ""
    return svg(long * CELL + 1, high * CELL + 19, label + differ, parts)


def shades(values: Values, most: float) -> dict[tuple[str, int], str]:
    """A path through the cells of each colour and depth."""
    paths: dict[tuple[str, int], str] = {}
    for y, row in enumerate(values):
        for x, value in enumerate(row):
            level = LEVELS if value is None else round(LEVELS * abs(value) / most)
            if value and not level:
                level = 1  # no number but 0 looks like it
            if level:
                key = ("none" if value is None else "above" if value > 0 else "below", level)
                paths[key] = paths.get(key, "") + f"M{x * CELL} {(y + 0.5) * CELL:g}h{CELL}"
    return paths


def comparable(picture: Picture) -> list[tuple[float, float]]:
    """What is expected with yours, of the cells that have both."""
    return [
        (right, mine)
        for yours, expected in zip(picture.yours, picture.expected, strict=True)
        for mine, right in zip(yours, expected, strict=True)
        if mine is not None and right is not None
    ]


def over(pairs: Sequence[tuple[float, float]]) -> Markup:
    """Each value of yours over what is expected: what is right lies on the line."""
    most = largest(number for pair in pairs for number in pair)
    least = -most if any(number < 0 for pair in pairs for number in pair) else 0.0

    def at(number: float) -> float:
        return SIDE * (0.03 + 0.94 * (number - least) / (most - least))

    dots = "".join(f"M{at(right):.4g} {SIDE - at(mine):.4g}h0" for right, mine in dict.fromkeys(pairs))
    parts = [
        '<text x="0" y="12">yours over expected</text><g transform="translate(0 18)">',
        f'<rect class="frame" width="{SIDE}" height="{SIDE}"/>',
        f'<path class="axis" d="M0 {SIDE - at(0):.4g}H{SIDE}M{at(0):.4g} 0V{SIDE}"/>',
        f'<path class="right-line" d="M0 {SIDE}L{SIDE} 0"/><path class="points" d="{dots}"/></g>',
    ]
    return svg(
        SIDE + 1, SIDE + 19, "each value of yours over what is expected; right ones lie on the line", parts
    )


# --- curves -------------------------------------------------------------------------------------------------


def curves(picture: Picture) -> Markup:
    """Yours and, dashed, what is expected, over the steps."""
    mine, right = picture.yours[0], picture.expected[0]
    low, high = span(mine, right)
    steps = max(len(mine), len(right), 2) - 1

    def points(values: Sequence[float | None]) -> Iterator[str]:
        pen = "M"
        for step, value in enumerate(values):
            if value is None:
                pen = "M"
                continue
            x = MARGIN + (WIDTH - MARGIN) * step / steps
            y = HEIGHT * (high - min(max(value, low), high)) / (high - low)
            yield f"{pen}{x:.4g} {y:.4g}"
            pen = "L"

    ends = ((value, HEIGHT * (high - value) / (high - low) + 5) for value in (low, high))
    parts = [
        f'<g transform="translate(0 6)"><path class="axis" d="M{MARGIN} 0V{HEIGHT}H{WIDTH}"/>',
        *(f'<text class="end" x="{MARGIN - 5}" y="{y:.4g}">{value:.3g}</text>' for value, y in ends),
        f'<text x="{MARGIN}" y="{HEIGHT + 16}">0</text>',
        f'<text class="end" x="{WIDTH}" y="{HEIGHT + 16}">step {steps}</text>',
        f'<path class="dashed" d="{"".join(points(right))}"/>',
        f'<path class="mine" d="{"".join(points(mine))}"/></g>',
    ]
    return svg(WIDTH + 2, HEIGHT + 26, words(mine, right), parts)


def span(mine: Sequence[float | None], right: Sequence[float | None]) -> tuple[float, float]:
    """From the lowest to the highest; yours may leave the picture, what is expected does not."""
    known = [value for value in right if value is not None] or [0.0]
    own = [value for value in mine if value is not None] or known
    low, high = min(known), max(known)
    room = BEYOND * (high - low) or BEYOND_LEVEL * abs(high) or BEYOND
    low, high = min(low, max(min(own), low - room)), max(high, min(max(own), high + room))
    return (low, high) if high > low else (low - (abs(low) or 1.0), high + (abs(high) or 1.0))


def words(mine: Sequence[float | None], right: Sequence[float | None]) -> str:
    """What the two curves do, for who cannot see them."""
    told = (f"{name} {from_to(values)}" for name, values in (("yours", mine), ("expected", right)))
    return "; ".join(told)


def from_to(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None and math.isfinite(value)]
    if not known:
        return "has no numbers"
    return f"goes from {known[0]:.3g} to {known[-1]:.3g}" + (
        "" if len(known) == len(values) else ", with gaps"
    )


# --- bars ---------------------------------------------------------------------------------------------------


def bars(picture: Picture) -> Markup:
    """A line for each: its label, a bar, its value; chance as a dashed line through all."""
    values, (chance, *_) = picture.yours[0], picture.expected[0]
    names = [escape(clean(label, 24)) for label in picture.labels]
    known = [abs(value) for value in (*values, chance) if value is not None]
    most, top = max(known, default=0.0) or 1.0, max((v for v in values if v is not None), default=None)
    parts = []
    for line, (name, value) in enumerate(zip(names, values, strict=False)):
        y, long = line * ROW, LONGEST * max(value or 0.0, 0.0) / most
        kind = "bar top" if value is not None and value == top else "bar"
        parts.append(f'<text class="end" x="{START - 6}" y="{y + 14}">{name}</text>')
        parts.append(f'<rect class="{kind}" x="{START}" y="{y + 3}" width="{long:.4g}" height="{ROW - 6}"/>')
        parts.append(f'<text x="{START + long + 6:.4g}" y="{y + 14}">{told(value)}</text>')
    level = START + LONGEST * (chance or 0.0) / most
    parts.append(f'<path class="dashed" d="M{level:.4g} 0V{len(names) * ROW}"/>')
    words = "; ".join(f"{name}: {told(value)}" for name, value in zip(names, values, strict=False))
    return svg(WIDTH, len(names) * ROW + 2, f"{words}; guessing: {told(chance)}", parts)


def told(value: float | None) -> str:
    return "no number" if value is None else f"{value:.3g}"
