"""Pictures, tables and pages of results; computes nothing new."""
