-- SmartShopie Analytics: every table of the store. SQLite and PostgreSQL both take this file as it is,
-- on an empty database and again on the same one:  sqlite3 smartshopie_dashboard.db < database_schema.sql
--
-- Conventions
--   *_ms         integer milliseconds since 1970-01-01 UTC (a moment), or a duration where the name says so
--   day          integer days since 1970-01-01 in the store's time zone (record_date is the same day as ISO text)
--   *_minor      money in the store's currency as an integer of minor units (cents); the REAL column of the same
--                name without the suffix is the same amount for people who read with SQL
--   *_milli      a measured value times 1000, rounded (ratings, confidence), so that sums are exact
--   source       'events' = computed from events; 'imported' = an original database or add_*(); events win when read
-- Three kinds of tables: what is received (1), what is derived from it per visitor or order (2),
-- and what is added up per day (3). Only (1) is ever written by hand or over HTTP.

-- ------------------------------------------------------------------ 0. the store about itself
-- timezone, currency, attribution_days, schema_version, data_version, newest_day, first_day, contents (demo|imported), ...
CREATE TABLE IF NOT EXISTS store (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- ------------------------------------------------------------------ 1. what is received
-- One Segment-shaped message. visitor_id is the only derived column (identity resolution rewrites it).
CREATE TABLE IF NOT EXISTS events (
    message_id        TEXT    NOT NULL PRIMARY KEY,
    type              TEXT    NOT NULL,              -- track identify page screen group alias
    event             TEXT,                          -- the canonical name of a track message
    occurred_ms       BIGINT  NOT NULL,
    received_ms       BIGINT  NOT NULL,
    day               INTEGER NOT NULL,
    user_id           TEXT,
    anonymous_id      TEXT,
    visitor_id        TEXT    NOT NULL,              -- u:<userId> | a:<anonymousId> | g:<messageId> (neither id)
    client_session_id TEXT,
    conversation_id   TEXT,
    order_id          TEXT,
    source            TEXT    NOT NULL,              -- http | demo | import:<format> | api, as the sender was
    body              TEXT    NOT NULL               -- JSON {"properties": {}, "traits": {}, "context": {}}, empty parts left out
);
CREATE INDEX IF NOT EXISTS events_visitor      ON events (visitor_id);
CREATE INDEX IF NOT EXISTS events_anonymous    ON events (anonymous_id, occurred_ms) WHERE anonymous_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_order        ON events (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_conversation ON events (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE INDEX IF NOT EXISTS events_occurred     ON events (occurred_ms);

-- What could not be accepted, with the reason; replayable.
CREATE TABLE IF NOT EXISTS rejected_events (
    rejected_id TEXT   NOT NULL PRIMARY KEY,         -- hash of source, body and code: the same mistake twice is one row
    received_ms BIGINT NOT NULL,                     -- of the latest time it came
    times       INTEGER NOT NULL DEFAULT 1,
    source      TEXT   NOT NULL,
    code        TEXT   NOT NULL,
    message     TEXT   NOT NULL,
    message_id  TEXT,
    body        TEXT   NOT NULL
);
CREATE INDEX IF NOT EXISTS rejected_events_received ON rejected_events (received_ms);

-- How much came from where: one row per source and day of receipt in the store's time zone.
CREATE TABLE IF NOT EXISTS event_sources (
    source           TEXT    NOT NULL,
    day              INTEGER NOT NULL,
    events           BIGINT  NOT NULL,
    last_received_ms BIGINT  NOT NULL,
    last_occurred_ms BIGINT  NOT NULL,
    PRIMARY KEY (source, day)
);

-- Keys that may write events: only a hash is kept, and the last four characters to recognise one.
CREATE TABLE IF NOT EXISTS write_keys (
    name       TEXT   NOT NULL PRIMARY KEY,
    key_hash   TEXT   NOT NULL,
    last_four  TEXT   NOT NULL,
    created_ms BIGINT NOT NULL,
    revoked_ms BIGINT
);

-- Every anonymousId seen together with a userId; which of several owns a moment is read from events.
CREATE TABLE IF NOT EXISTS identities (
    anonymous_id TEXT NOT NULL,
    user_id      TEXT NOT NULL,
    PRIMARY KEY (anonymous_id, user_id)
);
CREATE INDEX IF NOT EXISTS identities_user ON identities (user_id);

-- alias messages: previous_id and user_id are one person.
CREATE TABLE IF NOT EXISTS aliases (
    message_id  TEXT   NOT NULL PRIMARY KEY,
    occurred_ms BIGINT NOT NULL,
    previous_id TEXT   NOT NULL,
    user_id     TEXT   NOT NULL
);
CREATE INDEX IF NOT EXISTS aliases_previous ON aliases (previous_id);
CREATE INDEX IF NOT EXISTS aliases_user ON aliases (user_id);

-- Every time an event said which category a product has.
CREATE TABLE IF NOT EXISTS product_mentions (
    product_id  TEXT   NOT NULL,
    occurred_ms BIGINT NOT NULL,
    message_id  TEXT   NOT NULL,
    category    TEXT   NOT NULL,
    PRIMARY KEY (product_id, occurred_ms, message_id)
);

-- The newest name and category of each product.
CREATE TABLE IF NOT EXISTS products (
    product_id       TEXT NOT NULL PRIMARY KEY,
    product_name     TEXT NOT NULL,
    name_ms          BIGINT NOT NULL,
    name_message_id  TEXT NOT NULL,
    category         TEXT NOT NULL,
    category_ms      BIGINT NOT NULL,
    category_message_id TEXT NOT NULL
);

-- What changed and rollup() has not derived yet: kind = visitor | identity | alias | order | conversation | product | invoice.
CREATE TABLE IF NOT EXISTS touched (
    kind  TEXT   NOT NULL,
    key   TEXT   NOT NULL,
    batch BIGINT NOT NULL,                           -- the ingest transaction that touched it last
    PRIMARY KEY (kind, key)
);

-- What derivation changed and rollup() has not added up yet: kind = day | snapshot (every day from here on) | product_name.
CREATE TABLE IF NOT EXISTS dirty_days (
    kind TEXT    NOT NULL,
    day  INTEGER NOT NULL,
    PRIMARY KEY (kind, day)
);

-- Only on stores that prune old events (SMARTSHOPIE_RETENTION_DAYS): what derivation needs of events that are gone.
-- Sessions of frozen days that a later event may belong to; last_ms is the moment of their last event before the horizon.
CREATE TABLE IF NOT EXISTS frozen_sessions (
    session_id TEXT   NOT NULL PRIMARY KEY,
    last_ms    BIGINT NOT NULL
);

-- The last frozen day on which a visitor had a session.
CREATE TABLE IF NOT EXISTS frozen_visitors (
    visitor_id TEXT    NOT NULL PRIMARY KEY,
    last_day   INTEGER NOT NULL
);

-- What products cost that visitors looked at: the views of the last 7 days before the horizon, and per category the last
-- one before those (upsell compares with it).
CREATE TABLE IF NOT EXISTS frozen_views (
    visitor_id  TEXT   NOT NULL,
    category    TEXT   NOT NULL,
    occurred_ms BIGINT NOT NULL,
    message_id  TEXT   NOT NULL,
    price       TEXT,                                -- the decimal number as it came
    PRIMARY KEY (visitor_id, category, occurred_ms, message_id)
);

-- The last message with a userId of an anonymousId that several users share.
CREATE TABLE IF NOT EXISTS frozen_links (
    anonymous_id TEXT   NOT NULL PRIMARY KEY,
    occurred_ms  BIGINT NOT NULL,
    message_id   TEXT   NOT NULL,
    user_id      TEXT   NOT NULL
);

-- ------------------------------------------------------------------ 2. what is derived, per visitor, order, conversation
-- Indexes named *_counted and *_born hold all that a rollup counts of a day, so that it reads no row beside them.
-- They took the place of the indexes of the day alone, which older stores still have.
CREATE TABLE IF NOT EXISTS visitors (
    visitor_id    TEXT    NOT NULL PRIMARY KEY,
    is_customer   INTEGER NOT NULL,                  -- 1: has a userId
    first_ms      BIGINT  NOT NULL,
    first_day     INTEGER NOT NULL,
    customer_name TEXT                               -- newest name in traits
);
CREATE INDEX IF NOT EXISTS visitors_born ON visitors (first_day, is_customer);
DROP INDEX IF EXISTS visitors_first_day;

CREATE TABLE IF NOT EXISTS sessions (
    session_id        TEXT    NOT NULL PRIMARY KEY,  -- messageId of its first event
    visitor_id        TEXT    NOT NULL,
    client_session_id TEXT,
    first_ms          BIGINT  NOT NULL,
    last_ms           BIGINT  NOT NULL,
    day               INTEGER NOT NULL,              -- of its first event
    hour              INTEGER NOT NULL,              -- 0-23, local, of its first event
    has_conversation  INTEGER NOT NULL,
    has_product_view  INTEGER NOT NULL,
    has_product_added INTEGER NOT NULL,
    orders            INTEGER NOT NULL,
    credited_orders   INTEGER NOT NULL,
    first_order_ms    BIGINT,
    recovered         INTEGER NOT NULL,              -- cart without order, and the visitor ordered within 7 x 24 h after last_ms
    recovered_via_ai  INTEGER NOT NULL               -- ... with an AI interaction in between
);
CREATE INDEX IF NOT EXISTS sessions_counted ON sessions (day, hour, has_conversation, has_product_view, has_product_added,
    orders, credited_orders, recovered, recovered_via_ai, first_ms, first_order_ms);
DROP INDEX IF EXISTS sessions_day;
DROP INDEX IF EXISTS sessions_visitor;

CREATE TABLE IF NOT EXISTS conversations (
    conversation_id   TEXT    NOT NULL PRIMARY KEY,
    message_id        TEXT    NOT NULL,              -- its earliest Conversation Started
    visitor_id        TEXT    NOT NULL,
    session_id        TEXT,
    feature           TEXT    NOT NULL,              -- chat questionnaire image routine other
    started_ms        BIGINT  NOT NULL,
    day               INTEGER NOT NULL,
    messages          INTEGER NOT NULL,              -- Message Sent + Message Received, or message_count if greater
    resolved          INTEGER NOT NULL,
    closed            INTEGER NOT NULL,              -- ended, resolved or handed off
    recommended       INTEGER NOT NULL,              -- showed a recommendation
    matched           INTEGER NOT NULL,              -- ... and a recommended product was clicked or bought within 7 x 24 h
    response_ms_sum   BIGINT  NOT NULL,
    response_count    INTEGER NOT NULL,
    rating_milli_sum  BIGINT  NOT NULL,              -- overall ratings
    rating_count      INTEGER NOT NULL,
    outcome           TEXT    NOT NULL               -- Converted | High Intent | Browsing
);
CREATE INDEX IF NOT EXISTS conversations_visitor ON conversations (visitor_id);
CREATE INDEX IF NOT EXISTS conversations_counted ON conversations (day, feature, resolved, closed, recommended, matched);
DROP INDEX IF EXISTS conversations_day;
CREATE INDEX IF NOT EXISTS conversations_started ON conversations (started_ms);

-- One row per Message Received.
CREATE TABLE IF NOT EXISTS answers (
    message_id       TEXT    NOT NULL PRIMARY KEY,
    conversation_id  TEXT,
    day              INTEGER NOT NULL,               -- of the conversation where it is known
    feature          TEXT    NOT NULL,
    model            TEXT,
    response_ms      BIGINT,
    confidence_milli INTEGER
);
CREATE INDEX IF NOT EXISTS answers_counted ON answers (day, model, response_ms, confidence_milli);
DROP INDEX IF EXISTS answers_day;
CREATE INDEX IF NOT EXISTS answers_conversation ON answers (conversation_id) WHERE conversation_id IS NOT NULL;

-- One row per Feedback Submitted.
CREATE TABLE IF NOT EXISTS ratings (
    message_id      TEXT    NOT NULL PRIMARY KEY,
    conversation_id TEXT,
    day             INTEGER NOT NULL,
    feature         TEXT    NOT NULL,
    aspect          TEXT    NOT NULL,                -- overall product_match helpfulness, or what was given
    rating_milli    INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS ratings_day ON ratings (day);
CREATE INDEX IF NOT EXISTS ratings_conversation ON ratings (conversation_id) WHERE conversation_id IS NOT NULL;

-- One row per conversation and concern (per message where the conversation is unknown).
CREATE TABLE IF NOT EXISTS concerns (
    concern_key      TEXT    NOT NULL,               -- c:<conversation_id> | m:<messageId>
    concern_name     TEXT    NOT NULL,
    concern_category TEXT    NOT NULL,
    conversation_id  TEXT,
    day              INTEGER NOT NULL,
    resolved         INTEGER NOT NULL,
    PRIMARY KEY (concern_key, concern_name)
);
CREATE INDEX IF NOT EXISTS concerns_counted ON concerns (day, concern_name, concern_category, resolved);
DROP INDEX IF EXISTS concerns_day;

-- One row per Recommendation Shown.
CREATE TABLE IF NOT EXISTS recommendations (
    message_id      TEXT    NOT NULL PRIMARY KEY,
    conversation_id TEXT,
    visitor_id      TEXT    NOT NULL,
    session_id      TEXT,
    occurred_ms     BIGINT  NOT NULL,
    day             INTEGER NOT NULL,                -- of the conversation where it is known
    product_id      TEXT    NOT NULL,
    model           TEXT,
    purchased       INTEGER NOT NULL                 -- bought by the visitor within 7 x 24 h
);
CREATE INDEX IF NOT EXISTS recommendations_visitor ON recommendations (visitor_id);
CREATE INDEX IF NOT EXISTS recommendations_counted ON recommendations (day, product_id, purchased);
DROP INDEX IF EXISTS recommendations_day;
CREATE INDEX IF NOT EXISTS recommendations_product ON recommendations (product_id);

-- One row per Prediction Reviewed.
CREATE TABLE IF NOT EXISTS predictions (
    message_id TEXT    NOT NULL PRIMARY KEY,
    day        INTEGER NOT NULL,
    model      TEXT    NOT NULL,
    predicted  TEXT    NOT NULL,
    actual     TEXT    NOT NULL
);
CREATE INDEX IF NOT EXISTS predictions_day ON predictions (day);

-- One row per Product Requested.
CREATE TABLE IF NOT EXISTS product_requests (
    message_id   TEXT    NOT NULL PRIMARY KEY,
    day          INTEGER NOT NULL,
    product_name TEXT    NOT NULL,
    category     TEXT    NOT NULL
);
CREATE INDEX IF NOT EXISTS product_requests_day ON product_requests (day);

-- One row per Product Viewed.
CREATE TABLE IF NOT EXISTS product_views (
    message_id           TEXT    NOT NULL PRIMARY KEY,
    visitor_id           TEXT    NOT NULL,
    session_id           TEXT,
    occurred_ms          BIGINT  NOT NULL,
    day                  INTEGER NOT NULL,
    product_id           TEXT    NOT NULL,
    category             TEXT    NOT NULL,
    after_recommendation INTEGER NOT NULL            -- the product was recommended earlier in the same session
);
CREATE INDEX IF NOT EXISTS product_views_counted ON product_views (day, category, product_id, after_recommendation);
DROP INDEX IF EXISTS product_views_day;
DROP INDEX IF EXISTS product_views_visitor;
CREATE INDEX IF NOT EXISTS product_views_product ON product_views (product_id, category, day);

CREATE TABLE IF NOT EXISTS orders (
    order_id                 TEXT    NOT NULL PRIMARY KEY,
    message_id               TEXT    NOT NULL,       -- the event that gives visitor, session and time
    visitor_id               TEXT    NOT NULL,
    session_id               TEXT,
    source                   TEXT    NOT NULL,
    occurred_ms              BIGINT  NOT NULL,
    day                      INTEGER NOT NULL,
    currency                 TEXT    NOT NULL,
    in_store_currency        INTEGER NOT NULL,       -- 0: kept, left out of every money sum, warned about
    revenue_minor            BIGINT  NOT NULL,       -- in `currency`
    total_minor              BIGINT,
    reversed_minor           BIGINT  NOT NULL,       -- by all reversals so far
    status                   TEXT    NOT NULL,       -- placed | partially refunded | refunded | cancelled
    cancelled_day            INTEGER,
    credited_feature         TEXT,                   -- null: no AI interaction in the attribution window
    credited_conversation_id TEXT
);
CREATE INDEX IF NOT EXISTS orders_visitor ON orders (visitor_id);
CREATE INDEX IF NOT EXISTS orders_day ON orders (day);

CREATE TABLE IF NOT EXISTS order_lines (
    order_id         TEXT    NOT NULL,
    line             INTEGER NOT NULL,               -- from 1
    product_id       TEXT,
    product_name     TEXT,
    category         TEXT    NOT NULL,
    quantity         DOUBLE PRECISION NOT NULL,
    revenue_minor    BIGINT  NOT NULL,               -- its share of the order's revenue; 0 in a foreign currency
    day              INTEGER NOT NULL,
    credited_feature TEXT,
    cross_sell_minor BIGINT  NOT NULL,
    upsell_minor     BIGINT  NOT NULL,
    PRIMARY KEY (order_id, line)
);
CREATE INDEX IF NOT EXISTS order_lines_day ON order_lines (day);
CREATE INDEX IF NOT EXISTS order_lines_product ON order_lines (product_id, category, day) WHERE product_id IS NOT NULL;

-- Refunds and cancellations as applied. order_known = 0: the order has not been seen; counts in full, credited to nobody.
CREATE TABLE IF NOT EXISTS reversals (
    message_id       TEXT    NOT NULL PRIMARY KEY,
    order_id         TEXT    NOT NULL,
    visitor_id       TEXT    NOT NULL,               -- the order's, else the event's own
    order_known      INTEGER NOT NULL,
    kind             TEXT    NOT NULL,               -- refund | cancellation
    occurred_ms      BIGINT  NOT NULL,
    day              INTEGER NOT NULL,
    amount_minor     BIGINT  NOT NULL,               -- taken away; 0 in a foreign currency
    credited_feature TEXT
);
CREATE INDEX IF NOT EXISTS reversals_order ON reversals (order_id);
CREATE INDEX IF NOT EXISTS reversals_day ON reversals (day);
CREATE INDEX IF NOT EXISTS reversals_visitor ON reversals (visitor_id);

CREATE TABLE IF NOT EXISTS reversal_lines (
    message_id       TEXT    NOT NULL,
    line             INTEGER NOT NULL,
    order_id         TEXT    NOT NULL,
    product_id       TEXT,
    category         TEXT    NOT NULL,
    amount_minor     BIGINT  NOT NULL,
    day              INTEGER NOT NULL,
    credited_feature TEXT,
    PRIMARY KEY (message_id, line)
);
CREATE INDEX IF NOT EXISTS reversal_lines_day ON reversal_lines (day);
CREATE INDEX IF NOT EXISTS reversal_lines_order ON reversal_lines (order_id);

-- A visitor's day: the base of distinct counts, cohorts and lifetime value.
CREATE TABLE IF NOT EXISTS visitor_days (
    visitor_id          TEXT    NOT NULL,
    day                 INTEGER NOT NULL,
    is_customer         INTEGER NOT NULL,
    first_day           INTEGER NOT NULL,            -- the visitor's first day
    previous_day        INTEGER,                     -- the visitor's day with a session before this one
    sessions            INTEGER NOT NULL,
    orders              INTEGER NOT NULL,            -- in the store's currency
    order_revenue_minor BIGINT  NOT NULL,
    net_revenue_minor   BIGINT  NOT NULL,
    PRIMARY KEY (day, visitor_id)
);
CREATE INDEX IF NOT EXISTS visitor_days_counted ON visitor_days (day, previous_day, sessions);
DROP INDEX IF EXISTS visitor_days_day;
-- Net revenue per customer to date, and per day: one row in thirty-six has any.
CREATE INDEX IF NOT EXISTS visitor_days_earned ON visitor_days (visitor_id, day, is_customer, net_revenue_minor)
    WHERE is_customer = 1 AND net_revenue_minor <> 0;
CREATE INDEX IF NOT EXISTS visitor_days_earned_on ON visitor_days (day, first_day, is_customer, net_revenue_minor)
    WHERE is_customer = 1 AND net_revenue_minor <> 0;

-- When a customer enters, leaves or changes the value of a segment: sums up to any day give that day's segments.
CREATE TABLE IF NOT EXISTS segment_moves (
    visitor_id          TEXT    NOT NULL,
    day                 INTEGER NOT NULL,
    segment_name        TEXT    NOT NULL,
    customers           INTEGER NOT NULL,            -- +1 enters, -1 leaves, 0 only the value changes
    orders              INTEGER NOT NULL,
    order_revenue_minor BIGINT  NOT NULL,
    net_revenue_minor   BIGINT  NOT NULL,
    PRIMARY KEY (visitor_id, day, segment_name)
);
CREATE INDEX IF NOT EXISTS segment_moves_day ON segment_moves (day);

-- Invoices for the assistant itself.
CREATE TABLE IF NOT EXISTS billing_payments (
    invoice_id   TEXT NOT NULL,
    payment_date TEXT NOT NULL,
    description  TEXT NOT NULL,
    amount       DOUBLE PRECISION,
    amount_minor BIGINT,
    currency     TEXT,
    status       TEXT NOT NULL,
    invoice_url  TEXT,
    source       TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (invoice_id, source)
);

-- ------------------------------------------------------------------ 3. what is added up, per day (the tables of the dashboard)
CREATE TABLE IF NOT EXISTS overview_kpis (
    record_date             TEXT NOT NULL,
    total_customers         BIGINT,                  -- snapshot at the day's end
    total_customers_change  DOUBLE PRECISION,
    conversion_rate         DOUBLE PRECISION,
    conversion_rate_change  DOUBLE PRECISION,
    ai_interactions         BIGINT,
    ai_interactions_change  DOUBLE PRECISION,
    revenue_impact          DOUBLE PRECISION,
    revenue_impact_change   DOUBLE PRECISION,
    new_customers           BIGINT,
    sessions                BIGINT,
    conversions             BIGINT,
    revenue_impact_minor    BIGINT,
    foreign_currency_orders BIGINT,
    source                  TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, source)
);

CREATE TABLE IF NOT EXISTS conversion_funnel (
    record_date  TEXT    NOT NULL,
    stage_name   TEXT    NOT NULL,
    stage_order  INTEGER NOT NULL,                   -- 0-4
    count        BIGINT  NOT NULL,                   -- sessions on the path with the assistant
    percentage   DOUBLE PRECISION,
    dropoff_rate DOUBLE PRECISION,
    all_count    BIGINT,                             -- sessions on the path, assistant or not
    source       TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, stage_name, source)
);

CREATE TABLE IF NOT EXISTS interaction_types (
    record_date      TEXT   NOT NULL,
    interaction_name TEXT   NOT NULL,
    count            BIGINT NOT NULL,
    percentage       DOUBLE PRECISION,
    source           TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, interaction_name, source)
);

CREATE TABLE IF NOT EXISTS conversion_analytics (
    record_date             TEXT NOT NULL,
    overall_conversion_rate DOUBLE PRECISION,
    conversion_rate_change  DOUBLE PRECISION,
    ai_driven_conversions   DOUBLE PRECISION,
    ai_driven_percentage    DOUBLE PRECISION,
    cart_recovery_rate      DOUBLE PRECISION,
    cart_recovery_via_ai    DOUBLE PRECISION,
    avg_time_to_convert     DOUBLE PRECISION,        -- minutes
    avg_time_change         DOUBLE PRECISION,
    sessions                BIGINT,
    conversions             BIGINT,
    abandoned_carts         BIGINT,                  -- sessions with Product Added and no order, on the day they began
    recovered_carts         BIGINT,
    recovered_carts_via_ai  BIGINT,
    convert_ms_sum          BIGINT,                  -- first event to first order, over converted sessions
    source                  TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, source)
);

