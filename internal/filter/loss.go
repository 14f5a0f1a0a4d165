package filter

// Loss is a part of a filter that a grammar has no words for, or only nearly the same.
type Loss struct {
	Part   string // as the filter has it
	Why    string
	Nearly bool // the words it has mean nearly the same
}

func (l Loss) String() string { return l.Part + ": " + l.Why }

// Fits reports whether v is of the kind that the values of f have. Where it is not ("user = #5") only search says what it means: a text that is
// this number. Data hold values of any kind.
func Fits(f Field, v Value) bool {
	switch f.Column {
	case ColEventData, ColSvcData:
		return true
	case ColSeq, ColPID:
		return v.Kind == NumberValue
	case ColSuccess:
		return v.Kind == BoolValue
	case ColTime, ColReceived:
		return v.Kind == TimeValue
	}
	return v.Kind == StringValue
}
