"""What all pages for browsers share: templates, headers, the guard against other sites, and the looks."""
