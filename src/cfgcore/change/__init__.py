"""What happens when the configuration changes."""
