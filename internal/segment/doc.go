// Package segment owns sealed segments: Parquet files whose columns are a bijection of the canonical messages, and the
// index beside each. docs/format/segment.md is the normative text. It never decides when to seal and never deletes.
package segment
