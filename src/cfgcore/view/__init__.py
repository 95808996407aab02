"""The effective configuration as readers see it: frozen, shared, and able to say where each value came from."""
