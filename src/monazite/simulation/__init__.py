"""What happens, month by month, when someone closes the tap."""
