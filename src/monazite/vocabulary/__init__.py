"""The words and codes of the field."""
