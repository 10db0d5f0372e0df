-- Views, recommendations, orders and net revenue by product, under its newest name and category.
WITH parts AS (
    SELECT day, product_id,
           COUNT(*) AS views, 0 AS ai_recommendations, 0 AS recommendation_purchases,
           0 AS purchases, 0 AS revenue_minor
    FROM product_views
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, product_id
    UNION ALL
    SELECT day, product_id, 0, COUNT(*), SUM(purchased), 0, 0
    FROM recommendations
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, product_id
    UNION ALL
    SELECT day, product_id, 0, 0, 0, COUNT(DISTINCT order_id), SUM(revenue_minor)
    FROM order_lines
    WHERE day BETWEEN :first_day AND :last_day AND product_id IS NOT NULL
    GROUP BY day, product_id
    UNION ALL
    SELECT day, product_id, 0, 0, 0, 0, -SUM(amount_minor)
    FROM reversal_lines
    WHERE day BETWEEN :first_day AND :last_day AND product_id IS NOT NULL
    GROUP BY day, product_id
),
totals AS (
    SELECT day,
           product_id,
           CAST(SUM(views) AS BIGINT) AS views,
           CAST(SUM(ai_recommendations) AS BIGINT) AS ai_recommendations,
           CAST(SUM(recommendation_purchases) AS BIGINT) AS recommendation_purchases,
           CAST(SUM(purchases) AS BIGINT) AS purchases,
           CAST(SUM(revenue_minor) AS BIGINT) AS revenue_minor
    FROM parts
    GROUP BY day, product_id
)
SELECT t.day,
       t.product_id,
       CASE WHEN p.product_name <> '' THEN p.product_name ELSE t.product_id END AS product_name,
       CASE WHEN p.category <> '' THEN p.category ELSE 'Uncategorised' END AS category,
       t.views,
       t.ai_recommendations,
       t.purchases,
       CAST(t.revenue_minor AS DOUBLE PRECISION) / :minor_per_unit AS revenue,
       CASE WHEN t.views > 0 THEN CAST(t.purchases AS DOUBLE PRECISION) * 100 / t.views END AS conversion_rate,
       t.revenue_minor,
       t.recommendation_purchases
FROM totals t
LEFT JOIN products p ON p.product_id = t.product_id
ORDER BY t.day, t.product_id
