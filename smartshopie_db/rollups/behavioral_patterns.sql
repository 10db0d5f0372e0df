-- Session starts by 3-hour band; conversations whose recommendation was taken; visitors who had come before.
WITH patterns AS (
    SELECT day,
           'peak_activity' AS pattern_type,
           CAST(hour / 3 AS TEXT) AS pattern_name,
           COUNT(*) AS part,
           CAST(SUM(COUNT(*)) OVER (PARTITION BY day) AS BIGINT) AS whole
    FROM sessions
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, hour / 3
    UNION ALL
    SELECT day, 'preference_match', 'preference_match', SUM(matched), COUNT(*)
    FROM conversations
    WHERE day BETWEEN :first_day AND :last_day AND recommended = 1
    GROUP BY day
    UNION ALL
    SELECT day, 'return_rate', 'return_rate', SUM(CASE WHEN previous_day >= day - 30 THEN 1 ELSE 0 END), COUNT(*)
    FROM visitor_days
    WHERE day BETWEEN :first_day AND :last_day AND sessions > 0
    GROUP BY day
)
SELECT day,
       pattern_type,
       pattern_name,
       CAST(part AS DOUBLE PRECISION) * 100 / whole AS value,
       '%' AS metric_unit,
       part,
       whole
FROM patterns
ORDER BY day, pattern_type, pattern_name
