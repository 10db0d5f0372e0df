-- Sessions, those with an order, and those with a credited one.
WITH totals AS (
    SELECT day,
           COUNT(*) AS sessions,
           SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS conversions,
           SUM(CASE WHEN credited_orders > 0 THEN 1 ELSE 0 END) AS credited
    FROM sessions
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
)
SELECT day,
       conversions,
       credited AS ai_attributed_conversions,
       sessions,
       CAST(conversions AS DOUBLE PRECISION) * 100 / sessions AS conversion_rate
FROM totals
ORDER BY day
