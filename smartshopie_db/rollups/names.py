"""The words that users see for what is stored as a key, as a day is added up.

A visitor's segment gets its name where it is decided, in derive/customers.py.
"""

from collections.abc import Mapping
from typing import Final

FEATURE_NAMES: Final[Mapping[str, str]] = {
    "chat": "Chat Recommendations",
    "questionnaire": "Questionnaire Guidance",
    "image": "Image Analysis",
    "routine": "Routine Planner",
    "other": "Other",
}
"""Features where they sell or perform (revenue_attribution, ai_feature_performance)."""

INTERACTION_NAMES: Final[Mapping[str, str]] = {
    "chat": "Chat Sessions",
    "questionnaire": "Questionnaire",
    "image": "Image Analysis",
    "routine": "Routine Planner",
    "other": "Other",
}
"""Features where they are counted (interaction_types)."""

SERVICE_NAMES: Final[Mapping[str, str]] = {
    "chat": "Chat",
    "questionnaire": "Questionnaire",
    "image": "Image",
    "routine": "Routine",
}
"""Features on a bill (usage_breakdown)."""

FUNNEL_STAGES: Final = ("Page Visitors", "AI Interaction", "Product View", "Add to Cart", "Purchase")

DAY_BANDS: Final = (
    "Night (0-3)", "Night (3-6)", "Morning (6-9)", "Morning (9-12)",
    "Afternoon (12-15)", "Afternoon (15-18)", "Evening (18-21)", "Evening (21-24)",
)  # fmt: skip

PATTERN_NAMES: Final[Mapping[str, str]] = {str(band): name for band, name in enumerate(DAY_BANDS)} | {
    "preference_match": "Preference Match",
    "return_rate": "Returning Visitors",
}
"""Habits of a day (behavioral_patterns)."""

SEGMENTS: Final = ("New Visitors", "Returning Customers", "Loyalists", "Occasional Users")

TIERS: Final = ("High Value", "Medium Value", "Low Value")

TENURE_BANDS: Final[tuple[tuple[str, int, int], ...]] = (
    ("0-30d", 0, 30),
    ("31-60d", 31, 60),
    ("61-90d", 61, 90),
    ("91-180d", 91, 180),
    ("181-365d", 181, 365),
    ("1-2y", 366, 730),
    ("2y+", 731, 10**6),
)
"""Name, fewest and most days since the first day (docs/definitions.md, Customers)."""
