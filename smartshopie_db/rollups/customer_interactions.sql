-- The day's conversations: one row per concern, folded by folding.py into one per conversation.
SELECT c.day,
       c.conversation_id AS interaction_id,
       c.started_ms,
       c.feature AS interaction_type,
       c.visitor_id,
       c.session_id,
       c.messages AS message_count,
       c.response_ms_sum,
       c.response_count,
       c.rating_milli_sum,
       c.rating_count,
       c.recommended,
       c.outcome AS status_badge,
       v.customer_name,
       k.concern_name
FROM conversations c
LEFT JOIN visitors v ON v.visitor_id = c.visitor_id
LEFT JOIN concerns k ON k.concern_key = 'c:' || c.conversation_id
WHERE c.day BETWEEN :first_day AND :last_day
ORDER BY c.conversation_id, k.concern_name
