"""What runs beside the traced program: probes, back ends, recorder, monitors.

These modules need the standard library only and import nothing else, because their text is sent into the sandbox.
"""