CREATE TABLE IF NOT EXISTS conversion_trends (
    record_date               TEXT NOT NULL,
    period_type               TEXT NOT NULL DEFAULT 'daily',
    conversions               BIGINT,
    ai_attributed_conversions BIGINT,
    sessions                  BIGINT,
    conversion_rate           DOUBLE PRECISION,
    source                    TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, source)
);

CREATE TABLE IF NOT EXISTS customer_segments (
    record_date         TEXT   NOT NULL,
    segment_name        TEXT   NOT NULL,
    segment_size        BIGINT NOT NULL,             -- snapshot
    percentage          DOUBLE PRECISION,
    avg_lifetime_value  DOUBLE PRECISION,
    avg_order_value     DOUBLE PRECISION,
    orders              BIGINT,                      -- to date
    order_revenue_minor BIGINT,
    net_revenue_minor   BIGINT,
    source              TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, segment_name, source)
);

-- peak_activity: one row per 3-hour band; preference_match and return_rate: one row. value = part / whole of that day.
CREATE TABLE IF NOT EXISTS behavioral_patterns (
    record_date  TEXT NOT NULL,
    pattern_type TEXT NOT NULL,                      -- peak_activity preference_match return_rate
    pattern_name TEXT NOT NULL,
    value        DOUBLE PRECISION,
    metric_unit  TEXT,
    part         BIGINT,
    whole        BIGINT,
    source       TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, pattern_type, pattern_name, source)
);

