"""PEC (RFC 6109): where its pieces are, what daticert.xml says, and whether the whole agrees with itself."""
