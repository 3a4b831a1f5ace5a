// Receives AISTRALE's webhooks.
import express from "express";
import { Webhook } from "standardwebhooks";

const webhook = new Webhook(process.env.WEBHOOK_SECRET ?? "");
const seen = new Set(); // in memory: a table with a unique key outlives this process
const app = express();

// The bytes, as they came. express.raw takes 100 kB unless it is told otherwise.
app.post("/hook", express.raw({ type: "application/json", limit: "32mb" }), (request, response) => {
  let event;
  try {
    event = webhook.verify(request.body, request.headers);
  } catch {
    return response.sendStatus(400);
  }
  response.status(204).end();
  if (!seen.has(request.headers["webhook-id"])) {
    seen.add(request.headers["webhook-id"]);
    handle(event).catch(console.error);
  }
});

async function handle({ type, data }) {
  if (type === "cost.threshold_exceeded") {
    console.log(`${data.name}: $${data.spent_usd} of $${data.limit_usd} spent, ${data.threshold_percent} % crossed`);
  } else if (type === "inference.failed") {
    console.log(`${data.inference_id} failed: ${data.error.message}`);
  }
}

app.listen(process.env.PORT ?? 3000);
