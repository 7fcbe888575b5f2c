"""Path validation that gives every reason, on bytes: malformed certificates are judged like others. No I/O."""
