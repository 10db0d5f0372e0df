"""The invention behind seed_demo_data.py: a skincare and haircare store, as the events its clients would send.

`story.tell` is the way in. Everything is a function of the seed, the traffic level and the calendar
(docs/demo-store.md).
"""
