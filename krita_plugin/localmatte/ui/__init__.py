"""What the user sees: the menu's entries, the docker and its preview, and the progress window."""
