"""What tshark finds in a capture, as the expectations keep it: an opinion that is not ours.

The shape is that of the captures that came first: per stream `messages` ("c2s ClientHello"), `alerts` ("s2c 40") and
`records` (how many of each content type; `opaque`: of each type on the outside in TLS 1.3), without and with the keys, and length and hash of the data in the clear.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from tests.recipes.recording import program

HANDSHAKE_TYPES = {
    0: "HelloRequest",
    1: "ClientHello",
    2: "ServerHello",
    3: "HelloVerifyRequest",
    4: "NewSessionTicket",
    5: "EndOfEarlyData",
    8: "EncryptedExtensions",
    11: "Certificate",
    12: "ServerKeyExchange",
    13: "CertificateRequest",
    14: "ServerHelloDone",
    15: "CertificateVerify",
    16: "ClientKeyExchange",
    20: "Finished",
    22: "CertificateStatus",
    24: "KeyUpdate",
    25: "CompressedCertificate",
    67: "NextProtocol",
}
HELLO_RETRY_REQUEST = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"


def options(capture: Path, port: int, decode_as: str, keys: Sequence[Path], *, udp: bool = False) -> list[str]:
    """The arguments with which tshark reads a capture; `keys` are key logs and private keys of servers."""
    layer = "udp" if udp else "tcp"
    decode = ["-d", f"{layer}.port=={port},{decode_as}"] if decode_as else []
    sorting = ("-o", "tcp.reassemble_out_of_order:TRUE")
    return ["-2", "-r", str(capture), *sorting, *decode, *(word for path in keys for word in ("-o", _preference(path)))]


def _preference(keys: Path) -> str:
    return f'uat:rsa_keys:"{keys}",""' if keys.suffix == ".pem" else f"tls.keylog_file:{keys}"


def summary(arguments: Sequence[str], port: int, *, udp: bool = False) -> dict[str, dict[str, Any]]:
    """Messages, alerts and records of each stream, in the order of the packets."""
    found: dict[str, dict[str, Any]] = {}
    layer = "udp" if udp else "tcp"
    for packet in _packets(arguments):
        stream = _show(packet, f"{layer}.stream")
        if stream is None:
            continue
        ports = [int(_show(packet, f"{layer}.{end}port") or 0) for end in ("src", "dst")]
        sender = "s2c" if ports[0] == port else "c2s"
        into = found.setdefault(
            f"t{stream}",
            {
                "client_port": ports[sender == "s2c"],
                "messages": [],
                "alerts": [],
                "ja3": [],
                "records": Counter(),
                "opaque": Counter(),
            },
        )
        for proto in packet.iter("proto"):
            if proto.get("name") in {"tls", "dtls"}:
                _read(proto, sender, into)
    return {key: each for key, each in found.items() if each["records"] or each["opaque"] or each["messages"]}


def _packets(arguments: Sequence[str]) -> Iterator[ET.Element]:
    done = subprocess.run(
        [program("tshark"), *arguments, "-T", "pdml", "-J", "ip ipv6 tcp udp tls dtls"], capture_output=True, check=True
    )
    for _, element in ET.iterparse(_Bytes(done.stdout)):  # noqa: S314 - tshark's own
        if element.tag == "packet":
            yield element
            element.clear()


class _Bytes:
    """A file of bytes that ElementTree reads in pieces."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def read(self, size: int = -1) -> bytes:
        piece = self.data[self.at : self.at + size if size >= 0 else None]
        self.at += len(piece)
        return piece


def _read(proto: ET.Element, sender: str, into: dict[str, Any]) -> None:
    for field in proto.iter("field"):
        name = (field.get("name") or "").removeprefix("d")
        show = field.get("show") or ""
        if name == "tls.handshake.type" and _is_last(field, proto):
            into["messages"].append(f"{sender} {_title(field, proto)}")
        elif name == "tls.alert_message.desc":
            into["alerts"].append(f"{sender} {show}")
        elif name == "tls.record.content_type":
            into["records"][f"{sender} {show}"] += 1
        elif name == "tls.handshake.ja3":
            into["ja3"].append(show)
        elif name == "tls.record.opaque_type":
            into["opaque"][f"{sender} {show}"] += 1


