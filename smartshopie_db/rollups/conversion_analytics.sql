-- Conversions and abandoned carts on the day their session began.
WITH totals AS (
    SELECT day,
           COUNT(*) AS sessions,
           SUM(CASE WHEN orders > 0 THEN 1 ELSE 0 END) AS conversions,
           SUM(CASE WHEN credited_orders > 0 THEN 1 ELSE 0 END) AS credited,
           SUM(CASE WHEN has_product_added = 1 AND orders = 0 THEN 1 ELSE 0 END) AS abandoned_carts,
           SUM(CASE WHEN has_product_added = 1 AND orders = 0 THEN recovered ELSE 0 END) AS recovered_carts,
           SUM(CASE WHEN has_product_added = 1 AND orders = 0 THEN recovered_via_ai ELSE 0 END)
               AS recovered_carts_via_ai,
           CAST(SUM(CASE WHEN orders > 0 THEN first_order_ms - first_ms ELSE 0 END) AS BIGINT) AS convert_ms_sum
    FROM sessions
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
)
SELECT day,
       CAST(conversions AS DOUBLE PRECISION) * 100 / sessions AS overall_conversion_rate,
       CAST(credited AS DOUBLE PRECISION) AS ai_driven_conversions,
       CASE WHEN conversions > 0
            THEN CAST(credited AS DOUBLE PRECISION) * 100 / conversions END AS ai_driven_percentage,
       CASE WHEN abandoned_carts > 0
            THEN CAST(recovered_carts AS DOUBLE PRECISION) * 100 / abandoned_carts END AS cart_recovery_rate,
       CASE WHEN recovered_carts > 0
            THEN CAST(recovered_carts_via_ai AS DOUBLE PRECISION) * 100 / recovered_carts END AS cart_recovery_via_ai,
       CASE WHEN conversions > 0
            THEN CAST(convert_ms_sum AS DOUBLE PRECISION) / 60000 / conversions END AS avg_time_to_convert,
       sessions,
       conversions,
       abandoned_carts,
       recovered_carts,
       recovered_carts_via_ai,
       convert_ms_sum
FROM totals
ORDER BY day
