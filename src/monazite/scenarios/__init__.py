"""Scenario files, and the only place where models meet."""
