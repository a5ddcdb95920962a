"""A small Kubernetes, Prometheus and Slack, served over HTTP, for `leadsman demo` and for the tests. Imports nothing of ours."""
