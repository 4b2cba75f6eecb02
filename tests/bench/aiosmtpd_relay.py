"""Relays mails by aiosmtpd and smtplib: aiosmtpd_relay.py PORT NEXT_HOP_PORT, both on 127.0.0.1."""

import signal
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Proxy

port, next_hop = (int(argument) for argument in sys.argv[1:])
controller = Controller(Proxy("127.0.0.1", next_hop), hostname="127.0.0.1", port=port, data_size_limit=200_000_000)
controller.start()
signal.sigwait([signal.SIGTERM, signal.SIGINT])
controller.stop()