-- Visitors by day and by their active day before: distinct visitors of [a, b] are the rows in it with previous_date < a or ''.
CREATE TABLE IF NOT EXISTS visitor_activity (
    record_date   TEXT   NOT NULL,
    previous_date TEXT   NOT NULL,                   -- '' = none
    visitors      BIGINT NOT NULL,
    source        TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, previous_date, source)
);

-- Customers and net revenue by the day they were first seen: the base of lifetime value.
CREATE TABLE IF NOT EXISTS customer_cohorts (
    record_date       TEXT   NOT NULL,
    first_date        TEXT   NOT NULL,
    customers         BIGINT NOT NULL,               -- born: only where record_date = first_date
    net_revenue_minor BIGINT NOT NULL,               -- of that record_date
    source            TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, first_date, source)
);
-- To date, by the day customers were born.
CREATE INDEX IF NOT EXISTS customer_cohorts_earned ON customer_cohorts (first_date, record_date, source, customers, net_revenue_minor)
    WHERE source = 'events';

CREATE TABLE IF NOT EXISTS customer_concerns (
    record_date      TEXT NOT NULL,
    concern_name     TEXT NOT NULL,
    concern_category TEXT NOT NULL,
    query_count      BIGINT,
    ai_success_rate  DOUBLE PRECISION,
    resolved_count   BIGINT,
    source           TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, concern_name, concern_category, source)
);

