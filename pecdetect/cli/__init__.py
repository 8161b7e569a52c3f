"""The command line: a thin face on ``scan/`` and ``report/``."""
