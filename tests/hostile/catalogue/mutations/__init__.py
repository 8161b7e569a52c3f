"""A table of mutations for each part of a message where readers differ."""
