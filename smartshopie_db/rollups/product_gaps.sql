-- Products asked for without a suitable one. potential_revenue needs the prices of a window, so it stays null here.
SELECT day,
       ROW_NUMBER() OVER (PARTITION BY day ORDER BY COUNT(*) DESC, product_name, category) AS gap_rank,
       product_name,
       category,
       CAST(COUNT(*) AS DOUBLE PRECISION) AS demand_score
FROM product_requests
WHERE day BETWEEN :first_day AND :last_day
GROUP BY day, product_name, category
ORDER BY day, product_name, category
