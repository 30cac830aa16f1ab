"""Audits: a whole account read once, judged by rules, reported."""
