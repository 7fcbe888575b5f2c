"""What talks: OpenSSL on memory BIOs, sans-IO. Knows bytes and events, neither sockets nor threads nor scenarios."""
