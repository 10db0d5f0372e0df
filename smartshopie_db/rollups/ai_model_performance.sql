-- Answers and reviewed predictions by model: one row per pair of classes, folded by folding.py into one per model.
WITH answered AS (
    SELECT day,
           COALESCE(model, 'unknown') AS model,
           CAST(SUM(COALESCE(response_ms, 0)) AS BIGINT) AS response_ms_sum,
           COUNT(response_ms) AS response_count,
           CAST(SUM(COALESCE(confidence_milli, 0)) AS BIGINT) AS confidence_milli_sum,
           COUNT(confidence_milli) AS confidence_count
    FROM answers
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, COALESCE(model, 'unknown')
),
reviewed AS (
    SELECT day, model, predicted, actual, COUNT(*) AS pairs
    FROM predictions
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day, model, predicted, actual
),
models AS (
    SELECT day, model FROM answered
    UNION
    SELECT day, model FROM reviewed
)
SELECT m.day,
       m.model AS model_name,
       COALESCE(a.response_ms_sum, 0) AS response_ms_sum,
       COALESCE(a.response_count, 0) AS response_count,
       COALESCE(a.confidence_milli_sum, 0) AS confidence_milli_sum,
       COALESCE(a.confidence_count, 0) AS confidence_count,
       r.predicted,
       r.actual,
       r.pairs
FROM models m
LEFT JOIN answered a ON a.day = m.day AND a.model = m.model
LEFT JOIN reviewed r ON r.day = m.day AND r.model = m.model
ORDER BY m.day, m.model, r.predicted, r.actual
