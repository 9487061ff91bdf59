"""Pictures: files, pixels in memory, sizes, and resampling."""
