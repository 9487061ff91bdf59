"""What the operating system gives: files, folders, memory and cores."""
