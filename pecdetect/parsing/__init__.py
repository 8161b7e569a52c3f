"""From bytes to a tree of parts: RFC 5322, 2045, 2046, 2047, 2231. Knows nothing of PEC or Dynamics."""
