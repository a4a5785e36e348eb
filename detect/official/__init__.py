"""What the operator's page said, and when: its own times, what it answers, and what it says against itself."""
