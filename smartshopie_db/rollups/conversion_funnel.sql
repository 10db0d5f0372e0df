-- Sessions that reached a stage and all before it: with the assistant (count) and whether or not (all_count).
WITH reached AS (
    SELECT day,
           COUNT(*) AS visits,
           SUM(has_conversation) AS asked,
           SUM(CASE WHEN has_conversation = 1 AND has_product_view = 1 THEN 1 ELSE 0 END) AS asked_viewed,
           SUM(CASE WHEN has_conversation = 1 AND has_product_view = 1 AND has_product_added = 1
                    THEN 1 ELSE 0 END) AS asked_added,
           SUM(CASE WHEN has_conversation = 1 AND has_product_view = 1 AND has_product_added = 1 AND orders > 0
                    THEN 1 ELSE 0 END) AS asked_bought,
           SUM(has_product_view) AS viewed,
           SUM(CASE WHEN has_product_view = 1 AND has_product_added = 1 THEN 1 ELSE 0 END) AS added,
           SUM(CASE WHEN has_product_view = 1 AND has_product_added = 1 AND orders > 0 THEN 1 ELSE 0 END) AS bought
    FROM sessions
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
),
stages AS (
    SELECT day, 0 AS stage_order, visits AS count, visits AS all_count, visits, visits AS before FROM reached
    UNION ALL
    SELECT day, 1, asked, asked, visits, visits FROM reached
    UNION ALL
    SELECT day, 2, asked_viewed, viewed, visits, asked FROM reached
    UNION ALL
    SELECT day, 3, asked_added, added, visits, asked_viewed FROM reached
    UNION ALL
    SELECT day, 4, asked_bought, bought, visits, asked_added FROM reached
)
SELECT day,
       stage_order AS stage_name,
       stage_order,
       count,
       CAST(count AS DOUBLE PRECISION) * 100 / visits AS percentage,
       CASE WHEN stage_order > 0 AND before > 0
            THEN CAST(count - before AS DOUBLE PRECISION) * 100 / before END AS dropoff_rate,
       all_count
FROM stages
ORDER BY day, stage_order
