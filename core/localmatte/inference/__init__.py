"""Running a network: its input and output, the sessions in memory, and the trial of providers."""
