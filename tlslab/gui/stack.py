"""The tooltip over a byte: every field that holds it, from the message down, each with the colour of its section."""

from __future__ import annotations

from html import escape

from tlslab.gui import theme
from tlslab.gui.explain import text_of
from tlslab.gui.tree_model import FieldModel, range_text
from tlslab.wire.field import Field

WIDTH = 400
"""Of the explanation, in pixels."""


def stack(field: Field) -> list[Field]:
    """`field` and all above it, the message first."""
    found = [field]
    while found[-1].parent is not None:
        found.append(found[-1].parent)
    return found[::-1]


def stack_html(fields: FieldModel, field: Field, *, expanded: bool) -> str:
    """Rich text of the tooltip; expanded, also path, place and explanation of the innermost field."""
    rows = "".join(_row(fields, each, innermost=each is field) for each in stack(field))
    more = _more(field) if expanded else ""
    hint = "" if expanded else f'<p style="color:{theme.current().faint.name()}; margin:4px 0 0 0">Shift: more</p>'
    return f'<table cellspacing="0" cellpadding="1">{rows}</table>{more}{hint}'


def _row(fields: FieldModel, field: Field, *, innermost: bool) -> str:
    colors = theme.current()
    number = fields.color_of(field)
    chip = colors.field_color(number).name() if number is not None else colors.border.name()
    name = f'<span style="font-weight:500">{escape(field.name)}</span>' if innermost else escape(field.name)
    mono = f'style="font-family:{theme.MONO}"'
    cells = (
        f'<td bgcolor="{chip}" width="3"></td>',
        f"<td {mono}>&nbsp;{name}&nbsp;&nbsp;</td>",
        f'<td style="color:{colors.muted.name()}">{_unbroken(_short(field.label))}&nbsp;&nbsp;</td>',
        f'<td align="right" style="color:{colors.faint.name()}; font-family:{theme.MONO}">{_unbroken(range_text(field))}</td>',
    )
    return f"<tr>{''.join(cells)}</tr>"


def _more(field: Field) -> str:
    text = text_of(field)
    start = field.start - field.parent.start if field.parent is not None else 0
    path = f'<span style="font-weight:600">{escape(field.path)}</span>'
    parts = (path, f"{escape(text.place)}, {start} from the start of its parent", escape(text.rfc), escape(text.body))
    body = "<br>".join(part for part in parts if part)
    # A table, because Qt's rich text knows no greatest width.
    return f'<table width="{WIDTH}" cellspacing="0" cellpadding="1" style="margin-top:6px"><tr><td>{body}</td></tr></table>'


def _unbroken(text: str) -> str:
    """`text` on one line: the tooltip would rather break it than be wide."""
    return escape(text).replace(" ", "&nbsp;")


def _short(text: str) -> str:
    return text if len(text) <= 48 else text[:47] + "…"
