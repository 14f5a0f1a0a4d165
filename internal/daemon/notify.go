package daemon

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// notifier tells the service manager how we are (sd_notify(3)): datagrams to $NOTIFY_SOCKET. Without one it is silent.
type notifier struct {
	socket   string        // "" or a path; a leading '@' means the abstract name space
	watchdog time.Duration // how often to say that we live; 0: nobody asks
}

func newNotifier(getenv func(string) string) notifier {
	n := notifier{socket: getenv("NOTIFY_SOCKET")}
	if us, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && us > 0 && n.socket != "" {
		n.watchdog = time.Duration(us) * time.Microsecond / 2
	}
	return n
}

// send tells a state: "READY=1", "STATUS=…".
func (n notifier) send(states ...string) error {
	if n.socket == "" {
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	defer c.Close()
	if _, err := c.Write([]byte(strings.Join(states, "\n"))); err != nil {
		return fmt.Errorf("notify the service manager: %w", err)
	}
	return nil
}
