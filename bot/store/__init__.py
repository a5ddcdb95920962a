"""What Leadsman remembers: rollouts, inbox, outbox and audit, in SQLite or Postgres."""
