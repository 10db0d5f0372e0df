-- Conversations that are billed, by feature. The price is applied when read (smartshopie_db/plan.py).
SELECT day,
       feature AS service_name,
       feature AS usage_type,
       COUNT(*) AS usage_count,
       COUNT(*) AS used,
       COUNT(*) AS total_usage
FROM conversations
WHERE day BETWEEN :first_day AND :last_day AND feature <> 'other'
GROUP BY day, feature
ORDER BY day, feature
