"""Problems with hidden tests, one file per benchmark; metrics."""