CREATE TABLE IF NOT EXISTS customer_lifetime_value (
    record_date            TEXT NOT NULL,
    segment_name           TEXT NOT NULL,            -- 0-30d 31-60d 61-90d 91-180d 181-365d 1-2y 2y+
    predicted_clv          DOUBLE PRECISION,
    current_clv            DOUBLE PRECISION,
    customers              BIGINT,                   -- snapshot
    net_revenue_minor      BIGINT,                   -- to date
    reference_customers    BIGINT,                   -- customers of this band 365 days ago: what the estimate rests on
    reference_revenue_minor BIGINT,                  -- what they spent since
    source                 TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, segment_name, source)
);

CREATE TABLE IF NOT EXISTS product_gaps (
    record_date       TEXT NOT NULL,
    gap_rank          INTEGER,
    product_name      TEXT NOT NULL,
    category          TEXT NOT NULL,
    demand_score      DOUBLE PRECISION,              -- requests
    potential_revenue DOUBLE PRECISION,              -- imported days only: over a window it is computed
    source            TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, product_name, category, source)
);

CREATE TABLE IF NOT EXISTS product_analytics (
    record_date              TEXT NOT NULL,
    product_id               TEXT NOT NULL,
    product_name             TEXT NOT NULL,
    category                 TEXT NOT NULL,
    views                    BIGINT,
    ai_recommendations       BIGINT,
    purchases                BIGINT,                 -- orders with this product, on the order's day
    revenue                  DOUBLE PRECISION,       -- net
    conversion_rate          DOUBLE PRECISION,
    revenue_minor            BIGINT,
    recommendation_purchases BIGINT,                 -- of that day's recommendations, those bought within 7 days
    source                   TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, product_id, source)
);

