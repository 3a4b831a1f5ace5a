"""The Python SDK's runner of contract/scenarios, which hold every SDK."""
