package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"sync/atomic"
)

const (
	numberMark   = "################"
	numberFormat = "%016d"
)

// keys gives every request an Idempotency-Key of its own. Those of two runs differ. Nil gives none.
type keys struct {
	run  string
	last atomic.Int64
}

func newKeys() *keys {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails
	return &keys{run: hex.EncodeToString(random)}
}

// header stands in the request of which own makes copies.
func (k *keys) header() string {
	return "Idempotency-Key: " + k.run + "-" + numberMark
}

// own is the request with the next key in it.
func (k *keys) own(request []byte) []byte {
	if k == nil {
		return request
	}
	at := bytes.Index(request, []byte(numberMark))
	mine := slices.Clone(request)
	copy(mine[at:], fmt.Sprintf(numberFormat, k.last.Add(1)))
	return mine
}
