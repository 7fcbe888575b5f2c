"""Bytes to trees of fields and back: bytes in, facts out.

This side knows what the RFCs say about bytes. It knows nothing of keys, files, sockets or screens.
"""
