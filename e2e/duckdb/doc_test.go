// Package duckdb_test reads the sealed segments of a real trail in place with DuckDB, a Parquet reader that is not ours,
// and holds its answers against those of our own search. DuckDB comes as a C++ library inside its Go module: without cgo
// the test skips, and fails if COUNTERFOIL_REQUIRE names duckdb.
package duckdb_test
