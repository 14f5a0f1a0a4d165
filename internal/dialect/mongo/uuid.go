package mongo

import (
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/counterfoil/counterfoil"
)

// uuidBase64 gives the 16 bytes of a UUID's text in base64.
func uuidBase64(s string) (string, bool) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(s) != 36 || len(b) != 16 {
		return "", false
	}
	return base64.StdEncoding.EncodeToString(b), true
}

// uuidText gives the text of a UUID in base64, "" where it is none.
func uuidText(b64 string) string {
	var b [18]byte
	if n, err := base64.StdEncoding.Decode(b[:], []byte(b64[:min(len(b64), 24)])); err != nil || n != 16 || len(b64) != 24 {
		return ""
	}
	return counterfoil.AID(b[:16]).String()
}
