CREATE TABLE ev (
  aid UUID, time DateTime, ns UInt64, host LowCardinality(String), addr LowCardinality(String), user LowCardinality(String), sess UUID,
  svc LowCardinality(String), event LowCardinality(String), success UInt8, event_data String
) ENGINE = MergeTree PARTITION BY toDate(time) ORDER BY (time)
