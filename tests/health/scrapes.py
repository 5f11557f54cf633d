"""Reads what `/metrics` answers."""

from prometheus_client.parser import text_string_to_metric_families


def numbers(text):
    """Every sample of a scrape: `{(name, labels as a frozenset): value}`."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