CREATE TABLE IF NOT EXISTS category_performance (
    record_date                TEXT NOT NULL,
    category_name              TEXT NOT NULL,
    total_products             BIGINT,               -- distinct products viewed or sold that day (windows: category_products)
    total_views                BIGINT,
    total_revenue              DOUBLE PRECISION,     -- net
    avg_conversion_rate        DOUBLE PRECISION,
    ai_recommendation_rate     DOUBLE PRECISION,
    purchases                  BIGINT,
    total_revenue_minor        BIGINT,
    views_after_recommendation BIGINT,
    source                     TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, category_name, source)
);

-- Products by category, day and their active day before (as visitor_activity).
CREATE TABLE IF NOT EXISTS category_products (
    record_date   TEXT   NOT NULL,
    category_name TEXT   NOT NULL,
    previous_date TEXT   NOT NULL,                   -- '' = none
    products      BIGINT NOT NULL,
    source        TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, category_name, previous_date, source)
);

CREATE TABLE IF NOT EXISTS ai_model_performance (
    record_date      TEXT NOT NULL,
    model_name       TEXT NOT NULL,
    accuracy         DOUBLE PRECISION,
    precision        DOUBLE PRECISION,
    recall           DOUBLE PRECISION,
    f1_score         DOUBLE PRECISION,
    response_time_ms DOUBLE PRECISION,
    reviewed         BIGINT,
    correct          BIGINT,
    response_ms_sum  BIGINT,
    response_count   BIGINT,
    confidence_milli_sum BIGINT,
    confidence_count BIGINT,
    source           TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, model_name, source)
);

