"""Bytes made to annoy: a megabyte of whatever a decoder might choke on, and what it costs to read them."""
