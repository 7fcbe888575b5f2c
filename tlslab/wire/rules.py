"""What the RFCs demand of a message beyond its form, where the message alone shows that it is broken.

Each rule looks at the members of a whole message and puts a `Problem` on the field that is wrong. It reads bytes, not
trees, so that a message whose rules hold stays unopened. Rules that need another message are the analyzer's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias

from tlslab.wire.field import Field, Problem

Members: TypeAlias = Mapping[str, Field]
Rule: TypeAlias = Callable[[Members], None]

TLS12, TLS13 = 0x0303, 0x0304
DTLS12, DTLS13 = 0xFEFD, 0xFEFC
SUPPORTED_GROUPS, SIGNATURE_ALGORITHMS, PRE_SHARED_KEY = 10, 13, 41
SUPPORTED_VERSIONS, COOKIE, PSK_KEY_EXCHANGE_MODES, KEY_SHARE = 43, 44, 45, 51
LARGE: Final = 2**13
SEVEN_DAYS_S: Final = 604_800


def blame(field: Field | None, text: str, rule: str, alert: str = "illegal_parameter") -> None:
    """Put a problem on a field that has none yet: the first cause counts."""
    if field is not None and field.problem is None:
        field.problem = Problem(text, field.start, field.end, rule, alert)


def contents(extensions: Field | None) -> dict[int, bytes]:
    """The data of each extension by its type, the first of each; read from the bytes of the vector."""
    data = extensions.bytes[2:] if extensions is not None else b""
    # A hello is asked again by each message that answers it, which is nothing unless somebody has made it huge.
    return _contents(data) if len(data) < LARGE else _contents_of_large(data)


def _contents(data: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    pos, last = 0, len(data) - 4
    while pos <= last:
        body = pos + 4
        end = body + (data[pos + 2] << 8 | data[pos + 3])
        found.setdefault(data[pos] << 8 | data[pos + 1], data[body:end])
        pos = end
    return found


_contents_of_large = lru_cache(maxsize=4)(_contents)


def numbers(data: bytes, prefix: int = 2) -> list[int]:
    """The two-byte numbers in a vector with a length of `prefix` bytes."""
    end = len(data) - 1
    return [data[pos] << 8 | data[pos + 1] for pos in range(prefix, end, 2)]


def items_of(vector: Field | None) -> list[Field]:
    """The items of a vector in a tree, without its length and what is left over."""
    return [item for item in vector.children[1:] if item.name != "trailing"] if vector is not None else []


def share_groups(data: bytes) -> list[int]:
    """The groups of a ClientHello's key shares."""
    found: list[int] = []
    pos = 2
    while pos + 4 <= len(data):
        found.append(int.from_bytes(data[pos : pos + 2], "big"))
        pos += 4 + int.from_bytes(data[pos + 2 : pos + 4], "big")
    return found


def client_hello(members: Members) -> None:
    """RFC 8446 §4.1.2 and §9.2, RFC 5246 §7.4.1.2."""
    found = contents(members.get("extensions"))
    versions = numbers(found.get(SUPPORTED_VERSIONS, b""), 1)
    methods = members.get("legacy_compression_methods")
    if TLS13 in versions or DTLS13 in versions:
        _client_hello13(members, found)
    elif methods is not None and 0 not in methods.bytes[1:]:
        blame(methods, "the null compression method is not offered", "RFC 5246 §7.4.1.2")


def _client_hello13(members: Members, found: Mapping[int, bytes]) -> None:
    methods, version = members.get("legacy_compression_methods"), members.get("legacy_version")
    if methods is not None and methods.bytes != b"\x01\x00":
        blame(methods, "with TLS 1.3 exactly the null method must be offered", "RFC 8446 §4.1.2")
    if version is not None and version.value not in {TLS12, DTLS12}:
        blame(version, "with supported_versions this must be 0x0303", "RFC 8446 §4.1.2", "")
    extensions = members.get("extensions")
    for missing, because in _missing(found):
        blame(extensions, f"{missing} is missing{because}", "RFC 8446 §9.2", "missing_extension")
    _shares_of_offered_groups(extensions, found)
    _as_many_binders(extensions, found)


