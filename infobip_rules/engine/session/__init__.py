"""One session: its working memory, an evaluation, and the state that is stored between two."""
