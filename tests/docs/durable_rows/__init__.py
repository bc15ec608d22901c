"""The rows of docs/from-durable-rules.md: each construct of durable-rules, as it runs in the plugin and in the own host."""
