-- Views, orders and net revenue by the category that a view or a line had.
WITH active AS (
    SELECT day, category, product_id
    FROM product_views
    WHERE day BETWEEN :first_day AND :last_day
    UNION
    SELECT day, category, product_id
    FROM order_lines
    WHERE day BETWEEN :first_day AND :last_day AND product_id IS NOT NULL
),
parts AS (
    SELECT day, category,
           COUNT(*) AS total_products, 0 AS total_views, 0 AS views_after_recommendation,
           0 AS purchases, 0 AS total_revenue_minor
    FROM active
    GROUP BY day, category
    UNION ALL
    SELECT day, category, 0, COUNT(*), SUM(after_recommendation), 0, 0
    FROM product_views
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, category
    UNION ALL
    SELECT day, category, 0, 0, 0, COUNT(DISTINCT order_id), SUM(revenue_minor)
    FROM order_lines
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, category
    UNION ALL
    SELECT day, category, 0, 0, 0, 0, -SUM(amount_minor)
    FROM reversal_lines
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, category
),
totals AS (
    SELECT day,
           category,
           CAST(SUM(total_products) AS BIGINT) AS total_products,
           CAST(SUM(total_views) AS BIGINT) AS total_views,
           CAST(SUM(views_after_recommendation) AS BIGINT) AS views_after_recommendation,
           CAST(SUM(purchases) AS BIGINT) AS purchases,
           CAST(SUM(total_revenue_minor) AS BIGINT) AS total_revenue_minor
    FROM parts
    GROUP BY day, category
)
SELECT day,
       category AS category_name,
       total_products,
       total_views,
       CAST(total_revenue_minor AS DOUBLE PRECISION) / :minor_per_unit AS total_revenue,
       CASE WHEN total_views > 0
            THEN CAST(purchases AS DOUBLE PRECISION) * 100 / total_views END AS avg_conversion_rate,
       CASE WHEN total_views > 0
            THEN CAST(views_after_recommendation AS DOUBLE PRECISION) * 100 / total_views END
           AS ai_recommendation_rate,
       purchases,
       total_revenue_minor,
       views_after_recommendation
FROM totals
ORDER BY day, category
