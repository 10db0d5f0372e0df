-- Credited orders by the feature that has the credit, less their reversals on their own day.
WITH parts AS (
    SELECT day,
           credited_feature AS feature,
           COUNT(*) AS orders,
           SUM(CASE WHEN in_store_currency = 1 THEN revenue_minor ELSE 0 END) AS revenue_minor
    FROM orders
    WHERE day BETWEEN :first_day AND :last_day AND credited_feature IS NOT NULL
    GROUP BY day, credited_feature
    UNION ALL
    SELECT day, credited_feature, 0, -SUM(amount_minor)
    FROM reversals
    WHERE day BETWEEN :first_day AND :last_day AND credited_feature IS NOT NULL
    GROUP BY day, credited_feature
),
totals AS (
    SELECT day,
           feature,
           CAST(SUM(orders) AS BIGINT) AS orders,
           CAST(SUM(revenue_minor) AS BIGINT) AS revenue_minor,
           CAST(SUM(SUM(revenue_minor)) OVER (PARTITION BY day) AS BIGINT) AS whole
    FROM parts
    GROUP BY day, feature
)
SELECT day,
       feature AS ai_feature,
       CAST(revenue_minor AS DOUBLE PRECISION) / :minor_per_unit AS revenue_amount,
       CASE WHEN whole > 0 THEN CAST(revenue_minor AS DOUBLE PRECISION) * 100 / whole END AS percentage,
       revenue_minor AS revenue_amount_minor,
       orders
FROM totals
ORDER BY day, feature
