"""Secrets: key schedules, opening and sealing records, key logs, and the checks recomputed from them.

Bytes in, facts out. This package knows no socket, no file, no trace and no window.
"""

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401
