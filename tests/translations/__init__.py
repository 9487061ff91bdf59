"""The texts for people: gathered from the sources, and compiled for the editors."""
