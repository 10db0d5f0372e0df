-- Ratings by what was rated.
WITH totals AS (
    SELECT day,
           CAST(SUM(CASE WHEN aspect = 'overall' THEN rating_milli ELSE 0 END) AS BIGINT) AS overall_milli_sum,
           SUM(CASE WHEN aspect = 'overall' THEN 1 ELSE 0 END) AS overall_count,
           CAST(SUM(CASE WHEN aspect = 'product_match' THEN rating_milli ELSE 0 END) AS BIGINT)
               AS product_match_milli_sum,
           SUM(CASE WHEN aspect = 'product_match' THEN 1 ELSE 0 END) AS product_match_count,
           CAST(SUM(CASE WHEN aspect = 'helpfulness' THEN rating_milli ELSE 0 END) AS BIGINT)
               AS helpfulness_milli_sum,
           SUM(CASE WHEN aspect = 'helpfulness' THEN 1 ELSE 0 END) AS helpfulness_count
    FROM ratings
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
)
SELECT day,
       CASE WHEN overall_count > 0
            THEN CAST(overall_milli_sum AS DOUBLE PRECISION) / 1000 / overall_count END AS overall_satisfaction,
       CASE WHEN product_match_count > 0
            THEN CAST(product_match_milli_sum AS DOUBLE PRECISION) / 1000 / product_match_count END
           AS product_match_quality,
       CASE WHEN helpfulness_count > 0
            THEN CAST(helpfulness_milli_sum AS DOUBLE PRECISION) / 1000 / helpfulness_count END AS ai_helpfulness,
       overall_milli_sum,
       overall_count,
       product_match_milli_sum,
       product_match_count,
       helpfulness_milli_sum,
       helpfulness_count
FROM totals
ORDER BY day
