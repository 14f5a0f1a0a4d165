// Package crash_test treats the real program badly while several senders load it: kill -9, SIGTERM, a disk without
// space. Every acknowledged record must be there afterwards, and `counterfoil verify` must say yes.
//
// COUNTERFOIL_KILLS is how often it is killed (default 5; acceptance: 100). COUNTERFOIL_SEED repeats the moments and sizes of a run.
package crash_test
