"""`.drl` rules printed as Python rules: what `infobip-rules convert` does."""