def _missing(found: Mapping[int, bytes]) -> list[tuple[str, str]]:
    """Extensions that must be there, and why."""
    wanted = []
    if PRE_SHARED_KEY in found:
        wanted += [("psk_key_exchange_modes", " beside pre_shared_key")] * (PSK_KEY_EXCHANGE_MODES not in found)
    else:
        wanted += [("signature_algorithms", "")] * (SIGNATURE_ALGORITHMS not in found)
        wanted += [("supported_groups", "")] * (SUPPORTED_GROUPS not in found)
    if (SUPPORTED_GROUPS in found) != (KEY_SHARE in found):
        there, absent = (
            ("supported_groups", "key_share") if SUPPORTED_GROUPS in found else ("key_share", "supported_groups")
        )
        wanted.append((absent, f" beside {there}"))
    return wanted


def _shares_of_offered_groups(extensions: Field | None, found: Mapping[int, bytes]) -> None:
    """RFC 8446 §4.2.8: one share a group, and only of groups that are offered."""
    offered, shared = set(numbers(found.get(SUPPORTED_GROUPS, b""))), share_groups(found.get(KEY_SHARE, b""))
    seen: set[int] = set()
    wrong: dict[int, str] = {}
    for place, group in enumerate(shared):
        if group in seen:
            wrong[place] = "there is a share of this group already"
        elif SUPPORTED_GROUPS in found and group not in offered:
            wrong[place] = "the group of this share is not among supported_groups"
        seen.add(group)
    items = items_of(extensions.find("key_share", "client_shares")) if wrong and extensions is not None else []
    for place, text in wrong.items():
        blame(items[place] if place < len(items) else None, text, "RFC 8446 §4.2.8")


def _as_many_binders(extensions: Field | None, found: Mapping[int, bytes]) -> None:
    """RFC 8446 §4.2.11: each identity has its binder."""
    if PRE_SHARED_KEY not in found or extensions is None:
        return
    identities, binders = (extensions.find("pre_shared_key", name) for name in ("identities", "binders"))
    if identities is None or binders is None or identities.cut or binders.cut:
        return
    offered, proved = len(items_of(identities)), len(items_of(binders))
    if offered != proved:
        blame(binders, f"{proved} binders for {offered} identities", "RFC 8446 §4.2.11")


def server_hello(members: Members) -> None:
    """RFC 8446 §4.1.3 and §4.2.1."""
    extensions = members.get("extensions")
    selected = contents(extensions).get(SUPPORTED_VERSIONS)
    if selected is None:
        return
    version, method = members.get("legacy_version"), members.get("legacy_compression_method")
    if version is not None and version.value not in {TLS12, DTLS12}:
        blame(version, "with supported_versions this must be 0x0303", "RFC 8446 §4.1.3")
    if method is not None and method.value != 0:
        blame(method, "TLS 1.3 has no compression: this must be 0", "RFC 8446 §4.1.3")
    number = int.from_bytes(selected, "big")
    if len(selected) == 2 and (number < TLS13 or number in {0xFEFF, DTLS12}) and extensions is not None:
        field = extensions.find("supported_versions", "selected_version")
        blame(field, "supported_versions cannot choose a version before TLS 1.3", "RFC 8446 §4.2.1")


def hello_retry_request(members: Members) -> None:
    """RFC 8446 §4.1.4: it has to change something."""
    server_hello(members)
    found = contents(members.get("extensions"))
    # 0xfe0d: whether an encrypted ClientHello was accepted stands beside one of the two.
    if COOKIE not in found and KEY_SHARE not in found:
        text = "it asks for no other group and gives no cookie, so it would change nothing"
        blame(members.get("extensions"), text, "RFC 8446 §4.1.4")


def certificate(members: Members) -> None:
    """RFC 8446 §4.4.2, RFC 5246 §7.4.2: a server must have a certificate."""
    certificates, context = members.get("certificate_list"), members.get("certificate_request_context")
    if certificates is None or certificates.context.sender != "server":
        return
    if certificates.end - certificates.start == 3:
        modern = certificates.context.version >= TLS13
        rule, alert = ("RFC 8446 §4.4.2.4", "decode_error") if modern else ("RFC 5246 §7.4.2", "illegal_parameter")
        blame(certificates, "a server must send at least one certificate", rule, alert)
    if context is not None and context.end > context.start:
        blame(context, "a server's Certificate answers no request: this must be empty", "RFC 8446 §4.4.2")


