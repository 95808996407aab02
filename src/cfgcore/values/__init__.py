"""Values that every stage shares: absence, freezing, origins, problems and names that look alike."""
