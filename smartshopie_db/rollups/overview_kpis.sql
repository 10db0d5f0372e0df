-- The day's key figures. total_customers is a snapshot and is filled in by snapshots.py.
WITH parts AS (
    SELECT day,
           COUNT(*) AS sessions,
           SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS conversions,
           0 AS ai_interactions,
           0 AS new_customers,
           0 AS foreign_currency_orders,
           0 AS revenue_impact_minor
    FROM sessions
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
    UNION ALL
    SELECT day, 0, 0, COUNT(*), 0, 0, 0
    FROM conversations
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
    UNION ALL
    SELECT first_day, 0, 0, 0, COUNT(*), 0, 0
    FROM visitors
    WHERE first_day BETWEEN :first_day AND :last_day AND is_customer = 1
    GROUP BY first_day
    UNION ALL
    SELECT day, 0, 0, 0, 0,
           SUM(CASE WHEN in_store_currency = 0 THEN 1 ELSE 0 END),
           SUM(CASE WHEN in_store_currency = 1 AND credited_feature IS NOT NULL THEN revenue_minor ELSE 0 END)
    FROM orders
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
    UNION ALL
    SELECT day, 0, 0, 0, 0, 0, -SUM(amount_minor)
    FROM reversals
    WHERE day BETWEEN :first_day AND :last_day AND credited_feature IS NOT NULL
    GROUP BY day
),
totals AS (
    SELECT day,
           CAST(SUM(sessions) AS BIGINT) AS sessions,
           CAST(SUM(conversions) AS BIGINT) AS conversions,
           CAST(SUM(ai_interactions) AS BIGINT) AS ai_interactions,
           CAST(SUM(new_customers) AS BIGINT) AS new_customers,
           CAST(SUM(foreign_currency_orders) AS BIGINT) AS foreign_currency_orders,
           CAST(SUM(revenue_impact_minor) AS BIGINT) AS revenue_impact_minor
    FROM parts
    GROUP BY day
)
SELECT day,
       CASE WHEN sessions > 0 THEN CAST(conversions AS DOUBLE PRECISION) * 100 / sessions END AS conversion_rate,
       ai_interactions,
       CAST(revenue_impact_minor AS DOUBLE PRECISION) / :minor_per_unit AS revenue_impact,
       new_customers,
       sessions,
       conversions,
       revenue_impact_minor,
       foreign_currency_orders
FROM totals
ORDER BY day
