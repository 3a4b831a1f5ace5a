# Starts a workflow at GitHub with the event that is on standard input.
{
  printf '{"event_type": "%s", "client_payload": {"event": ' "$AISTRALE_EVENT_TYPE"
  cat
  printf '}}'
} | curl -sS --fail --retry 5 --retry-all-errors --data-binary @- -o /dev/null \
  -H "Authorization: Bearer $GITHUB_TOKEN" -H "Accept: application/vnd.github+json" \
  "https://api.github.com/repos/$GITHUB_REPOSITORY/dispatches" && echo "started for $AISTRALE_EVENT_ID"
