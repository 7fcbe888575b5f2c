"""Colours, sizes and type of the window, as named values.

Everything that is painted asks `current()` at the moment it paints, so that a change of
theme needs no more than a repaint. Nothing here knows what is shown. No dataclass and no
crypto: this module is imported before the first paint.
"""

from __future__ import annotations

from functools import cache

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
FORM_WIDTH = 300
"""Of a form in a window that is not wide."""
DRAWER_BELOW = 1200
"""In a narrower window a form lies over the panes instead of pressing them together."""
WIDE_WINDOW = 1600
"""From this window width on, the wide layout with the right column is used."""

ICON_SMALL = 16
ICON = 18
STROKE = 1.75

# Families of the shipped fonts; `fonts.load` registers them.
SANS = "Tlslab Sans"
MONO = "Tlslab Mono"


class Theme:
    """One set of colours; see the table of tokens in the project's notes on the look. Nothing in it changes.

    A plain class: NamedTuple and dataclass both cost start-up time that nothing here needs.
    """

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

    def __init__(self, name: str, tokens: dict[str, str], fields: str, alphas: tuple[float, float, float]) -> None:
        for token, value in tokens.items():
            self.__dict__[token] = QColor(value)
        self.__dict__["name"] = name
        self.__dict__["fields"] = tuple(QColor(value) for value in fields.split())
        self.__dict__["field_alpha"], self.__dict__["ancestor_alpha"], self.__dict__["selected_alpha"] = alphas

    def __setattr__(self, token: str, value: object) -> None:
        raise AttributeError(f"{token} of a theme does not change")

    def tokens(self) -> dict[str, QColor]:
        """Every colour by the name of its token, the fields' aside."""
        return {token: value for token, value in self.__dict__.items() if isinstance(value, QColor)}

    def color(self, token: str) -> QColor:
        """The colour named `token`, e.g. "accent"; raises AttributeError for no such token."""
        value: QColor = getattr(self, token)
        return value

    def tint(self, token: str, alpha: float = 0.16) -> QColor:
        """The colour named `token` at `alpha` (0 to 1), for pills and field backgrounds."""
        # Not QColor(colour): that asks whether it is a Qt.GlobalColor and builds all enums of Qt, 13 ms at the start.
        tinted = QColor.fromRgb(self.color(token).rgb())
        tinted.setAlphaF(alpha)
        return tinted

    def field_color(self, index: int, alpha: float = 1.0) -> QColor:
        """Colour of the top-level field number `index` (from 0), the list being rotated."""
        colour = QColor.fromRgb(self.fields[index % len(self.fields)].rgb())
        colour.setAlphaF(alpha)
        return colour


DARK = Theme(
    "dark",
    {
        "window": "#14171C",
        "chrome": "#191D23",
        "surface": "#1D2229",
        "raised": "#252B34",
        "hover": "#2A313B",
        "border": "#2F3742",
        "hairline": "#262D36",
        "text": "#E4E8EE",
        "muted": "#A0A9B8",
        "faint": "#838E9F",
        "accent": "#5AA9FF",
        "on_accent": "#08131F",
        "selection": "#22384F",
        "client": "#5AB4F0",
        "server": "#E8A33D",
        "ok": "#3CBF9A",
        "ok_bg": "#17302C",
        "fail": "#FF7A59",
        "fail_bg": "#3A2019",
        "warn": "#F0C04C",
        "warn_bg": "#352C16",
        "zero": "#5C6675",
    },
    "#56B4E9 #E69F00 #2FBF9B #F0E442 #5F8DF7 #E8743B #CC79A7 #9AA5B5",
    (0.15, 0.28, 0.52),
)

LIGHT = Theme(
    "light",
    {
        "window": "#EEF0F3",
        "chrome": "#F6F7F9",
        "surface": "#FFFFFF",
        "raised": "#F3F5F8",
        "hover": "#E9EDF3",
        "border": "#CFD6DF",
        "hairline": "#E4E8EE",
        "text": "#1A1F27",
        "muted": "#525C6B",
        "faint": "#636E7D",
        "accent": "#1666D6",
        "on_accent": "#FFFFFF",
        "selection": "#D6E6FB",
        "client": "#0B6FB5",
        "server": "#9A5B00",
        "ok": "#0A7A5C",
        "ok_bg": "#E0F3ED",
        "fail": "#B93A12",
        "fail_bg": "#FCE8E1",
        "warn": "#8A6100",
        "warn_bg": "#FBF1D8",
        "zero": "#A3ACB9",
    },
    "#56B4E9 #E69F00 #009E73 #D9C700 #0072B2 #D55E00 #CC79A7 #8A93A3",
    (0.16, 0.28, 0.46),
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
    return QFont(_font(SANS, size, weight))


def mono(size: int = 12, weight: int = 400) -> QFont:
    """The fixed-width font, ligatures off so that each byte and sign keeps its own cell."""
    font = QFont(_font(MONO, size, weight))
    font.setFixedPitch(True)
    font.setStyleHint(QFont.StyleHint.Monospace)
    for feature in ("calt", "liga"):
        font.setFeature(QFont.Tag(feature), 0)
    return font


@cache
def _font(family: str, size: int, weight: int) -> QFont:
    font = QFont(family)
    font.setPixelSize(size)
    font.setWeight(QFont.Weight(weight))
    return font
