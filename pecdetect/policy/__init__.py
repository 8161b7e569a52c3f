"""Findings and a profile to a verdict. Knows Dynamics; parses nothing. Rules are data, predicates pure."""
