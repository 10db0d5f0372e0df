-- Conversations by feature.
SELECT day,
       feature AS interaction_name,
       COUNT(*) AS count,
       CAST(COUNT(*) AS DOUBLE PRECISION) * 100 / SUM(COUNT(*)) OVER (PARTITION BY day) AS percentage
FROM conversations
WHERE day BETWEEN :first_day AND :last_day
GROUP BY day, feature
ORDER BY day, feature
