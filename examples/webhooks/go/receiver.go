// Receives AISTRALE's webhooks.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type arrival struct {
	id   string
	body []byte
}

func main() {
	secret := os.Getenv("WEBHOOK_SECRET")
	webhook, err := standardwebhooks.NewWebhook(secret)
	if err != nil || secret == "" { // the library takes an empty secret, which everybody knows
		log.Fatal("WEBHOOK_SECRET is not set, or is no secret: ", err)
	}
	arrived := make(chan arrival, 1000)
	go work(arrived)

	http.HandleFunc("POST /hook", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 32<<20)) // the bytes, as they came
		if err != nil || webhook.Verify(body, r.Header) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		arrived <- arrival{r.Header.Get("webhook-id"), body}
		w.WriteHeader(http.StatusNoContent)
	})
	log.Fatal(http.ListenAndServe(":"+os.Getenv("PORT"), nil))
}

func work(arrived <-chan arrival) {
	seen := map[string]bool{} // in memory: a table with a unique key outlives this process
	for a := range arrived {
		if seen[a.id] {
			continue
		}
		seen[a.id] = true
		if err := handle(a.body); err != nil {
			log.Printf("%s was not handled: %v", a.id, err)
		}
	}
}

func handle(body []byte) error {
	var event struct {
		Type string
		Data json.RawMessage
	}
	if err := json.Unmarshal(body, &event); err != nil {
		return err
	}
	switch event.Type {
	case "cost.threshold_exceeded":
		var data struct {
			Name             string
			SpentUSD         json.Number `json:"spent_usd"`
			LimitUSD         json.Number `json:"limit_usd"`
			ThresholdPercent int         `json:"threshold_percent"`
		}
		if err := json.Unmarshal(event.Data, &data); err != nil {
			return err
		}
		fmt.Printf("%s: $%s of $%s spent, %d %% crossed\n", data.Name, data.SpentUSD, data.LimitUSD, data.ThresholdPercent)
	case "inference.failed":
		var data struct {
			InferenceID string `json:"inference_id"`
			Error       struct{ Message string }
		}
		if err := json.Unmarshal(event.Data, &data); err != nil {
			return err
		}
		fmt.Printf("%s failed: %s\n", data.InferenceID, data.Error.Message)
	}
	return nil
}
