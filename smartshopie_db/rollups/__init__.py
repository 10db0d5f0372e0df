"""What adds a range of days up: one SELECT per table (<table>.sql), and Python where a SELECT does not do."""
