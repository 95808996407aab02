"""Where values come from: files, variables, secrets and other sources, each a tree of leaves that know their origin."""
