package searchq

import "github.com/counterfoil/counterfoil"

func actionNames() []string {
	var names []string
	for _, a := range counterfoil.Actions() {
		names = append(names, string(a))
	}
	return names
}
