"""The page of `infobip-rules dev`: phones in the browser, and why rules did or did not answer."""
