"""The events that a shop and its assistant may send, by the names that our documents use; any other is stored too."""

SHOP_EVENTS = (
    "Products Searched", "Product List Viewed", "Product Clicked", "Product Viewed", "Product Added",
    "Product Removed", "Cart Viewed", "Checkout Started", "Order Completed", "Order Updated", "Order Refunded",
    "Order Cancelled", "Coupon Applied",
)  # fmt: skip
ASSISTANT_EVENTS = (
    "Conversation Started", "Message Sent", "Message Received", "Conversation Ended", "Tool Invoked",
    "Media Generated", "Component Loaded", "Feedback Submitted", "Recommendation Shown", "Recommendation Clicked",
    "Concern Detected", "Conversation Resolved", "Conversation Handed Off", "Product Requested",
    "Prediction Reviewed", "Invoice Paid", "Experiment Viewed",
)  # fmt: skip
KNOWN_EVENTS = frozenset(SHOP_EVENTS + ASSISTANT_EVENTS)
