"""Where results are kept: the SQLite store, and the exports made from it."""
