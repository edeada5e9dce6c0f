"""Telling people and programs what a build does."""
