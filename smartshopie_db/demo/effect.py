"""The true effect of the assistant on orders in the invented store: the only place that says it.

A tenth of the shoppers never gets the assistant (Experiment Viewed, variation "control"). Whether a visit *would* use
it is drawn for everybody alike; only where the shopper has it, it is used, and only where it is used, it changes what
happens.
"""

from typing import Final

EXPERIMENT: Final = "assistant-holdout"
# Share of shoppers without the assistant.
HOLDOUT: Final = 0.10
# A visit that uses the assistant ends in an order 1 + 0.9 times as often as the same visit would without it.
CONVERSION_EFFECT: Final = 0.9
# The chance that an order made with the assistant holds one more product than it would without it.
EXTRA_ITEM: Final = 0.35
