// Mock is an upstream of OpenAI's format that answers at once, for benchmarks: what a gateway adds shows beside it.
//
// The model that is asked for decides how it answers: -slow gpt-4o=50ms waits before the answer, -drip gpt-4.1=5ms
// waits between the events of a stream. Every other model answers as fast as this program can.
// GET /stats tells how many requests came and how much CPU time they cost.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
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

type mock struct {
	slow     waits
	drip     waits
	requests atomic.Int64
}

func main() {
	m := &mock{slow: waits{}, drip: waits{}}
	address := flag.String("addr", "127.0.0.1:9100", "where to listen; port 0: any, printed")
	flag.Var(m.slow, "slow", "model=duration: wait before the answer; may be repeated")
	flag.Var(m.drip, "drip", "model=duration: wait between a stream's events; may be repeated")
	flag.Parse()

	routes := http.NewServeMux()
	routes.HandleFunc("POST /v1/chat/completions", m.chat)
	routes.HandleFunc("GET /v1/models", models)
	routes.HandleFunc("GET /stats", m.stats)
	listener, err := net.Listen("tcp", *address)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + listener.Addr().String())
	log.Fatal(http.Serve(listener, routes))
}

type request struct {
	Model         string `json:"model"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

func (m *mock) chat(w http.ResponseWriter, r *http.Request) {
	var asked request
	body, err := io.ReadAll(r.Body)
	if err == nil {
		err = json.Unmarshal(body, &asked)
	}
	if err != nil {
		http.Error(w, `{"error":{"message":"not JSON","type":"invalid_request_error"}}`, http.StatusBadRequest)
		return
	}
	id := fmt.Sprintf("chatcmpl-mock%012d", m.requests.Add(1))
	if wait := m.slow[asked.Model]; wait > 0 {
		time.Sleep(wait)
	}
	if asked.Stream {
		m.stream(w, asked, id)
		return
	}
	answer := fmt.Appendf(nil, `{"id":"%s","object":"chat.completion","created":%d,"model":%q,"choices":[{"index":0,`+
		`"message":{"role":"assistant","content":%q,"refusal":null,"annotations":[]},"logprobs":null,`+
		`"finish_reason":"stop"}],"usage":{"prompt_tokens":27,"completion_tokens":36,"total_tokens":63,`+
		`"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":`+
		`{"reasoning_tokens":0,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}},`+
		`"service_tier":"default","system_fingerprint":"fp_mock"}`, id, time.Now().Unix(), asked.Model, text)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	_, _ = w.Write(answer) // a client that went away is none of our business
}

// stream sends the role, twenty words, the finish reason, the usage when asked for, and the end.
func (m *mock) stream(w http.ResponseWriter, asked request, id string) {
	w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	flusher := w.(http.Flusher)
	head := fmt.Sprintf(`data: {"id":"%s","object":"chat.completion.chunk","created":%d,"model":%q,`,
		id, time.Now().Unix(), asked.Model)
	event := func(rest string) {
		_, _ = io.WriteString(w, head+rest+"}\n\n")
		flusher.Flush()
	}
	choice := func(delta, finish string) string {
		return `"choices":[{"index":0,"delta":` + delta + `,"logprobs":null,"finish_reason":` + finish + `}]`
	}
	event(choice(`{"role":"assistant","content":""}`, "null"))
	words := strings.Fields(text)[:20]
	for _, word := range words {
		if wait := m.drip[asked.Model]; wait > 0 {
			time.Sleep(wait)
		}
		event(choice(fmt.Sprintf(`{"content":%q}`, word+" "), "null"))
	}
	event(choice("{}", `"stop"`))
	if asked.StreamOptions.IncludeUsage {
		event(fmt.Sprintf(`"choices":[],"usage":{"prompt_tokens":27,"completion_tokens":%d,"total_tokens":%d}`,
			len(words), 27+len(words)))
	}
	_, _ = io.WriteString(w, "data: [DONE]\n\n")
	flusher.Flush()
}

func models(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(w, `{"object":"list","data":[{"id":"gpt-4o-mini","object":"model","created":1721172741,`+
		`"owned_by":"mock"}]}`)
}

func (m *mock) stats(w http.ResponseWriter, _ *http.Request) {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	cpu := float64(used.Utime.Sec+used.Stime.Sec) + float64(used.Utime.Usec+used.Stime.Usec)/1e6
	fmt.Fprintf(w, "{\"requests\":%d,\"cpu\":%.4f}\n", m.requests.Load(), cpu)
}
