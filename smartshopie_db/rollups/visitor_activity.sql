-- Visitors with a session, by the day of their session before.
SELECT day,
       previous_day AS previous_date,
       COUNT(*) AS visitors
FROM visitor_days
WHERE day BETWEEN :first_day AND :last_day AND sessions > 0
GROUP BY day, previous_day
ORDER BY day, previous_day
