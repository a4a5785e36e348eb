"""The lake: posts as Parquet files by platform and day, and a manifest that says which of them are to be read."""
