"""Feature flags: definitions in the flagd format, checked, compiled once into closures, evaluated."""
