"""Reads the store for a window."""
