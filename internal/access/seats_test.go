package access

import "testing"

func TestSeats(t *testing.T) {
	s := Seats{Most: 2}
	ci, anna := Identity{Name: "x", By: "token"}, Identity{Name: "x", By: "account"}
	leave, ok := s.Take(ci)
	if _, again := s.Take(ci); !ok || !again {
		t.Fatal("two seats are not given")
	}
	if _, ok := s.Take(ci); ok {
		t.Error("a third seat is given")
	}
	if _, ok := s.Take(anna); !ok {
		t.Error("an account pays for a token of its name")
	}
	leave()
	if _, ok := s.Take(ci); !ok {
		t.Error("a seat that was left is not given again")
	}
}
