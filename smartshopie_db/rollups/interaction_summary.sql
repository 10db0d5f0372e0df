-- Conversations by feature side by side, and how long the answers took.
WITH parts AS (
    SELECT day,
           COUNT(*) AS total,
           SUM(CASE WHEN feature = 'chat' THEN 1 ELSE 0 END) AS chat,
           SUM(CASE WHEN feature = 'questionnaire' THEN 1 ELSE 0 END) AS questionnaire,
           SUM(CASE WHEN feature = 'image' THEN 1 ELSE 0 END) AS image,
           SUM(CASE WHEN feature = 'routine' THEN 1 ELSE 0 END) AS routine,
           SUM(CASE WHEN feature = 'other' THEN 1 ELSE 0 END) AS other,
           0 AS response_ms_sum,
           0 AS response_count
    FROM conversations
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
    UNION ALL
    SELECT day, 0, 0, 0, 0, 0, 0, SUM(COALESCE(response_ms, 0)), COUNT(response_ms)
    FROM answers
    WHERE day BETWEEN :first_day AND :last_day
    GROUP BY day
),
totals AS (
    SELECT day,
           CAST(SUM(total) AS BIGINT) AS total,
           CAST(SUM(chat) AS BIGINT) AS chat,
           CAST(SUM(questionnaire) AS BIGINT) AS questionnaire,
           CAST(SUM(image) AS BIGINT) AS image,
           CAST(SUM(routine) AS BIGINT) AS routine,
           CAST(SUM(other) AS BIGINT) AS other,
           CAST(SUM(response_ms_sum) AS BIGINT) AS response_ms_sum,
           CAST(SUM(response_count) AS BIGINT) AS response_count
    FROM parts
    GROUP BY day
)
SELECT day,
       total AS total_interactions,
       chat AS chat_interactions,
       questionnaire AS questionnaire_interactions,
       image AS image_analysis_interactions,
       routine AS routine_planner_interactions,
       other AS other_interactions,
       CASE WHEN response_count > 0
            THEN CAST(response_ms_sum AS DOUBLE PRECISION) / 1000 / response_count END AS avg_response_time,
       response_ms_sum,
       response_count
FROM totals
ORDER BY day
