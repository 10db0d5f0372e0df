"""What was viewed, recommended and sold."""

from __future__ import annotations

from typing import Final

from data import shapes
from data.dataset import COUNT, DATE, FLAG, MONEY, PERCENT, TEXT, Computed, Dataset, Dimension, Measure, Ratio

DATASETS: Final[tuple[Dataset, ...]] = (
    Dataset(
        name="products/analytics",
        title="Products",
        definition=(
            "The 20 products with the highest net revenue in the window (ties by product id). Purchases are orders "
            "with the product; revenue is what its order lines brought, less refunds and cancellations on the day "
            "they happened. Conversion rate = purchases / views. Name and category are the newest ones the store "
            "sent."
        ),
        table="product_analytics",
        top=20,
        order=("-revenue", "product_id"),
        rows=shapes.products,
        columns=(
            Computed("record_date", DATE, "The window's last covered day"),
            Dimension("product_id", "The store's id of the product"),
            Computed("product_name", TEXT, "Its newest name"),
            Computed("category", TEXT, "Its newest category"),
            Measure("views", COUNT, "Times viewed", up_is_good=True),
            Measure("ai_recommendations", COUNT, "Times recommended by the assistant", up_is_good=True),
            Measure("purchases", COUNT, "Orders with the product", up_is_good=True),
            Measure("revenue", MONEY, "Net revenue of its order lines", up_is_good=True, stored="revenue"),
            Ratio("conversion_rate", PERCENT, "Purchases, of its views", part="purchases", whole="views",
                  up_is_good=True),
        ),
    ),
    Dataset(
        name="products/recommended",
        title="Top recommended products",
        definition=(
            "The five products that the assistant recommended most often in the window (ties by product id). "
            "Conversion rate: of the recommendations, those whose visitor bought the product within 7 days; measured "
            "on the window moved back by 7 days, so that each has had its 7 days. Observed, not proof of cause."
        ),
        table="product_analytics",
        top=5,
        order=("-recommendations", "product_id"),
        rows=shapes.recommended_products,
        columns=(
            Dimension("product_id", "The store's id of the product"),
            Computed("product_name", TEXT, "Its newest name"),
            Measure("recommendations", COUNT, "Times recommended", up_is_good=True, column="ai_recommendations"),
            Measure("recommendation_purchases", COUNT, "Recommendations bought within 7 days", shown=False),
            Ratio("conversion_rate", PERCENT, "Recommendations whose visitor bought the product within 7 days",
                  part="recommendation_purchases", whole="recommendations", up_is_good=True, moved_back=7,
                  stored="conversion_rate"),
            Measure("revenue", MONEY, "Net revenue of the product in the window", up_is_good=True, stored="revenue"),
        ),
    ),
    Dataset(
        name="products/category-performance",
        title="Category performance",
        definition=(
            "Per day, week or month and category: different products viewed or sold, views, net revenue, purchases / "
            "views, and the share of views that came after the assistant had recommended the product in the same "
            "session. A product sold counts in the category of its order line."
        ),
        table="category_performance",
        axis="time",
        order=("record_date", "category_name"),
        columns=(
            Dimension("record_date", "The first calendar day of the bucket", DATE),
            Dimension("category_name", "The category"),
            Measure("total_products", COUNT, "Different products viewed or sold", up_is_good=None, days="distinct",
                    column="products", stored="total_products", through="category_products"),
            Measure("total_views", COUNT, "Product views", up_is_good=True),
            Measure("total_revenue", MONEY, "Net revenue", up_is_good=True, stored="total_revenue"),
            Measure("purchases", COUNT, "Orders with a product of the category", up_is_good=True, shown=False),
            Ratio("avg_conversion_rate", PERCENT, "Purchases, of the views", part="purchases", whole="total_views",
                  up_is_good=True, stored="avg_conversion_rate"),
            Measure("views_after_recommendation", COUNT, "Views after a recommendation", shown=False),
            Ratio("ai_recommendation_rate", PERCENT, "Views that came after a recommendation in the same session",
                  part="views_after_recommendation", whole="total_views", up_is_good=True,
                  stored="ai_recommendation_rate"),
            Computed("partial", FLAG, "The window or today cuts this bucket"),
        ),
    ),
    Dataset(
        name="products/cross-sell-upsell",
        title="Cross-sell and upsell by category",
        definition=(
            "Measured on orders that contain a product recommended to the visitor in the 7 days before. Cross-sell: "
            "the revenue of the other lines of these orders, in their own categories. Upsell: for a recommended "
            "product that was bought, its price above the last product of its category viewed before the "
            "recommendation. Both at the time of the order, not reduced by refunds. Observed, not proof of cause."
        ),
        table="category_revenue",
        order=("-cross_sell", "-upsell", "category"),
        columns=(
            Dimension("category", "The category of the order line", column="category_name"),
            Measure("cross_sell", MONEY, "Other lines of orders with a recommended product", up_is_good=True),
            Measure("upsell", MONEY, "Price above the product viewed before", up_is_good=True),
        ),
    ),
)
