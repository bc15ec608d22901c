"""The base of all pages for browsers: templates, headers, styles, and the guard against other sites."""
