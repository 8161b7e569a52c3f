"""From a message to findings: typed facts, each with evidence. Knows PEC, S/MIME and the rest; nothing of Dynamics."""
