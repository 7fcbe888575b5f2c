"""The panes below and beside the message log, and the tabs of the log: each shows one thing of a connection."""