-- Reviewed predictions by class: precision, recall and F1 of a window come from these counts.
CREATE TABLE IF NOT EXISTS model_predictions (
    record_date TEXT   NOT NULL,
    model_name  TEXT   NOT NULL,
    predicted   TEXT   NOT NULL,
    actual      TEXT   NOT NULL,
    count       BIGINT NOT NULL,
    source      TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, model_name, predicted, actual, source)
);

CREATE TABLE IF NOT EXISTS ai_feature_performance (
    record_date       TEXT NOT NULL,
    feature_name      TEXT NOT NULL,
    usage_count       BIGINT,
    success_rate      DOUBLE PRECISION,              -- 0-1
    user_satisfaction DOUBLE PRECISION,              -- 0-1
    resolved_count    BIGINT,
    closed_count      BIGINT,
    rating_milli_sum  BIGINT,
    rating_count      BIGINT,
    source            TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, feature_name, source)
);

-- One row per conversation, for the activity feed.
CREATE TABLE IF NOT EXISTS customer_interactions (
    interaction_id       TEXT NOT NULL,
    interaction_date     TEXT NOT NULL,              -- RFC 3339 in the store's time zone
    record_date          TEXT NOT NULL,
    started_ms           BIGINT NOT NULL,
    interaction_type     TEXT NOT NULL,
    customer_id          TEXT,
    session_id           TEXT,
    response_time_sec    DOUBLE PRECISION,
    satisfaction_score   DOUBLE PRECISION,
    customer_name        TEXT,
    activity_description TEXT,
    status_badge         TEXT,
    message_count        BIGINT,
    source               TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (interaction_id, source)
);
CREATE INDEX IF NOT EXISTS customer_interactions_day ON customer_interactions (record_date);
CREATE INDEX IF NOT EXISTS customer_interactions_started ON customer_interactions (started_ms);

