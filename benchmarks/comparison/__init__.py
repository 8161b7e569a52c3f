"""pecdetect beside other readers of e-mail: speed, memory and import time, measured in one run.

The messages are in ``cases``, the readers in ``readers``; ``probe`` runs one of them in a process of its own,
``timing`` runs them side by side, ``imports`` times imports and ``tables`` prints. ``outlook`` is the .msg side,
``corpus`` real mail.
"""
