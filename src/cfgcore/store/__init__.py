"""The durable home of documents, commits and audit: one small protocol, and the stores that keep it."""
