"""What is known about the numbers: the datasets, their windows, and how they are read."""
