"""Files in: Segment messages, Shopify orders, and any CSV or Parquet with a mapping, all through the same ingest().

Each reader turns a file into a stream of `Step`s; `run.py` sends them to the store in batches, remembers how far it
got, and reports.
"""
