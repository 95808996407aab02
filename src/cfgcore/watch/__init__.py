"""Who is told of changes: listeners, each told in order, at its own pace, and on its own."""
