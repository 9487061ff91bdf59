"""What localmatte does in GIMP 2.10."""
