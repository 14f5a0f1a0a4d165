// Package carry owns what the rooms of SIEM formats share: the fields of an event as flat texts, so that what a format
// has no word for travels under a key of our own and comes back; texts made fit for readers that demand UTF-8; how much
// an event matters; and whether bytes that came by a dialect may go out again as they are. It knows no format.
package carry
