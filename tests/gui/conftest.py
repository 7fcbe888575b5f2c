"""The window's tests: off screen unless QT_QPA_PLATFORM says otherwise. Qt missing is a failure."""

from __future__ import annotations

import os

# Qt reads these when the application is made, which is after collection.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("QT_LOGGING_RULES", "*.debug=false")

# On purpose no importorskip: a Qt that cannot be loaded has to fail the run.
from PySide6 import QtWidgets

assert QtWidgets.QApplication is not None
