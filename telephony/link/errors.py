"""What can go wrong with the link to an exchange, each with a code that a console can translate."""

from __future__ import annotations

from data.errors import SiagaError


class LinkError(SiagaError):
    """The link could not be made, was lost, or the exchange said no. ``code`` is stable."""

    code = "link"


class Unreachable(LinkError):
    """Nothing answers at that address, or it refuses the connection."""

    code = "unreachable"


class TlsFailed(LinkError):
    """The TLS handshake failed: wrong certificate, wrong name, or the other side does not speak TLS."""

    code = "tls_failed"


class WrongBanner(LinkError):
    """What answers is no Asterisk Manager Interface, or it says nothing, or it closes at once."""

    code = "wrong_banner"


class LoginRefused(LinkError):
    """The exchange does not accept the user or the secret."""

    code = "login_refused"


class LoginUnanswered(LinkError):
    """The exchange took the login and never answered."""

    code = "login_unanswered"


class RightMissing(LinkError):
    """The AMI user may not do what the bridge needs; the message names the actions."""

    code = "right_missing"


class LinkLost(LinkError):
    """The connection ended while something was still to be answered: whether it was done is not known."""

    code = "link_lost"


class ReplyTimeout(LinkError):
    """The exchange did not answer in time: whether it was done is not known."""

    code = "reply_timeout"


class ActionRefused(LinkError):
    """The action was never sent: it holds something that must not go into the protocol."""

    code = "action_refused"


class ActionFailed(LinkError):
    """The exchange answered an action with an error; ``message`` is what it said."""

    code = "action_failed"
