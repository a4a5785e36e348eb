"""How many posts `judge` reads a second, beside a naive scan. A script, no test: `python tests/bench_judge.py`.

The posts are synthetic, drawn from a fixed seed: invented filler of a post's usual length, 97 % of which names no
service, 2 % by alias (a third of these complain) and 1 % in a service's place. The yardstick lowers each text and asks
for every phrase in turn, with `any(phrase in text)`: no word bounds, no places, no kinds.
"""

import random
import time
from collections.abc import Callable
from typing import Any

import pyarrow as pa

from detect import complaints, mentions, vocabulary
from ingest import watchlist

POSTS = 200_000
BATCH = 50_000
FILLER = tuple(
    word
    for line in (
        "the a morning coffee garden match goal song album train weather city photo dog street rain movie book",
        "friend week today people world market team night summer river light window paper idea story again never",
        "always really maybe later found bought made watched heard better small large first last",
    )
    for word in line.split()
)
SAID = ("is down again", "529 overloaded", "wrote my tests", "is great", "hit my usage limit", "drew a nice picture")


def draw(n: int, seed: int = 20260415) -> list[dict[str, Any]]:
    """Draw synthetic posts: the same ones for the same seed."""
    chance = random.Random(seed)
    posts = []
    for key in range(n):
        words = chance.choices(FILLER, k=chance.randint(4, 40))
        place, share = "", chance.random()
        if share < 0.02:
            words.insert(chance.randrange(len(words)), f"Claude {chance.choice(SAID)}")
        elif share < 0.03:
            place = "r/ClaudeAI"
        posts.append(
            {
                "post_key": key, "platform": "reddit" if place else "bluesky", "place": place, "author_key": key,
                "form": "post", "lang": "en", "text": " ".join(words).capitalize(),
            }
        )  # fmt: skip
    return posts


def timed(run: Callable[[], int]) -> tuple[float, int]:
    """Run once: seconds, and what it answers."""
    started = time.perf_counter()
    answer = run()
    return time.perf_counter() - started, answer


def main() -> None:
    """Print posts a second of both, from one run."""
    table = pa.Table.from_pylist(draw(POSTS))
    batches = table.to_batches(max_chunksize=BATCH)
    texts = table.column("text").to_pylist()
    rules = complaints.prepare(watchlist.load(), frozenset())
    phrases = [
        mentions.folded(phrase)
        for lists in vocabulary.load().values()
        for listed in lists.values()
        for phrase in listed
    ]

    def judge() -> int:
        return sum(len(complaints.judge(batch, rules)) for batch in batches)

    def naive() -> int:
        return sum(any(phrase in text for phrase in phrases) for text in map(str.lower, texts[: POSTS // 10]))

    print(
        f"synthetic posts: {POSTS:,}, {sum(map(len, texts)) / POSTS:.0f} characters on average; "
        f"{len(phrases):,} phrases"
    )
    seconds, rows = timed(judge)
    print(f"judge            {POSTS / seconds:>10,.0f} posts/s   {rows:,} rows")
    seconds, found = timed(naive)
    print(f"naive yardstick  {POSTS / 10 / seconds:>10,.0f} posts/s   {found:,} of a tenth match")


if __name__ == "__main__":
    main()
