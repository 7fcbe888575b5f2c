"""The other side of one comparison of `decode`: scapy dissects and decrypts a capture.

    python tests/benchmarks/scapy_side.py CAPTURE KEYLOG

Prints how many TLS messages it found.
"""

import sys

from scapy.all import TCP, TCPSession, bind_layers, conf, load_layer, sniff

load_layer("tls")
from scapy.layers.tls.record import TLS  # noqa: E402 - the layer has to be loaded first

capture, conf.tls_nss_filename = sys.argv[1:]
conf.tls_session_enable = True
for side in ("sport", "dport"):
    bind_layers(TCP, TLS, **{side: 4433})
messages = 0
for packet in sniff(offline=capture, session=TCPSession):
    record = packet.getlayer(TLS)
    while isinstance(record, TLS):
        messages += len(record.msg)
        record = record.payload
print(messages)
