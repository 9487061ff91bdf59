"""What localmatte's commands do inside GIMP 3; nothing here computes a matte itself."""
