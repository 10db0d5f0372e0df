"""plotly.js as its package brings it, without what none of our charts asks for: a third less time of a first visit.

Every change is a replacement in the text; where the text of another version does not match, it stays as it is.
"""

from __future__ import annotations

import re
from typing import Final

# The list of kinds of charts; its first are bars. Lines need no place in it. The others (maps, 3D) would all be set up
# before the first chart is drawn: 500 ms.
_KINDS: Final = re.compile(rb"(?P<bars>\.register\(\[[\w$]+\(\))(?:,[\w$]+\(\))+(?=\]\))")
# The program of the maps' worker, one text of 0.5 MB: 57 KB of a first visit.
_WORKER: Final = re.compile(rb"(?<=\.exports=)'(?:[^'\\\n]|\\.){100000,}'")
# The outermost function is called at once, but stands without the brackets by which browsers know: they would read its
# 4 MB twice.
_BEGIN, _BRACKETED_BEGIN = b"this, () => {", b"this, (() => {"
_END, _BRACKETED_END = b"}));", b"})));"


def fitted(content: bytes) -> bytes:
    """The script with bars as the only registered kind of chart, without the maps' worker, and read once."""
    content = _KINDS.sub(rb"\g<bars>", content)
    content = _WORKER.sub(b"''", content)
    head, begin, rest = content.partition(_BEGIN)
    body, end, tail = rest.rpartition(_END)
    if not begin or not end or tail.strip():
        return content
    return b"".join((head, _BRACKETED_BEGIN, body, _BRACKETED_END, tail))
