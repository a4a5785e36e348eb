"""Sentences: what facts and opinions come to, said to a person or a script."""
