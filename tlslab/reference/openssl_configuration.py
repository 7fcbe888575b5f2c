"""Keeps the machine's own OpenSSL configuration out of the lab.

OpenSSL reads its configuration once, when cryptography loads it: the file that OPENSSL_CONF names, or one of the system's.
It could change groups, security level or padding of every handshake that the lab shows. So every package that uses
cryptography imports this module before anything else: it loads the library while OPENSSL_CONF names an empty file, and
puts the variable back, because an `openssl` that is started from here may want the machine's configuration.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module

_LIBRARY = "cryptography.hazmat.bindings._rust"


def _load() -> bool:
    before = os.environ.get("OPENSSL_CONF")
    if _LIBRARY in sys.modules:
        return before == os.devnull
    os.environ["OPENSSL_CONF"] = os.devnull
    try:
        import_module(_LIBRARY)
    finally:
        if before is None:
            del os.environ["OPENSSL_CONF"]
        else:
            os.environ["OPENSSL_CONF"] = before
    return True


CONFIGURATION_IS_OURS = _load()
"""False if cryptography was there first and had read the machine's own configuration."""
