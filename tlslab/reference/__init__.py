"""Texts and registries: what numbers are called and what fields are for."""
