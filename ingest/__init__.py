"""Facts: what a source said, when it said it, when we saw it, and what we truly looked at."""
