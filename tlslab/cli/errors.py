"""What a command cannot do for a user, as one sentence."""


class UsageError(Exception):
    """Nothing was done; the text says what, where and what to do. The exit code is 2."""
