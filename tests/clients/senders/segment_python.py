"""Send so many events with Segment's Python library: segment_python.py FOLDER ADDRESS KEY HOW_MANY."""

import sys

folder, address, key, how_many = sys.argv[1:]
sys.path.insert(0, folder)

from segment.analytics.client import Client  # noqa: E402

lost = []
client = Client(key, host=address, on_error=lambda error, _batch: lost.append(error), max_queue_size=20_000)
for number in range(int(how_many)):
    client.track(f"user-{number % 50}", "Delivered", {"number": number, "note": "Crème"})
client.flush()
client.join()
sys.exit(f"given up: {lost}" if lost else 0)
