"""What readers see: made of what the sources and the store say, swapped at once, and told to who listens."""
