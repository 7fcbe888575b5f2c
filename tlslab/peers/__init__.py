"""What talks: OpenSSL on memory BIOs, sans-IO. Knows bytes and events, neither sockets nor threads nor scenarios."""

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401
