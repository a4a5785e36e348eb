"""The published copy as pandas frames."""

from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from ingest import settings
from ingest.database import connect
from ingest.errors import ConfigError, DatabaseError
from ingest.hostile import one_line
from ingest.published import published_path
from ingest.watchlist import Watchlist
from reports import cells
from reports.reading import label, require_judged, require_views
from reports.wording import instant

TABLES = "SELECT table_name FROM duckdb_columns() WHERE NOT internal AND database_name = current_database() GROUP BY 1"


class Published:
    """A published copy: each of its views and tables is a frame. It is opened for each question, and never held."""

    def __init__(self, copy: Path, watchlist: Watchlist) -> None:
        self.path = copy
        self.watchlist = watchlist
        with self.reading() as connection:
            run = require_judged(connection)
            require_views(connection)
            self.as_of, self.rule = run["as_of"], run["rule"]
            self.false_alarms_per_4_weeks = run["false_alarms_per_4_weeks"]
            self.label = label(connection)
            self._tables = sorted(name for (name,) in connection.execute(TABLES).fetchall())

    @contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the copy to read."""
        with connect(self.path, read_only=True) as connection:
            yield connection

    def ask(self, query: str, **values: Any) -> pd.DataFrame:
        """Answer a question in SQL, with values bound as $name; texts are cleaned of what a screen would obey."""
        frame: pd.DataFrame = self._answer(query, values).to_pandas()
        return frame

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """Answer the same in plain Python: unknown is None."""
        listed: list[dict[str, Any]] = self._answer(query, values).to_pylist()
        return listed

    def _answer(self, query: str, values: dict[str, Any]) -> pa.Table:
        with self.reading() as connection:
            reader = connection.sql(query, params=values or None).to_arrow_reader(100_000)
            batches = [cells.cleaned(batch) for batch in reader]
            return pa.Table.from_batches(batches or [cells.cleaned(cells.empty(reader.schema))])

    def frame(self, name: str) -> pd.DataFrame:
        """Give a whole view or table. Raises ConfigError, with those that there are, for one that is none."""
        if name not in self._tables:
            raise ConfigError(f"there is no table {one_line(name, 40)!r}; there are: {', '.join(self._tables)}")
        return self.ask(f'SELECT * FROM "{name}" ORDER BY COLUMNS(*)')  # noqa: S608  (a name that stands in the database)

    @property
    def services(self) -> list[str]:
        """Name the services that were judged, in the watchlist's order; those that are watched no more come last."""
        judged = [row["service"] for row in self.rows("SELECT DISTINCT service FROM alarms ORDER BY 1")]
        order = [*self.watchlist.services, *judged]
        return sorted(judged, key=order.index)

    def title(self, service: str) -> str:
        """Say a service's name as people write it; one that is watched no more keeps the name it has in the tables."""
        known = self.watchlist.services.get(service)
        return known.title if known else service

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in self._tables:
            raise AttributeError(name)
        return self.frame(name)

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._tables]

    def __repr__(self) -> str:
        return f"{self.path.name}, judged on what was known at {instant(self.as_of)}"

    def _repr_markdown_(self) -> str:
        said = f"**{self.path.name}**, judged on what was known at {instant(self.as_of)}"
        return f"{said}  \n*{self.label}*" if self.label else said


def open_published(database: str | Path, watchlist: Watchlist | None = None) -> Published:
    """Open what was published of a database; the copy itself may be named too.

    Raises DatabaseError, naming the next command, where nothing was published yet.
    """
    named = Path(database)
    copy = named if named.parent.name == "published" else published_path(named)
    if not copy.exists():
        raise DatabaseError(f"nothing is published of {named} yet; run: make ingest detect, or detect --db {named}")
    return Published(copy, watchlist or _watchlist_of(copy))


def _watchlist_of(copy: Path) -> Watchlist:
    """Read the watchlist as the doors do, from the folder in which they are called: that of `data`."""
    root = copy.absolute().parents[2]
    with chdir(root if (root / "data").is_dir() else Path.cwd()):
        return settings.load().watchlist
