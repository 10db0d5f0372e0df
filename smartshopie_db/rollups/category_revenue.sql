-- Revenue by category: one row per quantity that was sold in it, folded by folding.py into one per category (a sum of
-- fractions would depend on the order of the rows). Quantities count where the price does: in the store's currency.
WITH parts AS (
    SELECT day, category,
           SUM(revenue_minor) AS revenue_minor,
           SUM(CASE WHEN credited_feature IS NOT NULL THEN revenue_minor ELSE 0 END) AS credited_minor,
           SUM(revenue_minor) AS line_revenue_minor,
           SUM(cross_sell_minor) AS cross_sell_minor,
           SUM(upsell_minor) AS upsell_minor
    FROM order_lines
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, category
    UNION ALL
    SELECT day, category,
           -SUM(amount_minor),
           -SUM(CASE WHEN credited_feature IS NOT NULL THEN amount_minor ELSE 0 END),
           0, 0, 0
    FROM reversal_lines
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, category
),
totals AS (
    SELECT day,
           category,
           CAST(SUM(revenue_minor) AS BIGINT) AS revenue_minor,
           CAST(SUM(credited_minor) AS BIGINT) AS credited_minor,
           CAST(SUM(line_revenue_minor) AS BIGINT) AS line_revenue_minor,
           CAST(SUM(cross_sell_minor) AS BIGINT) AS cross_sell_minor,
           CAST(SUM(upsell_minor) AS BIGINT) AS upsell_minor,
           CAST(SUM(SUM(revenue_minor)) OVER (PARTITION BY day) AS BIGINT) AS whole
    FROM parts
    GROUP BY day, category
),
sold AS (
    SELECT l.day, l.category, l.quantity, COUNT(*) AS lines
    FROM order_lines l
    JOIN orders o ON o.order_id = l.order_id
    WHERE l.day BETWEEN :first_day AND :last_day AND o.in_store_currency = 1
    GROUP BY l.day, l.category, l.quantity
)
SELECT t.day,
       t.category AS category_name,
       CAST(t.revenue_minor AS DOUBLE PRECISION) / :minor_per_unit AS revenue_amount,
       CASE WHEN t.whole > 0 THEN CAST(t.revenue_minor AS DOUBLE PRECISION) * 100 / t.whole END AS percentage,
       CAST(t.credited_minor AS DOUBLE PRECISION) / :minor_per_unit AS ai_attributed_revenue,
       t.revenue_minor AS revenue_amount_minor,
       t.credited_minor AS ai_attributed_revenue_minor,
       t.line_revenue_minor,
       t.cross_sell_minor,
       t.upsell_minor,
       s.quantity,
       s.lines
FROM totals t
LEFT JOIN sold s ON s.day = t.day AND s.category = t.category
ORDER BY t.day, t.category, s.quantity
