-- Net revenue, and order values with and without the assistant at order time. The monthly figures belong to a window.
WITH parts AS (
    SELECT day,
           SUM(revenue_minor) AS net_revenue_minor,
           SUM(CASE WHEN credited_feature IS NOT NULL THEN revenue_minor ELSE 0 END) AS revenue_impact_minor,
           COUNT(*) AS orders,
           SUM(revenue_minor) AS order_revenue_minor,
           SUM(CASE WHEN credited_feature IS NOT NULL THEN 1 ELSE 0 END) AS ai_orders,
           SUM(CASE WHEN credited_feature IS NOT NULL THEN revenue_minor ELSE 0 END) AS ai_order_revenue_minor
    FROM orders
    WHERE day BETWEEN :first_day AND :last_day AND in_store_currency = 1
    GROUP BY day
    UNION ALL
    SELECT day,
           -SUM(amount_minor),
           -SUM(CASE WHEN credited_feature IS NOT NULL THEN amount_minor ELSE 0 END),
           0, 0, 0, 0
    FROM reversals
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
),
totals AS (
    SELECT day,
           CAST(SUM(net_revenue_minor) AS BIGINT) AS net_revenue_minor,
           CAST(SUM(revenue_impact_minor) AS BIGINT) AS revenue_impact_minor,
           CAST(SUM(orders) AS BIGINT) AS orders,
           CAST(SUM(order_revenue_minor) AS BIGINT) AS order_revenue_minor,
           CAST(SUM(ai_orders) AS BIGINT) AS ai_orders,
           CAST(SUM(ai_order_revenue_minor) AS BIGINT) AS ai_order_revenue_minor
    FROM parts
    GROUP BY day
),
averages AS (
    SELECT day,
           revenue_impact_minor,
           net_revenue_minor,
           orders,
           order_revenue_minor,
           ai_orders,
           ai_order_revenue_minor,
           CASE WHEN orders > 0
                THEN CAST(order_revenue_minor AS DOUBLE PRECISION) / :minor_per_unit / orders END AS each,
           CASE WHEN ai_orders > 0
                THEN CAST(ai_order_revenue_minor AS DOUBLE PRECISION) / :minor_per_unit / ai_orders END AS with_ai,
           CASE WHEN orders > ai_orders
                THEN CAST(order_revenue_minor - ai_order_revenue_minor AS DOUBLE PRECISION)
                     / :minor_per_unit / (orders - ai_orders) END AS without_ai
    FROM totals
)
SELECT day,
       CAST(revenue_impact_minor AS DOUBLE PRECISION) / :minor_per_unit AS total_revenue_impact,
       each AS avg_order_value,
       with_ai AS avg_order_value_with_ai,
       CASE WHEN without_ai > 0 THEN (with_ai - without_ai) * 100 / without_ai END AS avg_order_value_improvement,
       revenue_impact_minor,
       net_revenue_minor,
       orders,
       order_revenue_minor,
       ai_orders,
       ai_order_revenue_minor
FROM averages
ORDER BY day
