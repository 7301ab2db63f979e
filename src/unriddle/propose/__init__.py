"""Proposers: ask/tell, one file per idea."""
