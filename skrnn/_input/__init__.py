"""What users pass, turned into arrays of known shape and type, or refused with a remedy."""
