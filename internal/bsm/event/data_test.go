package event

import (
	"testing"

	"github.com/counterfoil/counterfoil"
)

// TestHostileData: event_data that says it is a record's and is none gives an error.
func TestHostileData(t *testing.T) {
	for _, data := range []counterfoil.JSON{
		`{}`, `"text"`, `{"tokens":[]}`, `{"header":{"token":"path"},"tokens":[]}`, `{"header":{},"tokens":[]}`,
		`{"tokens":[{"token":"arg_uuid","uuid":"00"}]}`, `{"tokens":[{"args":"ffff","args_count":1,"env":"","env_count":0,"token":"cmd"}]}`,
		`{"tokens":[{"data":"00","print":0,"token":"arbitrary","unit":9}]}`, `{"tokens":[{"args":["a\u0000b"],"token":"exec_args"}]}`,
		`{"tokens":[{"addr":"fe80::1%eth0","token":"in_addr_ex"}]}`, `{"tokens":[{"token":"unknown","data":"zz","id":1}]}`, `{"tokens":[{"token":"unknown","data":"","id":999}]}`,
	} {
		if _, err := FromData(data); err == nil {
			t.Errorf("%s: no error", data)
		}
		if _, err := Bytes(data); err == nil {
			t.Errorf("%s: bytes", data)
		}
	}
}
