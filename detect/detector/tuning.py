"""The detector's constants in one place, so that an ablation is one changed field."""

import msgspec


class Tuning(msgspec.Struct, frozen=True):
    """What the detector goes by. The defaults are the product; anything else is for `evaluate`.

    Chosen on simulated streams and on the counts of NAB's realTweets with outages injected, not on complaints.
    Evidence is in nats; a bucket is one slot of the grid, a block twelve of them: an hour of five-minute buckets.
    """

    rates: tuple[float, ...] = (2.0, 3.0, 5.0, 10.0, 30.0)
    """Outage sizes asked after, times the usual rate."""
    outsized: tuple[float, ...] = (30.0,)
    """Sizes asked after once more, with evidence that counts by its logarithm beyond the clip: short and enormous."""
    ranked: tuple[float, ...] = (7.0,)
    """Times its usual mean that the rarity of a bucket is asked for (see `alarms.by_rank`): blind to how large a storm
    is, it finds what is rare for long where bursts are common. Asked once a week of the past is known."""
    weigh: bool = True
    """Divide each question's value by the level that it would need by itself in the stream's own past."""
    full_weight: float = 1.5
    """Up to so many times the ideal level a question counts fully: what an ideal stream needs, give or take."""
    forgotten: float = 12.0
    """Evidence by which a value must fall from its highest to start again at zero: whatever it was is over."""
    clip_share: float = 0.55
    """Most evidence one bucket may give, as a share of the level that an ideal stream would have ..."""
    most_alone: float = 0.9
    """... and, for the outsized too, of the level in force: two buckets must agree, so that no storm fires alone."""
    price_of_minutes: float = 1.0
    """Evidence taken off what a bucket says before it is over: looked at five times, it gives chance five chances.

    Simulated at 20 people a bucket, false alarms over promised (one a week): .87 by the end of minutes 3 and 4 alone
    and without it, 1.43 by all four without it, .88 with it, and .73 with ln 5."""
    bounded_by_past: bool = True
    """Bound a bucket's evidence by how often the stream's own past was as surprising."""
    past_margin: float = 1.0
    """Evidence taken off that bound: a thing seen once in four weeks may not alarm by itself once in four weeks."""
    block_dispersion: bool = True
    """Take the block's dispersion where it exceeds the bucket's: what comes in bursts scatters more by the hour."""
    most_dispersion: float = 100.0
    known_weight: float = 0.25
    """How much of an episode is learned: with nothing a lasting change would never become the usual."""
    outlier: float = 2.58
    """Standardised residual of a block from which it loses weight, as its square (Noufaily et al. 2013)."""
    memory_people: float = 1000.0
    """People that the level remembers, within `memory_days`."""
    memory_days: tuple[float, float] = (3.0, 28.0)
    calibrate: bool = True
    """Set the level by the stream's own quiet hours; without, by the prior alone."""
    low_quantile: float = 0.90
    high_quantile: float = 0.98
    """Between these quantiles of the blocks' maxima the tail's slope is read off."""
    prior_quantile: float = 8.0
    prior_slope: float = 2.5
    """The same of a stream of which nothing is known: real ones are heavier than the ideal 4.7 and 1."""
    prior_blocks: float = 32.0
    """Blocks that the prior is worth."""
    prior_ranked: float = 2.0
    """Times that, of the question by ranks: it begins late, and the level by then is that of the others."""
    history_days: int = 56
    """How far back blocks' maxima are kept."""
    learning_days: float = 3.0
    """Covered days before anything is judged."""
    fewest_people: int = 3
    """People since the onset without whom there is no alarm, whatever the ratio."""
    floor: float = 0.01
    """Smallest expectation in people per bucket."""
    end_rate: float = 2.0
    """While complaints are this many times the usual, an episode is not over ..."""
    end_power: float = 0.4
    """... or, if that is more, this power of what they were in the episode."""
    end_level: float = 3.0
    """Evidence that complaints are back to the usual: twenty to one."""
    again: float = 5.0
    """Times its own height by which an episode must grow for another to be seen in it; 0: never."""
    longest_hours: float = 48.0
    """After so long an episode is taken for the new usual."""

    @property
    def asked(self) -> tuple[float, ...]:
        """All sizes asked after: a question each."""
        return self.rates + self.outsized

    @property
    def questions(self) -> int:
        """How many questions a stream is asked: after sizes, then after ranks."""
        return len(self.asked) + len(self.ranked)
