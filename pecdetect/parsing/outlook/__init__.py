"""Outlook's formats: the compound file of a .msg, MAPI properties and TNEF, read into the same tree as MIME."""
