"""The libraries."""