CREATE TABLE IF NOT EXISTS interaction_summary (
    record_date                  TEXT NOT NULL,
    total_interactions           BIGINT,
    chat_interactions            BIGINT,
    questionnaire_interactions   BIGINT,
    image_analysis_interactions  BIGINT,
    routine_planner_interactions BIGINT,
    other_interactions           BIGINT,
    avg_response_time            DOUBLE PRECISION,   -- seconds
    response_ms_sum              BIGINT,
    response_count               BIGINT,
    source                       TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, source)
);

CREATE TABLE IF NOT EXISTS revenue_summary (
    record_date                 TEXT NOT NULL,
    total_revenue_impact        DOUBLE PRECISION,
    avg_order_value             DOUBLE PRECISION,
    avg_order_value_with_ai     DOUBLE PRECISION,
    avg_order_value_improvement DOUBLE PRECISION,
    monthly_investment          DOUBLE PRECISION,
    monthly_return              DOUBLE PRECISION,
    roi_percentage              DOUBLE PRECISION,
    revenue_impact_minor        BIGINT,              -- net, AI-credited
    net_revenue_minor           BIGINT,              -- net, all
    orders                      BIGINT,              -- in the store's currency
    order_revenue_minor         BIGINT,              -- at order time
    ai_orders                   BIGINT,
    ai_order_revenue_minor      BIGINT,
    source                      TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, source)
);

CREATE TABLE IF NOT EXISTS revenue_attribution (
    record_date          TEXT NOT NULL,
    ai_feature           TEXT NOT NULL,
    revenue_amount       DOUBLE PRECISION,           -- net
    percentage           DOUBLE PRECISION,
    revenue_amount_minor BIGINT,
    orders               BIGINT,
    source               TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, ai_feature, source)
);

CREATE TABLE IF NOT EXISTS category_revenue (
    record_date                 TEXT NOT NULL,
    category_name               TEXT NOT NULL,
    revenue_amount              DOUBLE PRECISION,    -- net
    percentage                  DOUBLE PRECISION,
    ai_attributed_revenue       DOUBLE PRECISION,    -- net
    revenue_amount_minor        BIGINT,
    ai_attributed_revenue_minor BIGINT,
    line_revenue_minor          BIGINT,              -- at order time
    quantity                    DOUBLE PRECISION,    -- sold at order time
    cross_sell_minor            BIGINT,
    upsell_minor                BIGINT,
    source                      TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, category_name, source)
);

-- Filled for month ends and the newest day; other days are computed on demand from visitor_days.
CREATE TABLE IF NOT EXISTS customer_value_analysis (
    record_date         TEXT NOT NULL,
    tier_name           TEXT NOT NULL,
    customer_count      BIGINT,
    avg_revenue         DOUBLE PRECISION,
    total_revenue       DOUBLE PRECISION,
    total_revenue_minor BIGINT,
    source              TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, tier_name, source)
);

-- One run per record_date (month ends and the newest day).
CREATE TABLE IF NOT EXISTS revenue_forecasting (
    record_date       TEXT NOT NULL,
    forecast_date     TEXT NOT NULL,                 -- first day of the month forecast
    predicted_revenue DOUBLE PRECISION,
    confidence_level  DOUBLE PRECISION,              -- of the interval, 0-1
    upper_bound       DOUBLE PRECISION,
    lower_bound       DOUBLE PRECISION,
    method            TEXT,
    backtest_error    DOUBLE PRECISION,              -- mean absolute percentage error on past months (weeks, while the store is young), %
    source            TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, forecast_date, source)
);

CREATE TABLE IF NOT EXISTS customer_satisfaction (
    record_date             TEXT NOT NULL,
    overall_satisfaction    DOUBLE PRECISION,
    product_match_quality   DOUBLE PRECISION,
    ai_helpfulness          DOUBLE PRECISION,
    overall_milli_sum       BIGINT,
    overall_count           BIGINT,
    product_match_milli_sum BIGINT,
    product_match_count     BIGINT,
    helpfulness_milli_sum   BIGINT,
    helpfulness_count       BIGINT,
    source                  TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, source)
);

