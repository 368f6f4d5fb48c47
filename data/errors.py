"""Errors that reach a person: what is wrong, where, and what to do, with a stable code."""

from __future__ import annotations


class SiagaError(Exception):
    """An error with a stable ``code`` and a sentence for people.

    ``where`` names the file, line, field or number concerned; ``remedy`` says what to do. The command line prints
    it on standard error and exits with ``exit_status`` (1: the answer is no; 2: wrong use).
    """

    code = "error"
    exit_status = 1

    def __init__(self, message: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.remedy})" if self.remedy else text


class Refusal(SiagaError):
    """A decision that the rules do not allow now; nothing was written. ``params`` fill the translated sentence."""

    code = "refused"

    def __init__(self, code: str, message: str, **params: object) -> None:
        super().__init__(message.format(**params) if params else message)
        self.code = code
        self.template = message
        self.params = params


class Conflict(Refusal):
    """Somebody else changed the same thing first: the loser's one clear message."""


class WrongUse(SiagaError):
    """A command or setting was given that can't be right; exit status 2."""

    code = "usage"
    exit_status = 2
