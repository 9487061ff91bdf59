"""Measures localmatte beside rembg and beside the bare network, in one run."""
