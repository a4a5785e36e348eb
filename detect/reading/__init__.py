"""Who complains, about what: a post in, a judgement out, with what moved it."""
