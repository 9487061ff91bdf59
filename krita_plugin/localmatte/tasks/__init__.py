"""What takes time: removals and downloads, each a request to the engine in a thread."""
