"""Reads what `/metrics` answers."""

from prometheus_client.parser import text_string_to_metric_families


def numbers(text):
    """Every sample of a scrape: `{(name, labels as a frozenset): value}`."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(client):
    """A function that reads one number of an app, 0 where there is none."""
    found = numbers(client.client.get("/metrics").text)
    return lambda name, **labels: found.get((name, frozenset(labels.items())), 0)
