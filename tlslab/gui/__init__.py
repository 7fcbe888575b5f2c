"""The window. The only package that imports Qt; it holds no knowledge of TLS."""
