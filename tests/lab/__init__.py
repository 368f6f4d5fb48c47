"""A real exchange, callers and telephones on 127.0.0.0/8, for tests: Asterisk, SIPp, baresip.

    with Exchange() as exchange:                      # our own configuration, free ports, its own folders
        exchange.sign_in("op1")                       # a member of queue 112, as a console would add it
        with exchange.operator("op1"), exchange.caller(talk_s=2) as caller:
            caller.wait()
        exchange.cel_rows()

Nothing here is imported by the product. The AMI client is a plain one of its own, so that a fault of the product's link
can't hide in the tests. Everything that is started is ended by its process id; nothing outlives the ``with``.
"""

from tests.lab.ami import AmiClient, AmiError
from tests.lab.exchange import Exchange
from tests.lab.places import LabMissing
from tests.lab.records import CelRow, QueueLogRow
from tests.lab.scenarios import Location
from tests.lab.sip import Caller, SippOperator
from tests.lab.softphone import Softphone

__all__ = [
    "AmiClient",
    "AmiError",
    "Caller",
    "CelRow",
    "Exchange",
    "LabMissing",
    "Location",
    "QueueLogRow",
    "SippOperator",
    "Softphone",
]
