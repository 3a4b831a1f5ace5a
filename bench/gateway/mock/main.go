// Mock is an upstream of OpenAI's format that answers at once, for benchmarks: what a gateway adds
// shows beside it.
//
// The model that is asked for decides how it answers: -slow gpt-4o=50ms waits before the answer,
// -drip gpt-4.1=5ms waits between the words of a stream, -fail gpt-5 answers 500. Every other model
// answers as fast as this program can. GET /stats tells how many requests came and how much CPU time they cost.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"aistrale.com/bench/wire"
)

const text = "The quick brown fox jumps over the lazy dog near the river bank, while the morning sun slowly rises " +
	"above the hills and the village wakes up to another ordinary day."

// waits are durations by model, as a flag: model=duration.
type waits map[string]time.Duration

func (w waits) String() string { return fmt.Sprint(map[string]time.Duration(w)) }

func (w waits) Set(said string) error {
	model, wait, found := strings.Cut(said, "=")
	parsed, err := time.ParseDuration(wait)
	if !found || err != nil {
		return fmt.Errorf("not model=duration: %q", said)
	}
	w[model] = parsed
	return nil
}

// names of models, as a flag that may be repeated.
type names map[string]bool

func (n names) String() string { return fmt.Sprint(map[string]bool(n)) }

func (n names) Set(said string) error {
	n[said] = true
	return nil
}

type mock struct {
	slow     waits
	drip     waits
	fail     names
	requests atomic.Int64
}

func main() {
	m := &mock{slow: waits{}, drip: waits{}, fail: names{}}
	address := flag.String("addr", "127.0.0.1:9100", "where to listen; port 0: any, printed")
	flag.Var(m.slow, "slow", "model=duration: wait before the answer; may be repeated")
	flag.Var(m.drip, "drip", "model=duration: wait between a stream's words; may be repeated")
	flag.Var(m.fail, "fail", "model that answers 500; may be repeated")
	flag.Parse()

	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + listener.Addr().String())
	log.Fatal(wire.Serve(listener, m.handle))
}

type request struct {
	Model         string `json:"model"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func (m *mock) handle(c *wire.Call) error {
	switch c.Path {
	case "POST /v1/chat/completions":
		return m.chat(c)
	case "GET /v1/models":
		return c.Send("200 OK", `{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1721172741,`+
			`"owned_by":"mock"}]}`)
	case "GET /stats":
		return m.stats(c)
	default:
		return c.Send("404 Not Found", `{"error":{"message":"nothing here","type":"invalid_request_error"}}`)
	}
}

func (m *mock) chat(c *wire.Call) error {
	var asked request
	if err := json.Unmarshal(c.Body, &asked); err != nil {
		return c.Send("400 Bad Request", `{"error":{"message":"not JSON","type":"invalid_request_error"}}`)
	}
	id := fmt.Sprintf("chatcmpl-mock%012d", m.requests.Add(1))
	if wait := m.slow[asked.Model]; wait > 0 {
		time.Sleep(wait)
	}
	if m.fail[asked.Model] {
		return c.Send("500 Internal Server Error", `{"error":{"message":"as told","type":"server_error"}}`)
	}
	if asked.Stream {
		return m.stream(c, asked, id)
	}
	return c.Send("200 OK", fmt.Sprintf(`{"id":"%s","object":"chat.completion","created":%d,"model":%q,"choices":[`+
		`{"index":0,"message":{"role":"assistant","content":%q,"refusal":null,"annotations":[]},"logprobs":null,`+
		`"finish_reason":"stop"}],"usage":{"prompt_tokens":27,"completion_tokens":36,"total_tokens":63,`+
		`"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":`+
		`{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},`+
		`"service_tier":"default","system_fingerprint":"fp_mock"}`, id, time.Now().Unix(), asked.Model, text))
}

// stream sends the role, twenty words, the finish reason, the usage when asked for, and the end.
func (m *mock) stream(c *wire.Call, asked request, id string) error {
	head := fmt.Sprintf(`data: {"id":"%s","object":"chat.completion.chunk","created":%d,"model":%q,`,
		id, time.Now().Unix(), asked.Model)
	choice := func(delta, finish string) error {
		return c.Event(head + `"choices":[{"index":0,"delta":` + delta + `,"logprobs":null,"finish_reason":` + finish +
			"}]}\n\n")
	}
	c.Begin()
	if err := choice(`{"role":"assistant","content":""}`, "null"); err != nil {
		return err
	}
	words := strings.Fields(text)[:20]
	for i, word := range words {
		if wait := m.drip[asked.Model]; wait > 0 && i > 0 { // the first word comes with the role
			time.Sleep(wait)
		}
		if err := choice(fmt.Sprintf(`{"content":%q}`, word+" "), "null"); err != nil {
			return err
		}
	}
	if err := choice("{}", `"stop"`); err != nil {
		return err
	}
	if asked.StreamOptions.IncludeUsage {
		if err := c.Event(head + fmt.Sprintf(`"choices":[],"usage":{"prompt_tokens":27,"completion_tokens":%d,`+
			`"total_tokens":%d}}`, len(words), 27+len(words)) + "\n\n"); err != nil {
			return err
		}
	}
	if err := c.Event("data: [DONE]\n\n"); err != nil {
		return err
	}
	return c.End()
}

func (m *mock) stats(c *wire.Call) error {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return err
	}
	cpu := float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
	return c.Send("200 OK", fmt.Sprintf(`{"requests":%d,"cpu":%.4f}`, m.requests.Load(), cpu))
}
