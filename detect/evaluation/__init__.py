"""How good is all this: measured on labelled texts, on simulated counts and on real ones. Nothing here judges."""
