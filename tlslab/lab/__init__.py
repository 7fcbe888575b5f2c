"""What is run: scenarios, the link between two peers, the threads that drive them, and why a run failed.

Knows peers, certificates and events; knows no window and no terminal.
"""

# First of all: it points OPENSSL_CONF at an empty file, which has to stand before anything imports cryptography.
import tlslab.openssl  # noqa: F401
