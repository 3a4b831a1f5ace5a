package main

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"aistrale.com/bench/wire"
)

// The example of the specification of Standard Webhooks.
const (
	secret    = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	id        = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	timestamp = "1614265330"
	signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	body      = `{"test": 2432232314}`
)

func start(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	key, err := key(secret)
	if err != nil {
		t.Fatal(err)
	}
	r := &receiver{secret: key, distinct: map[string]bool{}}
	go func() { _ = wire.Serve(listener, r.handle, names...) }()
	return "http://" + listener.Addr().String()
}

func send(t *testing.T, method, url, signature string) (int, string) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("webhook-id", id)
	request.Header.Set("webhook-timestamp", timestamp)
	request.Header.Set("webhook-signature", signature)
	answer, err := http.DefaultClient.Do(request)
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

func TestWhatVerifiesIsNotedAndWhatDoesNotIsRefused(t *testing.T) {
	url := start(t)
	for _, sent := range []struct {
		signature string
		status    int
	}{{signature, 200}, {"v1,AAAA " + signature, 200}, {"v1,AAAA", 401}, {"", 401}} {
		if status, _ := send(t, "POST", url+"/ok/here", sent.signature); status != sent.status {
			t.Errorf("%q: %d", sent.signature, status)
		}
	}
	_, lines := send(t, "GET", url+"/arrivals", "")
	if strings.Count(lines, "/ok/here "+id) != 2 {
		t.Error(lines)
	}
	_, stats := send(t, "GET", url+"/stats", "")
	if !strings.HasPrefix(stats, `{"requests":2,"distinct":1,"hanging":0,"refused":2,`) {
		t.Error(stats)
	}
}

func TestWhatHangsIsCountedAndLeftWhenTheClientLeaves(t *testing.T) {
	url := start(t)
	client := http.Client{Timeout: 200 * time.Millisecond}
	if _, err := client.Post(url+"/hang/1", "application/json", strings.NewReader(body)); err == nil {
		t.Error("it was answered")
	}
	if _, stats := send(t, "GET", url+"/stats", ""); !strings.Contains(stats, `"hanging":1`) {
		t.Error(stats)
	}
}

func TestTheInferenceIsFound(t *testing.T) {
	if got := text([]byte(`{"id":"evt_1","data":{"inference_id":"inf_2","x":1}}`), `"inference_id":"`); got != "inf_2" {
		t.Errorf("%q", got)
	}
}
