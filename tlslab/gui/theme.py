"""Colours, sizes and type of the window, as named values.

Everything that is painted asks `current()` at the moment it paints, so that a change of
theme needs no more than a repaint. Nothing here knows what is shown. No dataclass and no
crypto: this module is imported before the first paint.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtGui import QColor, QFont

# Space and size, in logical pixels ---------------------------------------------------------
SPACE_4, SPACE_8, SPACE_12, SPACE_16, SPACE_24 = 4, 8, 12, 16, 24

CONTROL_HEIGHT = 28
TOOL_HEIGHT = 30
RADIUS = 6
CARD_RADIUS = 8
PILL_HEIGHT = 20
MENU_HEIGHT = 28
TOOLBAR_HEIGHT = 47
PANE_HEADER_HEIGHT = 33
COLUMN_HEADER_HEIGHT = 27
BANNER_HEIGHT = 60
STATUS_HEIGHT = 26

LOG_ROW = 25
TREE_ROW = 24
SIDE_ROW = 28
HEX_ROW = 22
HEX_CELL = 24

SIDEBAR_WIDTH = 236
SIDEBAR_WIDTH_WIDE = 272
RIGHT_COLUMN_WIDTH = 330
WIDE_WINDOW = 1600
"""From this window width on, the wide layout with the right column is used."""

ICON_SMALL = 16
ICON = 18
STROKE = 1.75

PARAGRAPH_LINE_HEIGHT = 138
"""Percent, for QTextBlockFormat.ProportionalHeight."""

# Families of the shipped fonts; `fonts.load` registers them.
SANS = "Tlslab Sans"
MONO = "Tlslab Mono"


class Theme(NamedTuple):
    """One set of colours; see the table of tokens in the project's notes on the look."""

    name: str
    """"dark" or "light"."""
    window: QColor
    chrome: QColor
    surface: QColor
    raised: QColor
    hover: QColor
    border: QColor
    hairline: QColor
    text: QColor
    muted: QColor
    faint: QColor
    accent: QColor
    on_accent: QColor
    selection: QColor
    client: QColor
    server: QColor
    ok: QColor
    ok_bg: QColor
    fail: QColor
    fail_bg: QColor
    warn: QColor
    warn_bg: QColor
    zero: QColor
    """Zero bytes in the hex pane."""
    fields: tuple[QColor, ...]
    """Colours of the top-level fields of a message, in turn; from Okabe and Ito's safe set."""
    field_alpha: float
    """Strength of a field's bytes when nothing is selected."""
    ancestor_alpha: float
    """Strength of the bytes of the selection's parent."""
    selected_alpha: float
    """Strength of the selected bytes."""

    def color(self, token: str) -> QColor:
        """The colour named `token`, e.g. "accent"; raises AttributeError for no such token."""
        value = getattr(self, token)
        if not isinstance(value, QColor):
            raise AttributeError(f"{token} is not a colour of the theme")
        return value

    def tint(self, token: str, alpha: float = 0.16) -> QColor:
        """The colour named `token` at `alpha` (0 to 1), for pills and field backgrounds."""
        tinted = QColor(self.color(token))
        tinted.setAlphaF(alpha)
        return tinted

    def field_color(self, index: int, alpha: float = 1.0) -> QColor:
        """Colour of the top-level field number `index` (from 0), the list being rotated."""
        colour = QColor(self.fields[index % len(self.fields)])
        colour.setAlphaF(alpha)
        return colour


def _colors(*names: str) -> tuple[QColor, ...]:
    return tuple(QColor(name) for name in names)


DARK = Theme(
    "dark",
    *_colors("#14171C", "#191D23", "#1D2229", "#252B34", "#2A313B", "#2F3742", "#262D36"),
    *_colors("#E4E8EE", "#A0A9B8", "#838E9F", "#5AA9FF", "#08131F", "#22384F"),
    *_colors("#5AB4F0", "#E8A33D", "#3CBF9A", "#17302C", "#FF7A59", "#3A2019"),
    *_colors("#F0C04C", "#352C16", "#5C6675"),
    fields=_colors(
        "#56B4E9", "#E69F00", "#2FBF9B", "#F0E442", "#5F8DF7", "#E8743B", "#CC79A7", "#9AA5B5"
    ),
    field_alpha=0.15,
    ancestor_alpha=0.28,
    selected_alpha=0.52,
)

LIGHT = Theme(
    "light",
    *_colors("#EEF0F3", "#F6F7F9", "#FFFFFF", "#F3F5F8", "#E9EDF3", "#CFD6DF", "#E4E8EE"),
    *_colors("#1A1F27", "#525C6B", "#636E7D", "#1666D6", "#FFFFFF", "#D6E6FB"),
    *_colors("#0B6FB5", "#9A5B00", "#0A7A5C", "#E0F3ED", "#B93A12", "#FCE8E1"),
    *_colors("#8A6100", "#FBF1D8", "#A3ACB9"),
    fields=_colors(
        "#56B4E9", "#E69F00", "#009E73", "#D9C700", "#0072B2", "#D55E00", "#CC79A7", "#8A93A3"
    ),
    field_alpha=0.16,
    ancestor_alpha=0.28,
    selected_alpha=0.46,
)

THEMES = {theme.name: theme for theme in (DARK, LIGHT)}

_current = DARK


def current() -> Theme:
    """The theme in use now. Ask at every paint; do not keep it."""
    return _current


def choose(theme: Theme) -> None:
    """Make `theme` the one that `current` gives. `style.apply` calls this and repaints."""
    global _current  # noqa: PLW0603 - one window system, one theme
    _current = theme


# Type ----------------------------------------------------------------------------------------
def sans(size: int = 13, weight: int = 400) -> QFont:
    """The proportional font: `size` in pixels, `weight` 400, 500 or 600."""
    return _font(SANS, "Inter", size, weight)


def mono(size: int = 12, weight: int = 400) -> QFont:
    """The fixed-width font, ligatures off so that each byte and sign keeps its own cell."""
    font = _font(MONO, "JetBrains Mono", size, weight)
    font.setFixedPitch(True)
    font.setStyleHint(QFont.StyleHint.Monospace)
    for feature in ("calt", "liga"):
        font.setFeature(QFont.Tag(feature), 0)
    return font


def _font(family: str, original: str, size: int, weight: int) -> QFont:
    font = QFont([family, original])
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    return font
