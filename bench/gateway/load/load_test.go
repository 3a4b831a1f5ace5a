package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

func serve(t *testing.T, handler http.HandlerFunc) options {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	to, err := url.Parse(server.URL + "/v1/chat/completions")
	if err != nil {
		t.Fatal(err)
	}
	return options{
		url: to, request: request(to, headers{"Authorization: Bearer k"}, chat("m", false)), connections: 3,
		duration: time.Minute, grace: time.Minute, shape: answerShape{timeout: 5 * time.Second},
	}
}

func TestClosedLoopSendsExactlyWhatItCounts(t *testing.T) {
	seen := make(chan string, 100)
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen <- r.Method + " " + r.URL.Path + " " + r.Header.Get("Authorization") + " " + string(body)
		w.Header().Set("X-Kept", "id-1")
		_, _ = io.WriteString(w, "hello")
	})
	o.most, o.shape.keep = 20, "x-kept:"
	all, failed := closedLoop(o, time.Now())
	if len(all) != 20 || len(seen) != 20 || failed.errors != 0 {
		t.Fatalf("%d samples, %d requests, %+v", len(all), len(seen), failed)
	}
	if got := <-seen; got != "POST /v1/chat/completions Bearer k "+chat("m", false) {
		t.Errorf("sent %q", got)
	}
	for _, one := range all {
		if one.status != 200 || one.kept != "id-1" || one.firstByte > one.whole || one.whole <= 0 {
			t.Errorf("%+v", one)
		}
	}
}

func TestEveryRequestHasAKeyOfItsOwn(t *testing.T) {
	seen := make(chan string, 100)
	o := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if string(body) != chat("m", false) {
			t.Errorf("the body is %q", body)
		}
		seen <- r.Header.Get("Idempotency-Key")
		_, _ = io.WriteString(w, "hello")
	})
	o.keys, o.most = newKeys(), 20
	o.request = request(o.url, headers{o.keys.header()}, chat("m", false))
	if _, failed := closedLoop(o, time.Now()); failed.errors != 0 {
		t.Fatalf("%+v", failed)
	}
	other := newKeys()
	if other.run == o.keys.run {
		t.Error("two runs share their keys")
	}
	different := map[string]bool{}
	for range 20 {
		key := <-seen
		if !strings.HasPrefix(key, o.keys.run+"-0") || strings.Contains(key, "#") {
			t.Errorf("key %q", key)
		}
		different[key] = true
	}
	if len(different) != 20 {
		t.Errorf("%d different keys", len(different))
	}
}

func TestAnswersThatAreNot200AreNoSuccesses(t *testing.T) {
	o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "no", http.StatusServiceUnavailable)
	})
	o.most = 5
	all, _ := closedLoop(o, time.Now())
	got := summarize(all, 200, time.Second)
	if got.OK != 0 || got.Statuses[503] != 5 || got.P50 != 0 {
		t.Errorf("%+v", got)
	}
	if got = summarize(all, 503, time.Second); got.OK != 5 || got.P50 == 0 {
		t.Errorf("expected: %+v", got)
	}
}

func TestAStreamWithoutItsEndIsAnError(t *testing.T) {
	end := "data: [DONE]\n\n"
	o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for range 30 {
			_, _ = io.WriteString(w, "data: {}\n\n")
			w.(http.Flusher).Flush()
		}
		_, _ = io.WriteString(w, end)
	})
	o.most, o.shape.end = 4, []byte("[DONE]")
	if all, failed := closedLoop(o, time.Now()); len(all) != 4 || failed.errors != 0 {
		t.Fatalf("%d samples, %+v", len(all), failed)
	}
	end = "data: {}\n\n"
	if all, failed := closedLoop(o, time.Now()); len(all) != 0 || failed.errors != 4 ||
		!strings.Contains(failed.first, "an answer that ends with") {
		t.Fatalf("%d samples, %+v", len(all), failed)
	}
}

// One connection and a server that stalls once: every request that was due meanwhile waited, and
// says so.
func TestOpenLoopCountsFromWhenARequestWasDue(t *testing.T) {
	first := true
	o := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if first {
			first = false
			time.Sleep(300 * time.Millisecond)
		}
		_, _ = io.WriteString(w, "hello")
	})
	o.connections, o.rate, o.most = 1, 100, 20
	all, failed := openLoop(o, time.Now())
	late := 0
	for _, one := range all {
		if one.whole >= 100*time.Millisecond {
			late++
		}
	}
	if len(all) != 20 || failed.errors != 0 || late < 20 {
		t.Errorf("%d samples, %d late, %+v", len(all), late, failed)
	}
}

func TestQuantilesAreOfTheNearestRank(t *testing.T) {
	values := make([]time.Duration, 200)
	for i := range values {
		values[i] = time.Duration(i+1) * time.Millisecond
	}
	for q, want := range map[float64]float64{.5: 100, .99: 198, 1: 200} {
		if got := quantile(values, q); got != want {
			t.Errorf("quantile %v is %v, not %v", q, got, want)
		}
	}
	if quantile(nil, .5) != 0 {
		t.Error("of nothing")
	}
}
