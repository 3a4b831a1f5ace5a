// Receive is a receiver of webhooks, for benchmarks: it verifies each as Standard Webhooks 1.0.0 has it and notes when it came.
//
//	POST /ok/…     verified with -secret, noted, and answered with 204; 401 when it does not verify
//	POST /hang/…   counted, and never answered
//	GET /stats     how many came, of how many events and paths, when the last one came, and the CPU time they cost
//	GET /arrivals  one line each: path, event, inference, nanoseconds since 1970
//	POST /forget   as if nothing had come
package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"strings"
	"sync"
	"syscall"
	"time"

	"aistrale.com/bench/wire"
)

type arrival struct {
	path      string
	event     string
	inference string
	at        time.Time
}

type receiver struct {
	secret []byte

	lock     sync.Mutex
	arrivals []arrival
	distinct map[string]bool // path and event
	hanging  int
	refused  int
}

// The order in which the handler is given them.
var names = []string{"webhook-id:", "webhook-timestamp:", "webhook-signature:"}

func main() {
	address := flag.String("addr", "127.0.0.1:0", "where to listen; port 0: any, printed")
	secret := flag.String("secret", "", "the webhooks' secret, whsec_…")
	flag.Parse()
	key, err := key(*secret)
	if err != nil {
		log.Fatal(err)
	}
	r := &receiver{secret: key, distinct: map[string]bool{}}
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + listener.Addr().String())
	log.Fatal(wire.Serve(listener, r.handle, names...))
}

func key(secret string) ([]byte, error) {
	text, found := strings.CutPrefix(secret, "whsec_")
	if !found {
		return nil, errors.New("-secret must be whsec_ and base64")
	}
	return base64.StdEncoding.DecodeString(text)
}

func (r *receiver) handle(c *wire.Call) error {
	switch {
	case strings.HasPrefix(c.Path, "POST /ok/"):
		at := time.Now()
		if !r.verified(c) {
			r.lock.Lock()
			r.refused++
			r.lock.Unlock()
			return c.Send("401 Unauthorized", `{"error":"not signed with the secret"}`)
		}
		r.note(c, at)
		return c.Send("200 OK", `{}`)
	case strings.HasPrefix(c.Path, "POST /hang/"):
		r.lock.Lock()
		r.hanging++
		r.lock.Unlock()
		c.Wait()
		return errors.New("the client has gone")
	case c.Path == "GET /stats":
		return r.stats(c)
	case c.Path == "GET /arrivals":
		return r.list(c)
	case c.Path == "POST /forget":
		r.lock.Lock()
		r.arrivals, r.distinct, r.hanging = nil, map[string]bool{}, 0
		r.lock.Unlock()
		return c.Send("200 OK", `{}`)
	default:
		return c.Send("404 Not Found", `{"error":"nothing here"}`)
	}
}

func (r *receiver) verified(c *wire.Call) bool {
	mac := hmac.New(sha256.New, r.secret)
	mac.Write([]byte(c.Headers[0] + "." + c.Headers[1] + "."))
	mac.Write(c.Body)
	expected := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
	for _, signature := range strings.Fields(c.Headers[2]) {
		if hmac.Equal([]byte(signature), []byte(expected)) {
			return true
		}
	}
	return false
}

func (r *receiver) note(c *wire.Call, at time.Time) {
	path := strings.TrimPrefix(c.Path, "POST ")
	one := arrival{path, c.Headers[0], text(c.Body, `"inference_id":"`), at}
	r.lock.Lock()
	defer r.lock.Unlock()
	r.arrivals = append(r.arrivals, one)
	r.distinct[path+" "+one.event] = true
}

// text is what stands between a member's name and the next quote; "" without one.
func text(body []byte, name string) string {
	_, rest, found := bytes.Cut(body, []byte(name))
	if !found {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte(`"`))
	return string(value)
}

func (r *receiver) stats(c *wire.Call) error {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	cpu := float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
	r.lock.Lock()
	defer r.lock.Unlock()
	var first, last int64
	if len(r.arrivals) > 0 {
		first, last = r.arrivals[0].at.UnixNano(), r.arrivals[len(r.arrivals)-1].at.UnixNano()
	}
	return c.Send("200 OK", fmt.Sprintf(
		`{"requests":%d,"distinct":%d,"hanging":%d,"refused":%d,"first":%d,"last":%d,"cpu":%.4f}`,
		len(r.arrivals), len(r.distinct), r.hanging, r.refused, first, last, cpu))
}

func (r *receiver) list(c *wire.Call) error {
	var lines strings.Builder
	r.lock.Lock()
	for _, one := range r.arrivals {
		fmt.Fprintf(&lines, "%s %s %s %d\n", one.path, one.event, one.inference, one.at.UnixNano())
	}
	r.lock.Unlock()
	return c.Send("200 OK", lines.String())
}
