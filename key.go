package counterfoil

type key uint

const (
	keyAID key = iota
	keyVers
	keySeq
	keyTime
	keyReceived
	keyVia
	keyDialect
	keyHost
	keySvc
	keyEvent
	keyClass
	keyCategory
	keyAction
	keySuccess
	keyAddr
	keyUser
	keySess
	keySubject
	keyObject
	keySvcData
	keyEventData
	keyRaw
	keyRawB64
	keyHidden
	numKeys
)

var keyNames = [numKeys]string{"aid", "vers", "seq", "time", "received", "via", "dialect", "host", "svc", "event", "class",
	"category", "action", "success", "addr", "user", "sess", "subject", "object", "svc_data", "event_data", "raw", "raw_b64", "hidden"}

// keyOf gives the key of a name, numKeys if it is none.
func keyOf(name string) key {
	switch name {
	case "aid":
		return keyAID
	case "vers":
		return keyVers
	case "seq":
		return keySeq
	case "time":
		return keyTime
	case "received":
		return keyReceived
	case "via":
		return keyVia
	case "dialect":
		return keyDialect
	case "host":
		return keyHost
	case "svc":
		return keySvc
	case "event":
		return keyEvent
	case "class":
		return keyClass
	case "category":
		return keyCategory
	case "action":
		return keyAction
	case "success":
		return keySuccess
	case "addr":
		return keyAddr
	case "user":
		return keyUser
	case "sess":
		return keySess
	case "subject":
		return keySubject
	case "object":
		return keyObject
	case "svc_data":
		return keySvcData
	case "event_data":
		return keyEventData
	case "raw":
		return keyRaw
	case "raw_b64":
		return keyRawB64
	case "hidden":
		return keyHidden
	}
	return numKeys
}
