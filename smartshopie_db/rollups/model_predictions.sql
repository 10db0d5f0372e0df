-- Reviewed predictions by what was said and what was true.
SELECT day,
       model AS model_name,
       predicted,
       actual,
       COUNT(*) AS count
FROM predictions
WHERE day BETWEEN :first_day AND :last_day
GROUP BY day, model, predicted, actual
ORDER BY day, model, predicted, actual
