// Package clickhouse asks a real ClickHouse what printed filters find in a table with the columns of sealed files. Debian's is of
// 2018 and has neither DateTime64 nor functions for JSON: conditions about times and data are not asked here.
// It wants clickhouse-server (Debian: clickhouse-server); COUNTERFOIL_REQUIRE=clickhouse makes its absence a failure.
package clickhouse_test
