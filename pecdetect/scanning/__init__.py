"""Finds messages in files and folders and runs the flow over them."""
