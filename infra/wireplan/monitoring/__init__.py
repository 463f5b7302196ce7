"""What a running system is watched by: dashboards for Grafana, alerts for Prometheus, and what Prometheus has to scrape."""
