"""What installers and administrators do with whole files: make, examine and convert them."""
