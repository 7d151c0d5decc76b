"""The simulator held against history."""
