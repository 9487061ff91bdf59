"""The worker: one process for each user that keeps the engine warm between clicks."""
