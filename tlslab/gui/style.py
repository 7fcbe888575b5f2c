"""How the theme reaches Qt: the shipped fonts, one palette and one style sheet."""

from __future__ import annotations

from PySide6.QtGui import QColor, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory

from tlslab.gui import theme
from tlslab.gui.theme import Theme
from tlslab.reference import resources

def load_fonts() -> None:
    """Register the shipped fonts under their own family names; call once, after QApplication."""
    for path in sorted(resources.resource_path("fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def apply(app: QApplication, chosen: Theme) -> None:
    """Dress the whole application in `chosen`; every widget is told and repaints."""
    theme.choose(chosen)
    app.setPalette(palette(chosen))
    app.setStyleSheet(stylesheet(chosen))


def prepare(app: QApplication, chosen: Theme) -> None:
    """Set style, fonts and theme of a new application."""
    app.setStyle(QStyleFactory.create("Fusion"))
    load_fonts()
    app.setFont(theme.sans())
    apply(app, chosen)


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


def stylesheet(colors: Theme) -> str:
    """The one style sheet, its `@token`s replaced by the colours."""
    sheet = _SHEET
    # Longest names first, so that "@ok_bg" is not taken for "@ok".
    for token in sorted(colors._fields, key=len, reverse=True):
        value = getattr(colors, token)
        if isinstance(value, QColor):
            sheet = sheet.replace(f"@{token}", value.name())
    return sheet


_SHEET = """
QMenuBar { background: @chrome; color: @muted; padding: 2px 8px; font-size: 13px; }
QMenuBar::item { padding: 4px 12px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: @hover; color: @text; }
QMenu { background: @raised; color: @text; border: 1px solid @border; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: @selection; }
QMenu::item:disabled { color: @faint; }
QMenu::separator { height: 1px; background: @hairline; margin: 4px 8px; }
QMenu::icon { padding-left: 8px; }
QToolTip { background: @raised; color: @text; border: 1px solid @border; padding: 4px 6px; }
QSplitter::handle { background: @border; }
QSplitter::handle:horizontal { width: 1px; }
QSplitter::handle:vertical { height: 1px; }
QScrollBar:vertical { background: transparent; width: 9px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 9px; margin: 0; }
QScrollBar::handle { background: @border; border-radius: 3px; }
QScrollBar::handle:vertical { min-height: 24px; margin: 2px 1px 2px 2px; }
QScrollBar::handle:horizontal { min-width: 24px; margin: 2px 2px 1px 2px; }
QScrollBar::handle:hover { background: @faint; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QToolButton { background: transparent; border: none; border-radius: 6px; color: @muted; }
QToolButton:hover { background: @hover; color: @text; }
QToolButton:pressed, QToolButton:checked { background: @selection; }
QToolButton:focus { border: 1px solid @accent; }
QToolButton::menu-indicator { image: none; }
QPushButton { background: @raised; color: @text; border: 1px solid @border;
  border-radius: 6px; padding: 0 13px; min-height: 26px; font-weight: 500; }
QPushButton:hover { background: @hover; }
QPushButton:pressed { background: @selection; }
QPushButton:focus { border: 1px solid @accent; }
QPushButton:disabled { background: transparent; color: @faint; }
QPushButton[role="primary"] { background: @accent; color: @on_accent; border: 1px solid @accent;
  font-weight: 600; }
QPushButton[role="primary"]:focus { border: 2px solid @text; }
QPushButton[role="primary"]:disabled { background: transparent; color: @faint;
  border: 1px solid @border; }
QPushButton[role="stop"] { background: transparent; color: @fail; border: 1px solid @fail;
  font-weight: 600; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: @accent;
  padding: 0 6px; }
QPushButton[role="link"]:hover { background: @hover; }
QPushButton[role="link"]:focus { border: 1px solid @accent; }
QLineEdit, QComboBox, QSpinBox, QPlainTextEdit { background: @surface; color: @text;
  border: 1px solid @border; border-radius: 6px; padding: 0 8px; min-height: 26px;
  selection-background-color: @selection; selection-color: @text; }
QLineEdit:focus, QComboBox:focus, QSpinBox:focus, QPlainTextEdit:focus {
  border: 1px solid @accent; }
QComboBox::drop-down { border: none; width: 24px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView { background: @raised; border: 1px solid @border; padding: 4px;
  outline: none; selection-background-color: @selection; selection-color: @text; }
QLabel { background: transparent; }
QAbstractScrollArea { border: none; }
QAbstractItemView { background: @surface; color: @text; border: none; outline: none;
  selection-background-color: @selection; selection-color: @text; }
QHeaderView { background: @surface; border: none; }
QHeaderView::section { background: @surface; color: @muted; border: none;
  border-bottom: 1px solid @hairline; font-size: 11px; font-weight: 500; padding: 0 8px; }
QProgressBar { background: @hairline; border: none; border-radius: 3px; max-height: 6px; }
QProgressBar::chunk { background: @accent; border-radius: 3px; }
QPushButton[role="hero"] { background: @accent; color: @on_accent; border: 2px solid @accent;
  border-radius: 8px; padding: 0 16px; }
QPushButton[role="hero"]:hover, QPushButton[role="primary"]:hover { background: @accent; }
QPushButton[role="hero"]:focus { border: 2px solid @accent; }
QPushButton[role="small"] { min-height: 18px; padding: 0 8px; font-size: 11px; border-radius: 4px; }
QLabel[role="title"] { color: @text; }
QLabel[role="muted"] { color: @muted; }
QLabel[role="faint"] { color: @faint; }
QLabel[role="fail"] { color: @fail; }
"""
