package text

import (
	"strconv"
)

// arbitrary appends a token of units: how they are shown, which they are, how many, and the units.
func (p *Printer) arbitrary(dst, data []byte) []byte {
	dst = p.delim(append(dst, how(data[0])...))
	dst = p.delim(append(dst, arbitraryUnit[data[1]]...))
	dst = strconv.AppendUint(dst, uint64(data[2]), 10)
	return p.units(p.delim(dst), data)
}

func how(n byte) string {
	if int(n) < len(arbitraryHow) {
		return arbitraryHow[n]
	}
	return strconv.Itoa(int(n))
}

func (p *Printer) units(dst, data []byte) []byte {
	size := 1 << data[1]
	for b := data[3:]; len(b) >= size; b = b[size:] {
		n := p.unit(b[:size])
		if data[0] != 4 {
			dst = append(dst, ' ')
		}
		switch data[0] {
		case 0, 4: // the low byte as a character, as praudit does; -r or event_data has the rest
			dst = p.escape(dst, []byte{byte(n)}, true)
		case 1:
			dst = strconv.AppendUint(dst, n, 8)
		case 2:
			switch size {
			case 4:
				dst = strconv.AppendInt(dst, int64(int32(n)), 10)
			default:
				dst = strconv.AppendInt(dst, int64(n), 10)
			}
		default:
			dst = strconv.AppendUint(dst, n, 16)
		}
	}
	return dst
}

func (p *Printer) unit(b []byte) (n uint64) {
	for i := range b {
		if p.BigEndian {
			n = n<<8 | uint64(b[i])
		} else {
			n |= uint64(b[i]) << (8 * i)
		}
	}
	return n
}
