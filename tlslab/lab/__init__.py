"""What is run: scenarios, the link between two peers, the threads that drive them, and why a run failed.

Knows peers, certificates and events; knows no window and no terminal.
"""

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401
