// Package crash_test treats the real program badly while several senders load it: kill -9, SIGTERM, a disk without
// space, system calls that fail. Every acknowledged record must be there afterwards, or have expired when it was due and not under
// hold, and `counterfoil verify` must say yes.
//
// COUNTERFOIL_KILLS is how often it is killed (default 5; acceptance: 1000), COUNTERFOIL_INJECT at how many places each system call
// fails (default 1; acceptance: 12). COUNTERFOIL_SEED repeats the moments and sizes of a run.
package crash_test
