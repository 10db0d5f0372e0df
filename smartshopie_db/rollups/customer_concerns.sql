-- Conversations by concern, and how many of them were resolved.
SELECT day,
       concern_name,
       concern_category,
       COUNT(*) AS query_count,
       CAST(SUM(resolved) AS DOUBLE PRECISION) * 100 / COUNT(*) AS ai_success_rate,
       SUM(resolved) AS resolved_count
FROM concerns
WHERE day BETWEEN :first_day AND :last_day
GROUP BY day, concern_name, concern_category
ORDER BY day, concern_name, concern_category
