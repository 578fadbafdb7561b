"""Semantic text service: texts in, transformed texts out."""
