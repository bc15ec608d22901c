"""Descriptions of exceptions that users' code raised, as sentences of an error."""

from __future__ import annotations

from pydantic import ValidationError

#: Characters of an exception's own words that are kept.
LONGEST = 1_000


def described(problem: BaseException) -> str:
    """`Type: what it says`, as Python writes it, shortened if it says very much."""
    said = _said(problem).strip()
    said = said if len(said) <= LONGEST else f"{said[:LONGEST]} ..."
    return f"{type(problem).__name__}: {said}" if said else type(problem).__name__


def sentence(words: str) -> str:
    """The words with a full stop, unless they have their end already."""
    return words if words.endswith((".", "!", "?", "]")) else f"{words}."


def _said(problem: BaseException) -> str:
    """Its words; pydantic's, which repeat the values they were given (such as somebody's text), without them."""
    try:
        if not isinstance(problem, ValidationError):
            return str(problem)
        errors = problem.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(f"{problem.title}.{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in errors)
    except BaseException as own:  # a __str__ of the user's
        return f"(its own words can't be had: {type(own).__name__})"
