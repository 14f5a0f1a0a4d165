//go:build !race

package trail

const thinned = 1
