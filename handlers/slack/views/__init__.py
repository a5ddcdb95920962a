"""What is said in Slack, each screen as a function of what it shows: no client, no store, no clock."""
