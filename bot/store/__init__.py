"""What Leadsman remembers: rollouts, inbox, outbox and audit, in SQLite or Postgres.

`Store` is the one way in; `records` are what goes in and out, `errors` what it raises. Everything else here is how it is done.
"""

from bot.store.store import Store

__all__ = ["Store"]
