"""Objectives: ``(model, batch) -> Loss``, one file each."""
