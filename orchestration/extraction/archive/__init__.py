"""The archive: what has landed, and the marts, as Parquet files by tenant and month."""
