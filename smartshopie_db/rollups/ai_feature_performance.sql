-- Conversations by feature, how they ended, and their overall ratings.
WITH parts AS (
    SELECT day, feature,
           COUNT(*) AS usage_count, SUM(resolved) AS resolved_count, SUM(closed) AS closed_count,
           0 AS rating_milli_sum, 0 AS rating_count
    FROM conversations
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, feature
    UNION ALL
    SELECT day, feature, 0, 0, 0, SUM(rating_milli), COUNT(*)
    FROM ratings
    WHERE day BETWEEN :first_day AND :last_day AND aspect = 'overall'
    GROUP BY day, feature
),
totals AS (
    SELECT day,
           feature,
           CAST(SUM(usage_count) AS BIGINT) AS usage_count,
           CAST(SUM(resolved_count) AS BIGINT) AS resolved_count,
           CAST(SUM(closed_count) AS BIGINT) AS closed_count,
           CAST(SUM(rating_milli_sum) AS BIGINT) AS rating_milli_sum,
           CAST(SUM(rating_count) AS BIGINT) AS rating_count
    FROM parts
    GROUP BY day, feature
)
SELECT day,
       feature AS feature_name,
       usage_count,
       CASE WHEN closed_count > 0 THEN CAST(resolved_count AS DOUBLE PRECISION) / closed_count END AS success_rate,
       CASE WHEN rating_count > 0
            THEN CAST(rating_milli_sum AS DOUBLE PRECISION) / rating_count / 5000 END AS user_satisfaction,
       resolved_count,
       closed_count,
       rating_milli_sum,
       rating_count
FROM totals
ORDER BY day, feature
