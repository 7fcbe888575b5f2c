"""How the theme reaches Qt: the shipped fonts, one palette and one style sheet."""

from __future__ import annotations

from functools import cache

from PySide6.QtGui import QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

from tlslab.gui import theme
from tlslab.gui.theme import Theme
from tlslab.reference import resources


@cache
def load_fonts(family: str = "*") -> None:
    """Register shipped fonts under their own family names; those of the text first, the rest after the first paint."""
    for path in sorted(resources.resource_path("fonts").glob(f"{family}-*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def prepare(app: QApplication, chosen: Theme) -> None:
    """Dress a new application in what the first paint needs; `complete` does the rest."""
    load_fonts("TlslabSans")
    app.setFont(theme.sans())
    theme.choose(chosen)
    app.setPalette(palette(chosen))
    app.setStyleSheet(stylesheet(chosen, SHELL))


def complete(app: QApplication) -> None:
    """Load the other fonts and the rules for everything that the first paint does not show."""
    load_fonts("TlslabMono")
    app.setStyleSheet(stylesheet(theme.current()))


def apply(app: QApplication, chosen: Theme) -> None:
    """Dress the whole application in `chosen`; every widget is told and repaints."""
    theme.choose(chosen)
    app.setPalette(palette(chosen))
    app.setStyleSheet(stylesheet(chosen))


def palette(colors: Theme) -> QPalette:
    """Every role of QPalette from the tokens, so that no colour of the system shows through."""
    role = QPalette.ColorRole
    made = QPalette()
    for where, color in (
        (role.Window, colors.window),
        (role.WindowText, colors.text),
        (role.Base, colors.surface),
        (role.AlternateBase, colors.raised),
        (role.Text, colors.text),
        (role.Button, colors.surface),
        (role.ButtonText, colors.text),
        (role.BrightText, colors.text),
        (role.Light, colors.raised),
        (role.Midlight, colors.hairline),
        (role.Mid, colors.border),
        (role.Dark, colors.border),
        (role.Shadow, colors.window),
        (role.Highlight, colors.selection),
        (role.HighlightedText, colors.text),
        (role.Accent, colors.accent),
        (role.Link, colors.accent),
        (role.LinkVisited, colors.accent),
        (role.PlaceholderText, colors.faint),
        (role.ToolTipBase, colors.raised),
        (role.ToolTipText, colors.text),
    ):
        made.setColor(where, color)
    for where in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, colors.faint)
    return made


def stylesheet(colors: Theme, rules: str | None = None) -> str:
    """All rules, or `rules`, their `@token`s replaced by the colours."""
    sheet = SHELL + REST if rules is None else rules
    # Longest names first, so that "@ok_bg" is not taken for "@ok".
    for token, color in sorted(colors.tokens().items(), key=lambda each: -len(each[0])):
        sheet = sheet.replace(f"@{token}", color.name())
    return sheet


SHELL = """
QMenuBar { background: @chrome; color: @muted; padding: 2px 6px; font-size: 12px; }
QMenuBar::item { padding: 4px 9px; border-radius: 4px; background: transparent; }
Toolbar { background: @chrome; border: none; border-bottom: 1px solid @border; }
StatusBar { background: @chrome; border: none; border-top: 1px solid @border; }
Sidebar { background: @chrome; border: none; }
FirstRun { background: @window; border: none; }
QFrame[role="line"] { background: @border; border: none; }
QSplitter::handle { background: @border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QPushButton { background: @raised; color: @text; border: 1px solid @border; border-radius: 6px; }
QPushButton[role="primary"], QPushButton[role="hero"] { background: @accent; color: @on_accent;
  border: 1px solid @accent; }
QPushButton[role="hero"] { border-radius: 8px; }
QPushButton[role="primary"]:focus, QPushButton[role="hero"]:focus { border: 1px solid @text; }
QPushButton[role="primary"]:disabled { background: transparent; color: @faint; border: 1px solid @border; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: @accent; }
QPushButton[role="icon"] { background: transparent; border: 1px solid transparent; }
ViewSwitch { background: @window; border: 1px solid @border; border-radius: 6px; }
QPushButton[role="switch"] { background: transparent; color: @muted; border: 1px solid transparent; border-radius: 4px; }
QPushButton[role="switch"]:checked { background: @surface; color: @text; border: 1px solid @border; }
QPushButton[role="icon"]:disabled { background: transparent; }
QPushButton[iconed="24"] { padding-left: 24px; }
QPushButton[iconed="21"] { padding-left: 21px; }
QPushButton[iconed="20"] { padding-left: 20px; }
QPushButton[iconed="17"] { padding-left: 17px; }
QLineEdit, QComboBox, QPlainTextEdit { background: @surface; color: @text; border: 1px solid @border;
  border-radius: 6px; padding: 0 8px 0 10px; selection-background-color: @selection; selection-color: @text; }
QLineEdit { padding: 0 8px; placeholder-text-color: @faint; }
QLineEdit:disabled, QComboBox:disabled { background: transparent; color: @muted; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: none; }
QLabel { background: transparent; }
QLabel[role="text"] { color: @text; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="faint"] { color: @faint; }
"""
"""What the first paint shows; each rule is matched against each widget, so they are few."""

REST = """
QMenuBar::item:selected, QMenuBar::item:pressed { background: @hover; color: @text; }
QMenu { background: @raised; color: @text; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @hairline; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }
FormPanel, FormPanel QScrollArea, #form { background: @chrome; border: none; }
FormPanel { border-left: 1px solid @border; }
MakeForm { border-left: none; }
FormPanel QPlainTextEdit { border: 1px solid @border; border-radius: 6px; }
FormPanel QPlainTextEdit:focus { border: 1px solid @accent; }
QCheckBox { color: @text; spacing: 8px; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid @faint; border-radius: 3px; background: @surface; }
QCheckBox::indicator:checked { background: @accent; border: 1px solid @accent; }
QCheckBox::indicator:focus { border: 1px solid @text; }
QScrollBar:vertical { background: transparent; width: 9px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 9px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 24px; margin: 2px 1px 2px 2px; }
QScrollBar::handle:horizontal { min-width: 24px; margin: 2px 2px 1px 2px; }
QScrollBar::handle:hover { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @selection; }
QPushButton:focus { border: 1px solid @accent; }
QPushButton:disabled { background: transparent; color: @faint; }
QPushButton[role="stop"] { background: transparent; color: @fail; border: 1px solid @fail; }
QPushButton[role="stop"]:hover { background: @fail_bg; }
QPushButton[role="link"]:hover { background: @hover; }
QPushButton[role="link"]:focus { border: 1px solid @accent; }
QPushButton[role="icon"]:hover { background: @hover; }
QPushButton[role="icon"]:pressed, QPushButton[role="icon"]:checked { background: @selection; }
QPushButton[role="icon"]:focus { border: 1px solid @accent; }
QPushButton[role="small"] { border-radius: 4px; }
QPushButton[role="switch"]:focus { border: 1px solid @accent; }
QLineEdit:focus, QComboBox:focus, QPlainTextEdit:focus { border: 1px solid @accent; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @border; padding: 4px; outline: none;
  selection-background-color: @selection; selection-color: @text; }
QLabel[role="fail"] { color: @fail; }
QAbstractScrollArea { border: none; }
QAbstractScrollArea::corner { background: @surface; border: none; }
QAbstractItemView { background: @surface; color: @text; border: none; outline: none;
  selection-background-color: @selection; selection-color: @text; }
Palette { background: @raised; border: 1px solid @border; border-radius: 8px; }
QListView[role="words"] { background: @raised; border: 1px solid @border; padding: 4px; }
QListView[role="words"]::item { height: 24px; padding: 0 6px; border-radius: 4px; }
QListView[role="words"]::item:selected { background: @selection; color: @text; }
SideTree { background: @chrome; }
QHeaderView { background: @surface; border: none; }
QHeaderView::section { background: @surface; color: @muted; border: none; border-bottom: 1px solid @hairline;
  font-size: 11px; font-weight: 500; padding: 0 8px; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QDialogButtonBox QPushButton { padding: 4px 12px; min-width: 56px; }
QProgressBar { background: @hairline; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
"""
