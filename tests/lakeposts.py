"""Generated posts, as many as are asked for, the same ones for the same seed; and lakes made of them.

Of the texts 0.75 % name a service, and their lengths, and the share that is in other scripts, are those of 150,000 real
posts (the quantiles below are measured; no text is anybody's). They are drawn a day at a time, as columns: some million
a second.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ingest.lake import manifest, parquet
from ingest.lake.address import Address, open_address
from ingest.lake.manifest import Day, Manifest, Seen
from ingest.records import Window

NAMING = 0.0075
AT_HOME = 0.001
DELETED = 0.005
OTHER_SCRIPT = 0.38
LENGTHS = {
    "latin": (2, 41, 56, 69, 81, 94, 108, 121, 132, 142, 1084),
    "other": (2, 12, 18, 26, 35, 49, 67, 96, 144, 297, 510),
}
"""Characters, every tenth percentile."""

FIRST = date(2026, 4, 1)


def _words(*lines: str) -> tuple[str, ...]:
    return tuple(word for line in lines for word in line.split())


_LATIN = _words(
    "a morning coffee garden match goal song album train weather city photo dog street rain movie book friend week",
    "today people world market team night summer river light window paper idea story again never always really maybe",
    "later found bought made watched heard better small large first last it's don't \N{RIGHT SINGLE QUOTATION MARK}tis",
    "café naïve über señor 😀 🌧️ https://example.org/x #tag @somebody 2026 10:30 down slow",
)
_OTHER = _words(
    "утро кофе сад матч гол песня город фото собака улица дождь книга друг неделя",
    "сегодня люди мир рынок ночь лето река",
    "朝 庭 試合 歌 電車 天気 写真 犬 雨 映画 本 友達 今日 世界 夜 夏 川 光 窓 紙 話",
    "今天 天气 城市 照片 朋友 音乐 电影",
    "아침 커피 정원 경기 노래 날씨 도시 사진 거리 비 영화 친구 오늘 사람 세계 밤 여름 강",
    "صباح قهوة حديقة مدينة صورة مطر كتاب صديق اليوم",
)
_SAID = (
    "Claude is down again, 529 overloaded everywhere. ",
    "is claude down for anyone else? ",
    "Cl\u200dau\u200dde won't log in, 500. ",
    "claude code api error 500 since noon, cannot work ",
    "ＣＬＡＵＤＥ is not responding for me ",
    "ChatGPT down?? ",
    "wrote my tests with Claude and it went well ",
    "Gemini hit my usage limit already ",
    "Claude Monet, at the museum ",
    "GPT-5 feels dumber than last week ",
    "claudeが落ちてる、使えない ",
    "клод не работает, ошибка 500 ",
    "제미나이 안 돼요 ",
    "Opus 4.6 is overloaded, requests fail ",
    "anthropic status page says all is fine, yet nothing loads ",
)


class Letters:
    """A long text of random words, of which any stretch can be cut out by characters."""

    def __init__(self, words: Sequence[str], chance: np.random.Generator, size: int = 400_000) -> None:
        text = " ".join(chance.choice(np.array(words, object), size // 4))[:size]
        encoded = text.encode()
        self.bytes = np.frombuffer(encoded, np.uint8)
        starts = np.flatnonzero((self.bytes & 0xC0) != 0x80)
        self.offsets = np.append(starts, len(encoded)).astype(np.int64)

    def cut(self, lengths: np.ndarray, chance: np.random.Generator) -> pa.Array:
        """Cut as many stretches as there are lengths, in characters."""
        first = chance.integers(0, len(self.offsets) - 1 - lengths.max(), len(lengths))
        begin, end = self.offsets[first], self.offsets[first + lengths]
        sizes = end - begin
        ends = np.cumsum(sizes)
        where = np.arange(ends[-1]) + np.repeat(begin - (ends - sizes), sizes)
        offsets = np.concatenate([[0], ends]).astype(np.int32)
        return pa.StringArray.from_buffers(
            len(lengths), pa.py_buffer(offsets.tobytes()), pa.py_buffer(self.bytes[where].tobytes())
        )


def draw(day: date, count: int, seed: int = 17) -> Iterator[pa.Table]:
    """Draw the posts of a day of one platform, some at a time, in the columns of a lake."""
    chance = np.random.default_rng([seed, day.toordinal()])
    latin, other = Letters(_LATIN, chance), Letters(_OTHER, chance)
    for start in range(0, count, 200_000):
        yield _some(day, start, min(200_000, count - start), latin, other, chance)


def _some(day: date, start: int, n: int, latin: Letters, other: Letters, chance: np.random.Generator) -> pa.Table:
    strange = chance.random(n) < OTHER_SCRIPT
    many = int(strange.sum())
    plain = latin.cut(_lengths("latin", n - many, chance), chance)
    texts = pa.concat_arrays([plain, other.cut(_lengths("other", many, chance), chance)])
    rows = np.where(strange, n - many + np.cumsum(strange) - 1, np.cumsum(~strange) - 1)
    said = np.where(chance.random(n) < NAMING, chance.integers(1, len(_SAID) + 1, n), 0)
    prefix = pa.array(["", *_SAID]).take(pa.array(said))
    text = pc.binary_join_element_wise(prefix, texts.take(pa.array(rows)), "")
    gone = chance.random(n) < DELETED
    at_home = chance.random(n) < AT_HOME
    begin = int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp() * 1e6)
    # Busiest in the afternoon, and on some days one hour in which many complain.
    at = begin + (np.sort(chance.beta(2.5, 2, n)) * 86_399_000_000).astype(np.int64)
    number = (np.arange(start, start + n) + day.toordinal() * 100_000_000).astype(np.uint64)
    keys = (number * np.uint64(0x9E3779B97F4A7C15)).view(np.int64)
    people = chance.integers(1, max(n // 4, 2), n)
    times = pa.array(at, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
    columns: dict[str, Any] = {
        "post_key": pa.array(keys), "platform": pa.repeat("x", n),
        "place": pa.array(["", "r/ClaudeAI"]).take(pa.array(at_home.astype(np.int8))),
        "author_key": pa.array(people, pa.int64(), mask=gone | (chance.random(n) < 0.01)), "claimed_at": times,
        "received_at": times, "seen_at": times, "counted_at": times,
        "form": pa.repeat("post", n), "lang": pa.nulls(n, pa.string()),
        "text": pc.if_else(pa.array(gone), pa.scalar(None, pa.string()), text),
    }  # fmt: skip
    return pa.table(columns)


def _lengths(script: str, n: int, chance: np.random.Generator) -> np.ndarray:
    lengths: np.ndarray = np.interp(chance.random(n), np.linspace(0, 1, 11), LENGTHS[script]).astype(np.int64)
    return lengths


def fill(root: Path, days: int, per_day: int, author_key: str = "generated") -> Address:
    """Make a lake of generated days."""
    address = open_address(str(root))
    put(address, {FIRST + timedelta(days=n): draw(FIRST + timedelta(days=n), per_day) for n in range(days)}, author_key)
    return address


def put(address: Address, drawn: dict[date, Iterator[pa.Table]], author_key: str = "generated") -> None:
    """Write days of platform x to a lake that is covered throughout, as an export would."""
    written = []
    for day, tables in drawn.items():
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            for number, table in enumerate(tables):
                connection.register("drawn", table)
                connection.execute("CREATE TABLE posts AS FROM drawn" if not number else "INSERT INTO posts FROM drawn")
            part = parquet.write_part(address, connection, "SELECT * FROM posts", {}, ("x", day))
        assert part is not None
        written.append(Day("x", day, part.rows, "0", 1, (part,)))
    first, last = min(drawn), max(drawn) + timedelta(days=1)
    span = Window(*(datetime(one.year, one.month, one.day, tzinfo=UTC) for one in (first, last)))
    seen = Seen("file", "x", "", None, sum(day.rows for day in written), (span,))
    manifest.save(address, None, Manifest("live", author_key, (), (seen,)).with_days(written))