-- Sums of whole months of the tables above that have several rows a day (rollups/months.py): a year is read as a dozen
-- rows per key. record_date is the first day of the month. They count only while whole_months names the month.
CREATE TABLE IF NOT EXISTS whole_months (
    record_date TEXT NOT NULL PRIMARY KEY
);
CREATE TABLE IF NOT EXISTS behavioral_patterns_months (
    record_date  TEXT NOT NULL,
    pattern_type TEXT NOT NULL,
    pattern_name TEXT NOT NULL,
    part         BIGINT,
    whole        BIGINT,
    PRIMARY KEY (record_date, pattern_type, pattern_name)
);
CREATE TABLE IF NOT EXISTS visitor_activity_months (
    record_date   TEXT   NOT NULL,
    previous_date TEXT   NOT NULL,
    visitors      BIGINT NOT NULL,
    PRIMARY KEY (record_date, previous_date)
);
CREATE TABLE IF NOT EXISTS customer_concerns_months (
    record_date      TEXT NOT NULL,
    concern_name     TEXT NOT NULL,
    concern_category TEXT NOT NULL,
    query_count      BIGINT,
    resolved_count   BIGINT,
    PRIMARY KEY (record_date, concern_name, concern_category)
);
CREATE TABLE IF NOT EXISTS product_gaps_months (
    record_date  TEXT NOT NULL,
    product_name TEXT NOT NULL,
    category     TEXT NOT NULL,
    demand_score DOUBLE PRECISION,
    PRIMARY KEY (record_date, product_name, category)
);
CREATE TABLE IF NOT EXISTS product_analytics_months (
    record_date              TEXT NOT NULL,
    product_id               TEXT NOT NULL,
    views                    BIGINT,
    ai_recommendations       BIGINT,
    purchases                BIGINT,
    revenue_minor            BIGINT,
    recommendation_purchases BIGINT,
    PRIMARY KEY (record_date, product_id)
);
CREATE TABLE IF NOT EXISTS category_performance_months (
    record_date                TEXT NOT NULL,
    category_name              TEXT NOT NULL,
    total_views                BIGINT,
    purchases                  BIGINT,
    total_revenue_minor        BIGINT,
    views_after_recommendation BIGINT,
    PRIMARY KEY (record_date, category_name)
);
CREATE TABLE IF NOT EXISTS revenue_attribution_months (
    record_date          TEXT NOT NULL,
    ai_feature           TEXT NOT NULL,
    revenue_amount_minor BIGINT,
    orders               BIGINT,
    PRIMARY KEY (record_date, ai_feature)
);
CREATE TABLE IF NOT EXISTS category_revenue_months (
    record_date                 TEXT NOT NULL,
    category_name               TEXT NOT NULL,
    revenue_amount_minor        BIGINT,
    ai_attributed_revenue_minor BIGINT,
    line_revenue_minor          BIGINT,
    quantity                    DOUBLE PRECISION,
    cross_sell_minor            BIGINT,
    upsell_minor                BIGINT,
    PRIMARY KEY (record_date, category_name)
);

-- ------------------------------------------------------------------ 4. the system and the bill
-- One row per minute of the running server.
CREATE TABLE IF NOT EXISTS realtime_metrics (
    recorded_at          TEXT NOT NULL PRIMARY KEY,  -- RFC 3339, UTC
    active_sessions      BIGINT,
    api_response_time_ms DOUBLE PRECISION,
    cpu_usage_pct        DOUBLE PRECISION,
    memory_usage_pct     DOUBLE PRECISION,
    conversions_per_min  BIGINT
);

-- Kept from an original database; this server's own minutes are in realtime_metrics.
CREATE TABLE IF NOT EXISTS system_health (
    record_date      TEXT NOT NULL,
    system_component TEXT NOT NULL,
    status           TEXT NOT NULL,
    cpu_usage        DOUBLE PRECISION,
    memory_usage     DOUBLE PRECISION,
    response_time_ms DOUBLE PRECISION,
    source           TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, system_component, source)
);

-- Per route of this server and day (UTC).
CREATE TABLE IF NOT EXISTS api_endpoints (
    endpoint_name   TEXT NOT NULL,
    method          TEXT NOT NULL,
    record_date     TEXT NOT NULL,
    request_count   BIGINT,
    avg_response_ms DOUBLE PRECISION,
    error_rate      DOUBLE PRECISION,
    last_checked    TEXT,
    base_url        TEXT,
    success_rate    DOUBLE PRECISION,
    daily_calls     BIGINT,
    response_us_sum BIGINT,
    error_count     BIGINT,
    source          TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (endpoint_name, method, record_date, source)
);

CREATE TABLE IF NOT EXISTS api_configurations (
    api_type       TEXT NOT NULL,
    api_name       TEXT NOT NULL,
    api_url        TEXT NOT NULL,
    api_key        TEXT,                             -- only the last four characters, ever
    status         TEXT,
    last_sync      TEXT,
    sync_frequency TEXT,
    source         TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (api_type, api_name, source)
);

CREATE TABLE IF NOT EXISTS billing_summary (
    billing_period_start TEXT NOT NULL,
    billing_period_end   TEXT NOT NULL,              -- last day, inclusive
    plan_name            TEXT NOT NULL,
    base_cost            DOUBLE PRECISION,
    usage_cost           DOUBLE PRECISION,
    total_cost           DOUBLE PRECISION,
    api_calls            BIGINT,
    data_processed_gb    DOUBLE PRECISION,
    monthly_price        DOUBLE PRECISION,
    renewal_date         TEXT,
    subscription_amount  DOUBLE PRECISION,
    chat_amount          DOUBLE PRECISION,
    image_amount         DOUBLE PRECISION,
    questionnaire_amount DOUBLE PRECISION,
    routine_amount       DOUBLE PRECISION,
    overage_amount       DOUBLE PRECISION,
    total_estimated      DOUBLE PRECISION,
    source               TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (billing_period_start, source)
);

-- Usage per day and feature; imported rows are whole months. The price is applied when read, by the plan file.
CREATE TABLE IF NOT EXISTS usage_breakdown (
    record_date  TEXT NOT NULL,
    service_name TEXT NOT NULL,
    usage_count  BIGINT,
    cost         DOUBLE PRECISION,
    month        TEXT,
    usage_type   TEXT NOT NULL,
    used         BIGINT,
    free_limit   BIGINT,
    overage_rate TEXT,
    overage_cost TEXT,
    total_usage  BIGINT,
    source       TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (record_date, usage_type, source)
);

CREATE TABLE IF NOT EXISTS usage_alerts (
    level      TEXT NOT NULL,
    title      TEXT NOT NULL,
    message    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    source     TEXT NOT NULL DEFAULT 'events',
    PRIMARY KEY (title, created_at, source)
);
