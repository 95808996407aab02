"""What plugins declare: sections of settings, rules, profiles and sources, and the registry that holds them all."""
