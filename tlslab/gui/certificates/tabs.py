"""The tabs of the page of certificates, by number; importing this imports no page."""

from __future__ import annotations

LIST, MAKE, VERIFY, COMPARE, EDIT, BROKEN, JOURNAL = range(7)
