"""Reaching an exchange: TCP or TLS, its banner, within a limit of time for all of it."""

from __future__ import annotations

import re
import socket
import ssl
import time

from telephony.link.errors import LinkError, TlsFailed, Unreachable, WrongBanner
from telephony.settings import Pbx

_BANNER = re.compile(rb"Asterisk Call Manager/([0-9.]+)\Z", re.IGNORECASE)
_MAX_BANNER = 256


def dial(pbx: Pbx, timeout: float) -> tuple[socket.socket, str, bytes]:
    """Connect to ``pbx`` within ``timeout`` seconds: the socket, the protocol's version, bytes behind the banner.

    Raises Unreachable, TlsFailed or WrongBanner; the socket is closed then.
    """
    deadline = time.monotonic() + timeout
    where = f"{pbx.host}:{pbx.port}"
    try:
        sock = socket.create_connection((pbx.host, pbx.port), timeout=timeout)
    except OSError as error:
        raise Unreachable(
            f"cannot connect: {error.strerror or error}",
            where=where,
            remedy="is Asterisk running, and manager.conf enabled on this address?",
        ) from error
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if pbx.tls:
            sock = _tls(pbx, sock, where, deadline)
        version, rest = _banner(sock, where, deadline)
    except BaseException:
        sock.close()
        raise
    return sock, version, rest


def _tls(pbx: Pbx, sock: socket.socket, where: str, deadline: float) -> ssl.SSLSocket:
    try:
        context = ssl.create_default_context(cafile=pbx.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        sock.settimeout(max(0.1, deadline - time.monotonic()))
        return context.wrap_socket(sock, server_hostname=pbx.tls_name or pbx.host)
    except ssl.SSLCertVerificationError as error:
        raise TlsFailed(
            f"the exchange's certificate is not accepted: {error.verify_message}",
            where=where,
            remedy="set ca to the authority's certificate and tls_name to the certificate's name",
        ) from error
    except OSError as error:
        raise TlsFailed(f"no TLS handshake: {error}", where=where, remedy="is this the TLS port?") from error


def _banner(sock: socket.socket, where: str, deadline: float) -> tuple[str, bytes]:
    data = b""
    while b"\r\n" not in data and len(data) < _MAX_BANNER:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _no_banner("it says nothing", where)
        sock.settimeout(left)
        try:
            more = sock.recv(_MAX_BANNER)
        except TimeoutError as error:
            raise _no_banner("it says nothing", where) from error
        except OSError as error:
            raise Unreachable(f"the connection broke: {error}", where=where) from error
        if not more:
            raise _no_banner("it closes the connection", where)
        data += more
    line, _, rest = data.partition(b"\r\n")
    found = _BANNER.match(line.strip())
    if not found:
        raise _no_banner(f"it answers {line[:60].decode('ascii', 'replace')!r}", where)
    return found[1].decode("ascii"), rest


def _no_banner(what: str, where: str) -> LinkError:
    return WrongBanner(
        f"this is no Asterisk Manager Interface: {what}",
        where=where,
        remedy="check host and port of [[pbx]]; manager.conf's permit list can close at once too",
    )
