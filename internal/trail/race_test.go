//go:build race

package trail

// thinned is how much wider the steps of the exhaustive tests are: the race detector makes them ten times slower and has
// nothing to find in code of one goroutine. They run in full without it.
const thinned = 37 // prime: what a test chooses by the step's remainder comes in every way
