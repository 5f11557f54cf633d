"""The plot of the README: a small SVG, readable on light and dark pages, in which every group has its own scale.

Rates differ a thousandfold between a login and a 304, so the bars of a group are multiples of its best rival.
"""

from collections.abc import Sequence
from html import escape

from .report import OURS, RIVALS, Group, Line, number
from .roster import ROSTER

WIDTH, LEFT, RIGHT = 860, 260, 130
BAR, GAP, TOP = 14, 16, 56
COLOURS = {  # with contrast on white and on black
    "ours": "#2f81f7",
    "express": "#8f9aa6",
    "fastapi": "#c08a3e",
    "fastapi-quick": "#d1603d",
    "floor": "#5f9e5f",
}
STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.small { font-size: 11px; fill: #59636e }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 }
  .small { fill: #9198a1 }
}
"""


def draw(groups: Sequence[Group]) -> str:
    """The SVG document."""
    multiples = [[_multiple(group, line) for line in group.lines.values()] for group in groups]
    scale = (WIDTH - LEFT - RIGHT) / max(max(values) for values in multiples)
    height = TOP + sum(len(group.lines) * BAR + GAP for group in groups)
    title = "Answers a second, as multiples of the best rival in each row"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{title}">',
        f"<style>{STYLE}</style>",
        f'<text x="8" y="20">{title}</text>',
        *_legend(list(dict.fromkeys(server for group in groups for server in group.lines))),
    ]
    top = TOP
    for group, values in zip(groups, multiples, strict=True):
        middle = top + len(values) * BAR / 2
        name = group.scenario.replace("`", "")  # the tables are Markdown, this is not
        parts.append(f'<text x="{LEFT - 10}" y="{middle}" text-anchor="end">{escape(name)}</text>')
        connections = f"{group.connections} connections"
        parts.append(f'<text class="small" x="{LEFT - 10}" y="{middle + 14}" text-anchor="end">{connections}</text>')
        for line, multiple in zip(group.lines.values(), values, strict=True):
            words = f"{number(line.rate.median)} ({multiple:.1f}×)"
            parts += _bar(top, max(multiple * scale, 1), COLOURS[line.server], words)
            top += BAR
        top += GAP
    return "\n".join([*parts, "</svg>"]) + "\n"


def _multiple(group: Group, line: Line) -> float:
    """Its rate over the best rival's; ours is the median of the rounds' ratios, as in the table."""
    lead = group.leads["the best rival"].rate
    if line.server == OURS and lead is not None:
        return lead
    rivals = [each.rate.median for name, each in group.lines.items() if ROSTER[name].kind in RIVALS]
    best = max(rivals or [each.rate.median for each in group.lines.values()])
    return line.rate.median / (best or 1.0)


def _legend(servers: Sequence[str]) -> list[str]:
    parts = []
    for place, server in enumerate(servers):
        left = 8 + place * 170
        parts.append(f'<rect x="{left}" y="30" width="10" height="10" rx="2" fill="{COLOURS[server]}"/>')
        parts.append(f'<text class="small" x="{left + 15}" y="39">{ROSTER[server].title}</text>')
    return parts


def _bar(top: float, width: float, colour: str, words: str) -> list[str]:
    return [
        f'<rect x="{LEFT}" y="{top}" width="{width:.1f}" height="{BAR - 2}" rx="2" fill="{colour}"/>',
        f'<text class="small" x="{LEFT + width + 6:.1f}" y="{top + BAR - 4}">{words}</text>',
    ]
