"""What a model is: the catalogue's rows, their format, and what a file of the user's own says."""
