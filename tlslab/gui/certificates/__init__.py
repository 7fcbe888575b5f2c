"""The certificate workshop in the window: list, make, verify, compare, edit, break. What it decides is `pki`'s."""
