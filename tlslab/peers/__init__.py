"""What talks: OpenSSL on memory BIOs, sans-IO. Knows bytes and events, neither sockets nor threads nor scenarios."""

# First of all: it points OPENSSL_CONF at an empty file, which has to stand before anything imports cryptography.
import tlslab.openssl  # noqa: F401
