"""A run or a capture as JSON and as text: one writer for both faces."""
