"""What the application's live page shows: figures of the last 24 hours, computed and kept by its own database.

Belongs here: when they are computed anew. Not here: the figures, which count for ten minutes
(`operational_schema/functions/analytics.sql`); they come from the operational side, because marts are as of the data.
"""

import psycopg

# A refresh may follow the last within a second; what nobody can read apart is not written.
REFRESH = """
    select public.refresh_realtime_metrics()
    where not exists (
        select from public.realtime_metrics as live
        where live.dimensions ->> 'window' = '24h' and live.timestamp > now() - interval '1 minute'
    )
"""
CLEAN_UP = "select public.cleanup_expired_realtime_metrics()"


def keep_live(operational_url: str) -> int:
    """Compute the figures anew where they are a minute old, and remove what has expired. Returns the figures written."""
    with psycopg.connect(operational_url) as operational:
        row = operational.execute(REFRESH).fetchone()
        if row is None:
            return 0
        operational.execute(CLEAN_UP)
        written: int = row[0]
        return written
