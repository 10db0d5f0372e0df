-- Products viewed or sold in a category, by the day before on which they were viewed or sold in it.
WITH active AS (
    SELECT day, category, product_id
    FROM product_views
    WHERE day BETWEEN :first_day AND :last_day
    UNION
    SELECT day, category, product_id
    FROM order_lines
    WHERE day BETWEEN :first_day AND :last_day AND product_id IS NOT NULL
),
chained AS (
    SELECT day, category, product_id, LAG(day) OVER (PARTITION BY category, product_id ORDER BY day) AS day_before
    FROM active
),
opened AS (
    SELECT c.category,
           c.product_id,
           (SELECT MAX(v.day) FROM product_views v
            WHERE v.product_id = c.product_id AND v.category = c.category AND v.day < :first_day) AS viewed,
           (SELECT MAX(o.day) FROM order_lines o
            WHERE o.product_id = c.product_id AND o.category = c.category AND o.day < :first_day) AS sold
    FROM chained c
    WHERE c.day_before IS NULL
)
SELECT c.day,
       c.category AS category_name,
       COALESCE(c.day_before, CASE WHEN o.viewed > o.sold OR o.sold IS NULL THEN o.viewed ELSE o.sold END)
           AS previous_date,
       COUNT(*) AS products
FROM chained c
LEFT JOIN opened o ON c.day_before IS NULL AND o.category = c.category AND o.product_id = c.product_id
GROUP BY c.day, c.category,
         COALESCE(c.day_before, CASE WHEN o.viewed > o.sold OR o.sold IS NULL THEN o.viewed ELSE o.sold END)
ORDER BY 1, 2, 3
