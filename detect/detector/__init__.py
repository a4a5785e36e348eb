"""Is it more than usual, since when, until when: counts in, episodes out, false alarms as rare as was promised."""
