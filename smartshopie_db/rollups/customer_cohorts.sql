-- Customers born, and what the customers born on each day brought in.
WITH parts AS (
    SELECT first_day AS day, first_day, COUNT(*) AS customers, 0 AS net_revenue_minor
    FROM visitors
    WHERE first_day BETWEEN :first_day AND :last_day AND is_customer = 1
    GROUP BY first_day
    UNION ALL
    SELECT day, first_day, 0, SUM(net_revenue_minor)
    FROM visitor_days
    WHERE day BETWEEN :first_day AND :last_day AND is_customer = 1 AND net_revenue_minor <> 0
    GROUP BY day, first_day
)
SELECT day,
       first_day AS first_date,
       CAST(SUM(customers) AS BIGINT) AS customers,
       CAST(SUM(net_revenue_minor) AS BIGINT) AS net_revenue_minor
FROM parts
GROUP BY day, first_day
HAVING SUM(customers) <> 0 OR SUM(net_revenue_minor) <> 0
ORDER BY day, first_day
