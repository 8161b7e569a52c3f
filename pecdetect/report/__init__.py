"""Renders verdicts. Decides nothing; nothing of a message reaches a terminal or a page unescaped."""
