"""What can be seen: pages, cards, charts and numbers. Knows dash and plotly's JSON, and no SQL."""
