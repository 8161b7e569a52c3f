"""The version, in one place."""

__version__ = "0.1.0"

RULE_SET = "2026-11"
"""Version of the catalogue of rules: the month in which one last changed."""
