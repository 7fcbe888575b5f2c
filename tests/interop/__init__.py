"""Exported certificates in the hands of other programs: every server of the snippets against every client of them.

python -m tests.interop [--key TYPE]... [--host NAME]...
"""
