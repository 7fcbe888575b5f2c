"""What the RFCs demand of a message because of another one: an answer must answer what was asked.

`Watch` sees each handshake message of a connection as it is settled, and gives it the rules that it will be held to when
somebody looks at it. A rule reads trees and yields faults; who asks puts them on the fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from tlslab.trace.certificates_sent import has_no_certificate
from tlslab.trace.order import TLS13, Order
from tlslab.wire.rules import contents, items_of, numbers, share_groups

if TYPE_CHECKING:
    from tlslab.trace.events import Party
    from tlslab.trace.message import Message
    from tlslab.wire.field import Field


class Fault(NamedTuple):
    """A field that breaks a rule."""

    field: Field
    text: str
    rule: str
    alert: str = "illegal_parameter"


Rule: TypeAlias = "Callable[[Field], Iterator[Fault]]"

SIGNATURE_ALGORITHMS, ALPN, COMPRESS_CERTIFICATE, SUPPORTED_GROUPS = 13, 16, 27, 10
PRE_SHARED_KEY, SUPPORTED_VERSIONS, COOKIE, KEY_SHARE = 41, 43, 44, 51
ENCRYPTED_CLIENT_HELLO, RENEGOTIATION_INFO = 65037, 65281
MAX_FRAGMENT_LENGTH, RECORD_SIZE_LIMIT = 1, 28
LIMIT_HEADERS: Final = (b"\x00\x01\x00\x01", b"\x00\x1c\x00\x02")
"""Type and length of the two in an answer."""
MOST_CONTENT: Final = 2**14
WARNINGS: Final = {0, 90}
"""close_notify and user_canceled."""
FIXED: Final = ("DH_", "ECDH_")
"""Key exchanges in which the certificates of both sides may hold the shares (RFC 5246 §7.4.7.2, RFC 8422 §5.5)."""
RENEGOTIATION_SCSV: Final = 0x00FF


class Watch:
    """The messages of one handshake that later ones have to agree with."""

    __slots__ = ("client_hello", "limited_by", "limits", "order", "request", "retry")

    def __init__(self) -> None:
        self.order = Order()
        self.client_hello: Message | None = None
        """The last one."""
        self.retry: Message | None = None
        self.request: Message | None = None
        """The last CertificateRequest."""
        self.limits: dict[Party, int] = {"client": MOST_CONTENT, "server": MOST_CONTENT}
        """Bytes of content that each side may put into a record."""
        self.limited_by = MAX_FRAGMENT_LENGTH
        """The extension in which that was agreed."""

    def take(self, message: Message, version: int) -> None:
        """See one whole handshake message, and give it its rules.

        version  of TLS that was negotiated, by this message at the latest; 0 as long as nobody knows.
        """
        found: list[Rule] = []
        datagram = message.context.datagram
        objection = self.order.objection(message.sender, message.type, version, datagram=datagram)
        if message.type == "finished" and 0 < version < TLS13 and not message.encrypted:
            objection = objection or "finished cannot come before ChangeCipherSpec"
        if objection:
            found.append(unexpected(objection, version))
        if version >= TLS13 and has_no_certificate(message):
            self.order.without_certificate(message.sender)
        elif 0 < version < TLS13 and message.sender == "client" and message.type == "certificate" and may_sign(message):
            self.order.must_prove()
        maker = MAKERS.get((message.sender, message.type))
        # What is not to be unpacked has its rule already.
        if maker is not None and not (message.rules and message.type == "compressed_certificate"):
            rule = maker(self, message)
            found += [rule] if rule is not None else []
        if found:
            message.rules = (*message.rules, *found)

    def lost(self, sender: Party) -> None:
        """A record of `sender` could not be read."""
        self.order.lost(sender)


def may_sign(certificate: Message) -> bool:
    """Whether a Certificate before TLS 1.3 has a certificate, and not one with a fixed key share, which signs nothing."""
    return certificate.body[:3] > b"\0\0\0" and not certificate.context.key_exchange.startswith(FIXED)


def unexpected(objection: str, version: int) -> Rule:
    """The message cannot come here."""
    rule = "RFC 8446 §4" if version >= TLS13 else "RFC 5246 §7.3"

    def faults(root: Field) -> Iterator[Fault]:
        kind = root.child("msg_type")
        if kind is not None:
            yield Fault(kind, objection, rule, "unexpected_message")

    return faults


def _client_hello(watch: Watch, message: Message) -> Rule | None:
    retry, first = watch.retry, watch.client_hello
    watch.client_hello = message
    if retry is None or first is None:
        return None
    return lambda root: second_hello(root, first.fields, retry.fields)


def _hello_retry_request(watch: Watch, message: Message) -> Rule | None:
    hello, watch.retry = watch.client_hello, message
    return (lambda root: hello_retry_request(root, hello.fields)) if hello is not None else None


def _server_hello(watch: Watch, message: Message) -> Rule | None:
    hello, retry = watch.client_hello, watch.retry
    watch.retry = None
    if hello is None or (retry is not None and retry.number > hello.number):
        # The second ClientHello, which this answers, is missing.
        return None
    _limit(watch, message, hello)
    return lambda root: server_hello(root, hello.fields, retry.fields if retry is not None else None)


def _encrypted_extensions(watch: Watch, message: Message) -> Rule | None:
    hello = watch.client_hello
    if hello is None:
        return None
    _limit(watch, message, hello)
    return lambda root: answered_extensions(root, hello.fields)


def _limit(watch: Watch, message: Message, hello: Message) -> None:
    """Settle how much a record may hold: RFC 6066 §4 for both sides alike, RFC 8449 §4 for each by what the other said."""
    data = message.data
    if not any(header in data for header in LIMIT_HEADERS):
        return
    asked, answers = offers(hello.fields), offers(message.fields)
    code = int.from_bytes(answers.get(MAX_FRAGMENT_LENGTH, b"")[:1], "big")
    if RECORD_SIZE_LIMIT in answers and RECORD_SIZE_LIMIT in asked:
        # In TLS 1.3 the value counts the byte of the content type too.
        spare = message.type == "encrypted_extensions"
        by_client, by_server = (
            min(int.from_bytes(said[RECORD_SIZE_LIMIT], "big") - spare, MOST_CONTENT) for said in (asked, answers)
        )
        watch.limits = {"client": by_server, "server": by_client}
        watch.limited_by = RECORD_SIZE_LIMIT
    elif 1 <= code <= 4:
        watch.limits = {"client": 2 ** (8 + code), "server": 2 ** (8 + code)}
        watch.limited_by = MAX_FRAGMENT_LENGTH


def _certificate_request(watch: Watch, message: Message) -> Rule | None:
    watch.request = message
    return None


def _compressed_certificate(watch: Watch, message: Message) -> Rule | None:
    asked = watch.client_hello if message.sender == "server" else watch.request
    return (lambda root: compressed_certificate(root, asked.fields)) if asked is not None else unpacked


def _signed(watch: Watch, message: Message) -> Rule | None:
    asked = watch.client_hello if message.sender == "server" else watch.request
    return (lambda root: scheme(root, asked.fields)) if asked is not None else None


def _server_key_exchange(watch: Watch, message: Message) -> Rule | None:
    hello = watch.client_hello
    return (lambda root: server_key_exchange(root, hello.fields)) if hello is not None else None


MAKERS: Final[dict[tuple[Party, str], Callable[[Watch, Message], Rule | None]]] = {
    ("client", "client_hello"): _client_hello,
    ("server", "hello_retry_request"): _hello_retry_request,
    ("server", "server_hello"): _server_hello,
    ("server", "encrypted_extensions"): _encrypted_extensions,
    ("server", "certificate_request"): _certificate_request,
    ("server", "compressed_certificate"): _compressed_certificate,
    ("client", "compressed_certificate"): _compressed_certificate,
    ("server", "certificate_verify"): _signed,
    ("client", "certificate_verify"): _signed,
    ("server", "server_key_exchange"): _server_key_exchange,
}
"""What a message is compared with, by its sender and type."""


def offers(root: Field) -> dict[int, bytes]:
    """The extensions of a message by their type."""
    return contents(root.child("extensions"))


def offered_suites(hello: Field) -> list[int]:
    """The suites of a ClientHello; of one in the form of SSLv2 those that TLS knows."""
    suites, specs = hello.child("cipher_suites"), hello.child("cipher_specs")
    if specs is not None:
        return [spec.value for spec in specs.children if isinstance(spec.value, int)]
    return numbers(suites.bytes) if suites is not None else []


def server_hello(root: Field, hello: Field, retry: Field | None) -> Iterator[Fault]:
    """RFC 8446 §4.1.3, RFC 5246 §7.4.1.3: the server chooses among what was offered."""
    asked, answers = offers(hello), offers(root)
    modern = SUPPORTED_VERSIONS in answers
    yield from _chosen_suite(root, hello)
    yield from _chosen_version(root, hello, asked, answers)
    yield from answered_extensions(root, hello)
    if modern:
        yield from _echo(root, hello)
        yield from _chosen_share(root, asked, retry)
        yield from _chosen_psk(root, asked)
        yield from _as_the_retry_said(root, retry)
    elif not hello.context.sslv2:
        method, methods = root.child("legacy_compression_method"), hello.child("legacy_compression_methods")
        if method is not None and methods is not None and methods.bytes.find(method.bytes, 1) < 0:
            yield Fault(method, "the client did not offer this compression method", "RFC 5246 §7.4.1.3")


def _chosen_suite(root: Field, hello: Field) -> Iterator[Fault]:
    suite = root.child("cipher_suite")
    if suite is not None and suite.value not in offered_suites(hello):
        yield Fault(suite, "the client did not offer this cipher suite", "RFC 8446 §4.1.3")


def _echo(root: Field, hello: Field) -> Iterator[Fault]:
    sent, echoed = hello.child("legacy_session_id"), root.child("legacy_session_id_echo")
    # Over datagrams there are no middleboxes to please: RFC 9147 §5 lets a server leave the echo empty.
    if sent is not None and echoed is not None and sent.bytes != echoed.bytes and not root.context.datagram:
        yield Fault(echoed, "this is not the client's legacy_session_id", "RFC 8446 §4.1.3")


def _chosen_version(root: Field, hello: Field, asked: dict[int, bytes], answers: dict[int, bytes]) -> Iterator[Fault]:
    if SUPPORTED_VERSIONS in answers:
        field = root.find("extensions", "supported_versions", "selected_version")
        allowed = numbers(asked.get(SUPPORTED_VERSIONS, b""), 1)
        if field is not None and field.value not in allowed:
            yield Fault(field, "the client did not offer this version", "RFC 8446 §4.2.1")
        return
    chosen, highest = root.child("legacy_version"), hello.child("legacy_version") or hello.child("version")
    if chosen is None or highest is None or root.context.datagram:
        return
    if isinstance(chosen.value, int) and isinstance(highest.value, int) and chosen.value > highest.value:
        text = "the server chose a higher version than the client offered"
        yield Fault(chosen, text, "RFC 5246 §7.4.1.3", "protocol_version")


def answered_extensions(root: Field, hello: Field) -> Iterator[Fault]:
    """RFC 8446 §4.2: no answer to what was not asked, and ALPN chooses among the protocols that were offered."""
    asked = offers(hello)
    extensions = root.child("extensions")
    # Behind an encrypted ClientHello there is another one, which the server answers.
    if extensions is None or ENCRYPTED_CLIENT_HELLO in asked:
        return
    scsv = RENEGOTIATION_SCSV in offered_suites(hello)
    for extension in items_of(extensions):
        number = int.from_bytes(extension.bytes[:2], "big")
        if number not in asked and number != COOKIE and not (number == RENEGOTIATION_INFO and scsv):
            yield Fault(
                extension, f"the client did not send {extension.name}", "RFC 8446 §4.2", "unsupported_extension"
            )
        elif number == ALPN:
            yield from _chosen_protocol(extension, asked[ALPN])


def _chosen_protocol(extension: Field, offered: bytes) -> Iterator[Fault]:
    chosen = items_of(extension.child("protocol_name_list"))
    names, pos = [], 2
    while pos < len(offered):
        names.append(offered[pos : pos + 1 + offered[pos]])
        pos += 1 + offered[pos]
    if len(chosen) != 1:
        field = extension.child("protocol_name_list") or extension
        yield Fault(field, "a server chooses exactly one protocol", "RFC 7301 §3.1", "decode_error")
    elif chosen[0].bytes not in names:
        yield Fault(chosen[0], "the client did not offer this protocol", "RFC 7301 §3.2")


def _chosen_share(root: Field, asked: dict[int, bytes], retry: Field | None) -> Iterator[Fault]:
    group = root.find("extensions", "key_share")
    share = group.children[2] if group is not None and len(group.children) > 2 else None
    field = share.child("group") if share is not None else None
    if field is None or ENCRYPTED_CLIENT_HELLO in asked:
        return
    if field.value not in share_groups(asked.get(KEY_SHARE, b"")):
        yield Fault(field, "the client sent no share of this group", "RFC 8446 §4.2.8")


def _chosen_psk(root: Field, asked: dict[int, bytes]) -> Iterator[Fault]:
    field = root.find("extensions", "pre_shared_key", "selected_identity")
    offered = asked.get(PRE_SHARED_KEY)
    if field is None or offered is None or not isinstance(field.value, int):
        return
    count, pos, end = 0, 2, 2 + int.from_bytes(offered[:2], "big")
    while pos < min(end, len(offered)):
        count, pos = count + 1, pos + 6 + int.from_bytes(offered[pos : pos + 2], "big")
    if field.value >= count:
        yield Fault(field, f"the client offered {count} pre-shared keys, numbered from 0", "RFC 8446 §4.2.11")


def _as_the_retry_said(root: Field, retry: Field | None) -> Iterator[Fault]:
    """RFC 8446 §4.1.4: after a HelloRetryRequest the server must keep to it."""
    suite, before = root.child("cipher_suite"), retry.child("cipher_suite") if retry is not None else None
    if suite is not None and before is not None and suite.value != before.value:
        yield Fault(suite, "the HelloRetryRequest chose another cipher suite", "RFC 8446 §4.1.4")


def hello_retry_request(root: Field, hello: Field) -> Iterator[Fault]:
    """RFC 8446 §4.1.4: it asks for a share of a group that was offered, and of which there is none yet."""
    asked = offers(hello)
    yield from _chosen_suite(root, hello)
    yield from _chosen_version(root, hello, asked, offers(root))
    yield from _echo(root, hello)
    yield from answered_extensions(root, hello)
    field = root.find("extensions", "key_share", "selected_group")
    if field is None:
        return
    if field.value not in numbers(asked.get(SUPPORTED_GROUPS, b"")):
        yield Fault(field, "the client did not offer this group", "RFC 8446 §4.1.4")
    elif field.value in share_groups(asked.get(KEY_SHARE, b"")):
        yield Fault(field, "the client has sent a share of this group already", "RFC 8446 §4.1.4")


def second_hello(root: Field, first: Field, retry: Field) -> Iterator[Fault]:
    """RFC 8446 §4.1.2: the same ClientHello again, changed only as the HelloRetryRequest asked."""
    for name in ("legacy_version", "random", "legacy_session_id", "cipher_suites", "legacy_compression_methods"):
        field, before = root.child(name), first.child(name)
        if field is not None and before is not None and field.bytes != before.bytes:
            yield Fault(field, f"{name} differs from that of the first ClientHello", "RFC 8446 §4.1.2")
    asked, found = offers(retry), offers(root)
    extensions = root.child("extensions")
    shares = root.find("extensions", "key_share", "client_shares")
    if KEY_SHARE in asked and shares is not None:
        wanted = int.from_bytes(asked[KEY_SHARE], "big")
        if share_groups(found.get(KEY_SHARE, b"")) != [wanted]:
            yield Fault(shares, "there must be one share, of the group that was asked for", "RFC 8446 §4.1.2")
    if COOKIE in asked and found.get(COOKIE) != asked[COOKIE] and extensions is not None:
        field = extensions.child("cookie") or extensions
        yield Fault(field, "the cookie of the HelloRetryRequest does not come back", "RFC 8446 §4.2.2")


def scheme(root: Field, asked: Field) -> Iterator[Fault]:
    """RFC 8446 §4.4.3, RFC 5246 §7.4.8: a signature scheme that the other side can verify."""
    field = root.child("algorithm")
    named = asked.child("supported_signature_algorithms")
    listed = named.bytes if named is not None else offers(asked).get(SIGNATURE_ALGORITHMS)
    if field is not None and listed is not None and field.value not in numbers(listed):
        yield Fault(field, f"{field.label} was not offered", "RFC 8446 §4.4.3")


def server_key_exchange(root: Field, hello: Field) -> Iterator[Fault]:
    """RFC 8422 §5.4: a curve that the client offered; RFC 5246 §7.4.3: a scheme that it can verify."""
    asked = offers(hello)
    curve, signed = root.find("params", "namedcurve"), root.find("signed_params", "algorithm")
    if curve is not None and SUPPORTED_GROUPS in asked and curve.value not in numbers(asked[SUPPORTED_GROUPS]):
        yield Fault(curve, "the client did not offer this curve", "RFC 8422 §5.4")
    listed = asked.get(SIGNATURE_ALGORITHMS)
    if signed is not None and listed is not None and signed.value not in numbers(listed):
        yield Fault(signed, f"{signed.label} was not offered", "RFC 5246 §7.4.3")


def alert_is_fatal(root: Field) -> Iterator[Fault]:
    """RFC 8446 §6: once TLS 1.3 is negotiated, errors are fatal."""
    level, description = root.child("level"), root.child("description")
    if level is not None and description is not None and level.value == 1 and description.value not in WARNINGS:
        text = f"{description.doc} must be sent as fatal in TLS 1.3; it is taken so"
        yield Fault(level, text, "RFC 8446 §6.2", "")


def unpacked(root: Field) -> Iterator[Fault]:
    """RFC 8879 §4: what is inside must be a Certificate message of the length that is claimed."""
    from tlslab.wire.compression import Unpacked, unpack_certificate

    found = unpack_certificate(root)
    # Without an alert nothing is wrong: there is only no library here for the algorithm.
    if isinstance(found, Unpacked) or not found.alert:
        return
    field = next((child for child in root.children if (child.start, child.end) == (found.start, found.end)), None)
    if field is not None:
        yield Fault(field, found.text, found.rule, found.alert)


def compressed_certificate(root: Field, asked: Field) -> Iterator[Fault]:
    """RFC 8879 §4: an algorithm that was offered, and what is inside."""
    algorithm, listed = root.child("algorithm"), offers(asked).get(COMPRESS_CERTIFICATE)
    if algorithm is not None and algorithm.value not in numbers(listed or b"", 1):
        yield Fault(algorithm, f"{algorithm.label} was not offered", "RFC 8879 §4")
    yield from unpacked(root)
