// Load sends one HTTP request over and over on raw sockets, and prints what came of it as one line
// of JSON.
//
//	closed loop:  -c 64 -d 10s     64 connections, each sends as soon as its answer is there
//	open loop:    -rate 500 -d 8s  requests are due by the clock, whatever the server does; latency
//	                               counts from the moment a request was due, so that a stall is
//	                               charged to every request it delayed
//
// With -pid it also tells the CPU time and the memory of the server's process; its own CPU time it
// always tells.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"
)

type headers []string

func (h *headers) String() string { return strings.Join(*h, "; ") }

func (h *headers) Set(line string) error {
	if !strings.Contains(line, ":") || strings.ContainsAny(line, "\r\n") {
		return errors.New("not 'Name: value'")
	}
	*h = append(*h, line)
	return nil
}

type options struct {
	url         *url.URL
	request     []byte
	connections int
	rate        float64
	duration    time.Duration
	most        int64
	grace       time.Duration
	shape       answerShape
	keys        *keys
}

func main() {
	var extra headers
	target := flag.String("url", "http://127.0.0.1:9100/v1/chat/completions", "where to send")
	body := flag.String("body", "", "the request's body (default: a small chat completion)")
	model := flag.String("model", "gpt-4o-mini", "the model of the default body")
	stream := flag.Bool("stream", false, "ask for a stream in the default body")
	connections := flag.Int("c", 64, "connections; with -rate the most there may be")
	rate := flag.Float64("rate", 0, "requests a second, open loop; 0: closed loop")
	duration := flag.Duration("d", 10*time.Second, "how long")
	most := flag.Int64("n", 0, "stop after so many requests; 0: by time only")
	grace := flag.Duration("grace", 3*time.Second, "open loop: how long the backlog is worked off")
	timeout := flag.Duration("timeout", 30*time.Second, "of one request")
	end := flag.String("end", "", "an answer without this text among its last bytes is an error")
	sink := flag.String("sink", "", "file that gets the -sink-header of every 200, one a line")
	times := flag.Bool("times", false, "put the time of its answer behind each, in nanoseconds since 1970")
	keyed := flag.Bool("keyed", false, "give each request an Idempotency-Key of its own")
	status := flag.Int("status", 200, "the status of an answer that counts")
	sinkHeader := flag.String("sink-header", "x-aistrale-inference-id", "the header that -sink keeps")
	pid := flag.Int("pid", 0, "the server's process")
	label := flag.String("label", "", "a name for the output")
	flag.Var(&extra, "H", "a request header, 'Name: value'; may be repeated")
	flag.Parse()

	to, err := url.Parse(*target)
	if err != nil || to.Scheme != "http" || to.Port() == "" {
		fail("-url must be http://host:port/path, not %q", *target)
	}
	if *body == "" {
		*body = chat(*model, *stream)
	}
	o := options{
		url: to, connections: *connections, rate: *rate, duration: *duration, most: *most, grace: *grace,
		shape: answerShape{timeout: *timeout, end: []byte(*end)},
	}
	if *keyed {
		o.keys = newKeys()
		extra = append(extra, o.keys.header())
	}
	o.request = request(to, extra, *body)
	if *sink != "" {
		o.shape.keep = strings.ToLower(*sinkHeader) + ":"
	}

	watch := watchProcess(*pid)
	own := ownCPU()
	begin := time.Now()
	var all []sample
	var failures failures
	if o.rate > 0 {
		all, failures = openLoop(o, begin)
	} else {
		all, failures = closedLoop(o, begin)
	}
	elapsed := time.Since(begin)
	result := summarize(all, *status, elapsed)
	result.Label, result.Rate, result.Connections = *label, o.rate, o.connections
	result.Errors, result.Unsent, result.FirstError = failures.errors, failures.unsent, failures.first
	result.ClientCPU = round(ownCPU()-own, 4)
	watch.into(&result)
	if *sink != "" {
		if err := write(*sink, all, *times); err != nil {
			fail("%v", err)
		}
	}
	line, err := json.Marshal(result)
	if err != nil {
		fail("%v", err)
	}
	fmt.Println(string(line))
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, "load: "+format+"\n", values...)
	os.Exit(1)
}

// chat is a request of the size people send in examples.
func chat(model string, stream bool) string {
	type message struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	}
	body, err := json.Marshal(struct {
		Model       string    `json:"model"`
		Messages    []message `json:"messages"`
		MaxTokens   int       `json:"max_tokens"`
		Temperature float64   `json:"temperature"`
		Stream      bool      `json:"stream,omitempty"`
	}{model, []message{
		{"system", "You are a helpful assistant."},
		{"user", "Tell me a short story about a fox and a dog."},
	}, 100, 0.7, stream})
	if err != nil {
		fail("%v", err)
	}
	return string(body)
}

func request(to *url.URL, extra headers, body string) []byte {
	head := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: */*\r\n"+
		"User-Agent: load/1\r\nContent-Length: %d\r\n", to.RequestURI(), to.Host, len(body))
	for _, line := range extra {
		head += line + "\r\n"
	}
	return []byte(head + "\r\n" + body)
}

func write(path string, all []sample, times bool) error {
	var text strings.Builder
	for _, one := range all {
		if one.status == 200 && one.kept != "" {
			text.WriteString(one.kept)
			if times {
				fmt.Fprintf(&text, " %d", one.end.UnixNano())
			}
			text.WriteByte('\n')
		}
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err = file.WriteString(text.String()); err != nil {
		return errors.Join(err, file.Close())
	}
	return file.Close()
}