def _is_last(field: ET.Element, proto: ET.Element) -> bool:
    """Whether a message ends here: DTLS shows the type with each fragment."""
    message = _around(field, proto)
    parts = [
        int(each.get("show") or 0)
        for name in ("length", "fragment_offset", "fragment_length")
        for each in message
        if each.get("name") == f"dtls.handshake.{name}"
    ]
    return len(parts) < 3 or parts[0] == parts[1] + parts[2]


def _around(field: ET.Element, proto: ET.Element) -> ET.Element:
    return next(each for each in proto.iter("field") if field in list(each))


def _title(field: ET.Element, proto: ET.Element) -> str:
    number = int(field.get("show") or 0)
    if number == 2:
        message = _around(field, proto)
        random = next((each for each in message if (each.get("name") or "").endswith("handshake.random")), None)
        if random is not None and (random.get("value") or "") == HELLO_RETRY_REQUEST:
            return "HelloRetryRequest"
    return HANDSHAKE_TYPES.get(number, f"type {number}")


def _show(packet: ET.Element, name: str) -> str | None:
    field = packet.find(f".//field[@name='{name}']")
    return None if field is None else field.get("show")


def plaintext(arguments: Sequence[str], port: int, stream: str, *, udp: bool = False) -> dict[str, dict[str, Any]]:
    """Length, hash and beginning of what each side said inside a stream."""
    said = _datagrams(arguments, port, stream) if udp else _followed(arguments, port, stream)
    return {
        party: {"len": len(data), "sha256": hashlib.sha256(data).hexdigest(), "head": data[:32].decode("latin-1")}
        for party, data in said.items()
        if data
    }


def _followed(arguments: Sequence[str], port: int, stream: str) -> dict[str, bytes]:
    text = _tshark(*arguments, "-q", "-z", f"follow,tls,raw,{stream.removeprefix('t')}")
    said = {"client": b"", "server": b""}
    # Node 0 is whose data came first; the other's lines begin with a tab.
    first_is_server = f":{port}" in (re.search(r"^Node 0: .*$", text, re.MULTILINE) or [""])[0]
    for line in text.splitlines():
        if re.fullmatch(r"\t?(?:[0-9a-f]{2})+", line):
            said["server" if line.startswith("\t") != first_is_server else "client"] += bytes.fromhex(line.strip())
    return said


def _datagrams(arguments: Sequence[str], port: int, stream: str) -> dict[str, bytes]:
    condition = f"udp.stream == {stream.removeprefix('t')} && dtls && data"
    text = _tshark(*arguments, "-Y", condition, "-T", "fields", "-e", "udp.srcport", "-e", "data.data")
    said = {"client": b"", "server": b""}
    for line in text.splitlines():
        source, data = line.split("\t")
        said["server" if int(source) == port else "client"] += bytes.fromhex(data.replace(",", ""))
    return said


def _tshark(*arguments: str) -> str:
    return subprocess.run([program("tshark"), *arguments], capture_output=True, text=True, check=True).stdout


def expectation(capture: Path, port: int, decode_as: str, keys: Sequence[Path], *, udp: bool = False) -> dict[str, Any]:
    """The whole opinion: without keys, and with them where there are some."""
    bare = options(capture, port, decode_as, (), udp=udp)
    found: dict[str, Any] = {"no_keys": {"summary": summary(bare, port, udp=udp)}}
    if keys:
        with_keys = options(capture, port, decode_as, keys, udp=udp)
        streams = summary(with_keys, port, udp=udp)
        said = {stream: plaintext(with_keys, port, stream, udp=udp) for stream in streams}
        found["with_keys"] = {"summary": streams, "plaintext": {key: each for key, each in said.items() if each}}
    return found