def certificate_request(members: Members) -> None:
    """RFC 8446 §4.3.2: the client has to know how it may sign."""
    extensions = members.get("extensions")
    if extensions is not None and SIGNATURE_ALGORITHMS not in contents(extensions):
        blame(extensions, "signature_algorithms is missing", "RFC 8446 §4.3.2", "missing_extension")


def certificate_verify(members: Members) -> None:
    """RFC 8446 §4.4.3: no PKCS #1 v1.5, no SHA-1, in TLS 1.3."""
    algorithm = members.get("algorithm")
    if algorithm is None or algorithm.context.version < TLS13:
        return
    if algorithm.value in {0x0101, 0x0201, 0x0202, 0x0203, 0x0401, 0x0501, 0x0601} | set(range(0x0301, 0x0304)):
        text = f"{algorithm.label} is not allowed in CertificateVerify of TLS 1.3"
        blame(algorithm, text, "RFC 8446 §4.4.3")


def finished(members: Members) -> None:
    """RFC 5246 §7.4.9: 12 bytes; RFC 8446 §4.4.4: as many as the hash has."""
    verify_data = members.get("verify_data")
    if verify_data is None:
        return
    size = verify_data.end - verify_data.start
    if verify_data.context.version >= TLS13 and size not in {32, 48}:
        text = f"verify_data has {size} bytes, no hash of TLS 1.3 has so many"
        blame(verify_data, text, "RFC 8446 §4.4.4", "decode_error")
    elif verify_data.context.version < TLS13 and size != 12 and verify_data.context.key_exchange:
        # RFC 9189 §4.2.6: suites of GOST, whose key exchange has no name here, have 32.
        blame(verify_data, f"verify_data has {size} bytes, not 12", "RFC 5246 §7.4.9", "decode_error")


def new_session_ticket(members: Members) -> None:
    """RFC 8446 §4.6.1: seven days are the most."""
    lifetime = members.get("ticket_lifetime")
    if lifetime is not None and isinstance(lifetime.value, int) and lifetime.value > SEVEN_DAYS_S:
        blame(lifetime, f"the lifetime must not exceed seven days ({SEVEN_DAYS_S} s)", "RFC 8446 §4.6.1", "")


def key_update(members: Members) -> None:
    """RFC 8446 §4.6.3: 0 or 1."""
    request = members.get("request_update")
    if request is not None and request.value not in {0, 1}:
        blame(request, "request_update must be 0 or 1", "RFC 8446 §4.6.3")


def change_cipher_spec(members: Members) -> None:
    """RFC 8446 §5, RFC 5246 §7.1: the single byte 1."""
    kind = members.get("type")
    if kind is not None and kind.value != 1:
        blame(kind, "a ChangeCipherSpec must be the single byte 1", "RFC 8446 §5", "unexpected_message")


def alert(members: Members) -> None:
    """RFC 5246 §7.2: there are two levels."""
    level = members.get("level")
    if level is not None and level.value not in {1, 2}:
        blame(level, "an alert is a warning (1) or fatal (2)", "RFC 5246 §7.2")


RULES: Final[Mapping[str, Rule]] = {
    "ClientHello": client_hello,
    "ServerHello": server_hello,
    "HelloRetryRequest": hello_retry_request,
    "Certificate": certificate,
    "CertificateRequest": certificate_request,
    "CertificateVerify": certificate_verify,
    "Finished": finished,
    "NewSessionTicket": new_session_ticket,
    "KeyUpdate": key_update,
    "ChangeCipherSpec": change_cipher_spec,
    "Alert": alert,
}
"""By the name of the message's root."""


def apply(root: Field, members: list[Field]) -> None:
    """Try the rules of a message whose members are all there; what is cut short has told its problem already."""
    rule = RULES.get(root.name)
    if rule is not None and not root.cut:
        rule({member.name: member for member in members})
