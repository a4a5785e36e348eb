"""Opinions: who complains, what is more than usual, and what the official page had to say to it."""
