"""Where messages come from: folders, mbox, Maildir, zip, tar, packed files and Outlook data files."""
