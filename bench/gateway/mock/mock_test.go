package main

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"aistrale.com/bench/wire"
)

func start(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	m := &mock{slow: waits{}, drip: waits{}, fail: names{"broken": true}}
	go func() { _ = wire.Serve(listener, m.handle) }()
	return "http://" + listener.Addr().String()
}

func post(t *testing.T, url string, body io.Reader) (int, string) {
	t.Helper()
	answer, err := http.Post(url, "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(read)
}

func TestAnswersAreOfTheModelThatWasAskedForAndCounted(t *testing.T) {
	url := start(t)
	for _, body := range []io.Reader{
		strings.NewReader(`{"model":"a-model"}`),
		io.MultiReader(strings.NewReader(`{"model":`), strings.NewReader(`"a-model"}`)), // of unknown length: chunked
	} {
		status, text := post(t, url+"/v1/chat/completions", body)
		var answer struct{ Model string }
		if err := json.Unmarshal([]byte(text), &answer); err != nil || status != 200 || answer.Model != "a-model" {
			t.Errorf("%d %s", status, text)
		}
	}
	stats, err := http.Get(url + "/stats")
	if err != nil {
		t.Fatal(err)
	}
	defer stats.Body.Close()
	var counted struct{ Requests int }
	if err = json.NewDecoder(stats.Body).Decode(&counted); err != nil || counted.Requests != 2 {
		t.Errorf("%v %+v", err, counted)
	}
}

func TestAModelThatFailsDoesSoInBothForms(t *testing.T) {
	url := start(t)
	for _, body := range []string{`{"model":"broken"}`, `{"model":"broken","stream":true}`} {
		if status, text := post(t, url+"/v1/chat/completions", strings.NewReader(body)); status != 500 {
			t.Errorf("%d %s", status, text)
		}
	}
}

func TestStreamsHaveEveryEventAndAnEnd(t *testing.T) {
	for _, asked := range []struct {
		body   string
		events int
	}{
		{`{"model":"m","stream":true}`, 23},
		{`{"model":"m","stream":true,"stream_options":{"include_usage":true}}`, 24},
	} {
		status, text := post(t, start(t)+"/v1/chat/completions", strings.NewReader(asked.body))
		events := strings.Split(strings.TrimSuffix(text, "\n\n"), "\n\n")
		if status != 200 || len(events) != asked.events || events[len(events)-1] != "data: [DONE]" {
			t.Errorf("%d, %d events: %s", status, len(events), text)
		}
		for _, event := range events[:len(events)-1] {
			if !json.Valid([]byte(strings.TrimPrefix(event, "data: "))) {
				t.Errorf("not JSON: %s", event)
			}
		}
	}
}

func TestWhatIsNotThereIsNotAnswered(t *testing.T) {
	if status, _ := post(t, start(t)+"/v1/other", strings.NewReader("{}")); status != 404 {
		t.Errorf("%d", status)
	}
	if status, _ := post(t, start(t)+"/v1/chat/completions", strings.NewReader("{")); status != 400 {
		t.Errorf("%d", status)
	}
}
