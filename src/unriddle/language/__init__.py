"""What programs are: parsing, normalising, and plain-data values."""
