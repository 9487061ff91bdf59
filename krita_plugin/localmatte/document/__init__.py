"""Krita's documents: their layers, masks, pixels and selections."""
