"""Renewing, cross-signing, CRLs, requests, import and the passphrase: forms in, changes of the lab out."""

from __future__ import annotations

# First of all, before anything imports cryptography.
import tlslab.reference.openssl_configuration  # noqa: F401

# isort: split
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.hashes import SHA256
from PySide6.QtCore import QObject

from tlslab.gui.certificates.act_forms import (
    DELTA,
    RIGHT,
    CrlForm,
    CrossSignForm,
    ImportPassphraseForm,
    LabPassphraseForm,
    RenewForm,
    RequestForm,
    SignForm,
)
from tlslab.gui.session import Notice
from tlslab.gui.workshop import named
from tlslab.lab.published import new_crl, new_delta_crl
from tlslab.lab.taking_over import take_over
from tlslab.pki import PkiError, PrivateKey, builtin_profiles, generate_key, profile
from tlslab.pki.crl import broken_crl
from tlslab.pki.importing import Found, PassphraseWanted, read_file_content
from tlslab.pki.reading import public_key_of
from tlslab.pki.renewal import cross_sign, renew
from tlslab.pki.requests import Part, check_request, make_request, requested
from tlslab.store import LabError

if TYPE_CHECKING:
    from datetime import datetime

    from tlslab.gui.certificates.acts import Acts
    from tlslab.gui.files import Files
    from tlslab.gui.forms.panel import FormPanel
    from tlslab.pki import Credential
    from tlslab.store import Lab


class Issuing(QObject):
    """What the forms of the right column do to the lab."""

    def __init__(self, acts: Acts, files: Files) -> None:
        super().__init__(acts)
        self.acts, self.files = acts, files
        self.session = acts.session

    def _open(self, form: FormPanel) -> None:
        self.acts.right.open(form)

    def _with_key(self, key_type: str, work: Callable[[PrivateKey | None], object]) -> None:
        """Do `work` with a new key of that type, made in a thread where that takes long; with none for ""."""
        if not key_type:
            work(None)
        elif key_type.startswith("RSA"):
            self.session.work.start(
                f"Making an {key_type} key",
                lambda _cancel: generate_key(key_type),
                work,
                lambda error: self.session.refuse("No key was made", error),
            )
        else:
            work(generate_key(key_type))

    def _keep(self, form: FormPanel, make: Callable[[Lab], Credential], name: str = "") -> None:
        """Make a certificate and keep it in the lab; the form stays open where that is refused."""
        lab = self.session.the_lab()
        try:
            made = make(lab)
            made = replace(made, name=lab.free_name(name or made.name))
        except (LabError, PkiError) as error:
            form.complain(str(error))
            return
        add = (
            partial(lab.add, made)
            if made.key is not None
            else partial(lab.add_certificate, made.name, made.kind, made.certificate)
        )
        if self.acts.changes.do(f"{made.name} was not kept", add):
            self.session.said.emit(f"Made {made.name}")
            form.closed.emit()
            self.acts.show(made.name)

    # Renewing ----------------------------------------------------------------------------------------
    def show_renew_form(self, name: str) -> None:
        """Ask how to renew the certificate called `name`."""
        lab = self.session.the_lab()
        entry = lab.entry(name)
        new_name = lab.free_name(f"{name} renewed")
        form = RenewForm(name, new_name, entry.key_type, has_key=entry.has_private_key)
        form.given.connect(
            lambda called, key_type, days: self._with_key(
                key_type, lambda key: self._keep(form, partial(self._renewed, name, key, days or None), called)
            )
        )
        self._open(form)

    @staticmethod
    def _renewed(name: str, key: PrivateKey | None, days: int | None, lab: Lab) -> Credential:
        entry = lab.entry(name)
        issuer = lab.authority(entry.issuer) if entry.issuer is not None else None
        return renew(lab.credential(name), issuer, key=key, days=days)

    def show_cross_sign_form(self, name: str) -> None:
        """Ask who is to vouch for the authority called `name`, too."""
        lab = self.session.the_lab()
        others = [each.name for each in lab.authorities() if each.name != name and each.has_private_key]
        form = CrossSignForm(name, others)
        form.given.connect(
            lambda issuer, called, days: self._keep(
                form,
                lambda lab: cross_sign(lab.credential(name), lab.authority(issuer), name=called, days=days or None),
            )
        )
        self._open(form)

    # Revocation lists --------------------------------------------------------------------------------
    def show_crl_form(self, name: str) -> None:
        """Ask what the next CRL of the authority called `name` is to be."""
        lab = self.session.the_lab()
        form = CrlForm(name, len(lab.revocations(name)), has_base=lab.published_crl(name) is not None)
        form.given.connect(lambda what, start, end: self._publish(form, name, what, start, end))
        self._open(form)

    def _publish(self, form: CrlForm, name: str, what: str, start: datetime | None, end: datetime | None) -> None:
        lab = self.session.the_lab()
        try:
            if what == DELTA:
                crl = new_delta_crl(lab, name, this_update=start, next_update=end)
            elif what == RIGHT:
                crl = new_crl(lab, name, this_update=start, next_update=end)
            else:
                crl = lab.publish_crl(
                    name, lambda number, revoked: broken_crl(what, lab.authority(name), revoked, number=number)
                )
        except (LabError, PkiError) as error:
            form.complain(str(error))
            return
        form.closed.emit()
        self.session.lab_changed.emit()
        show = ("Show it", partial(self.files.take, f"{name}.crl", crl))
        self.session.told.emit(Notice(f"Published a CRL of {name}", f"It is {what}, {len(crl)} bytes.", "ok", (show,)))

    # Requests ----------------------------------------------------------------------------------------
    def show_request_form(self) -> None:
        """Ask whom a request is for."""
        form = RequestForm([name for name in builtin_profiles() if name != "root"])
        form.given.connect(
            lambda names, kind, key_type: self._with_key(key_type, partial(self._request, form, names, kind))
        )
        self._open(form)

    def _request(self, form: RequestForm, names: str, kind: str, key: PrivateKey | None) -> None:
        assert key is not None
        lab = self.session.the_lab()
        parts = tuple(name.strip() for name in names.split(",") if name.strip())
        try:
            request = make_request(named(profile(kind), parts), key)
            name = lab.free_request_name(parts[0] if parts else kind)
        except (LabError, PkiError) as error:
            form.complain(str(error))
            return
        if self.acts.changes.do("The request was not kept", lambda: lab.add_request(name, request, key)):
            form.closed.emit()
            self._say_request(name)

    def _say_request(self, name: str) -> None:
        buttons = (("Sign it", partial(self.show_sign_form, name)), ("Show it", partial(self._show_request, name)))
        self.session.told.emit(
            Notice(f"The lab keeps the request {name}", "An authority of the lab can sign it.", "ok", buttons)
        )

    def _show_request(self, name: str) -> None:
        from cryptography.hazmat.primitives.serialization import Encoding

        self.files.take(f"{name}.csr", self.session.the_lab().request(name).public_bytes(Encoding.DER))

    def show_sign_form(self, chosen: str = "") -> None:
        """Ask which request is to be signed, by whom, and what of it holds."""
        lab = self.session.the_lab()
        issuers = [each.name for each in lab.authorities() if each.has_private_key]
        profiles = [name for name in builtin_profiles() if name != "root"]
        form = SignForm([each.name for each in lab.requests()], issuers, profiles)
        if chosen:
            form.request.setCurrentText(chosen)
        form.given.connect(
            lambda request, issuer, kind, parts: self._keep(form, partial(_signed, request, issuer, kind, parts))
        )
        self._open(form)

    # Import ------------------------------------------------------------------------------------------
    def take_over(self, name: str, data: bytes, passphrase: str | None = None) -> None:
        """Put certificates, keys and requests of a file into the lab; ask for its passphrase if there is one."""
        try:
            found = read_file_content(data, name, passphrase)
            taken = take_over(self.session.the_lab(), found)
        except PassphraseWanted as error:
            self._ask_passphrase(name, data, str(error) if passphrase is not None else "")
            return
        except (PkiError, LabError) as error:
            self.session.refuse(f"{name} was not imported", error)
            return
        self.acts.right.close_form()
        self.session.lab_changed.emit()
        made = [each.name for each in taken.credentials]
        keys = (f"the private key of {each}" for each in taken.completed)
        new = [*made, *keys, *(f"the request {each}" for each in taken.requests)]
        for request in taken.requests:
            self._say_request(request)
        self.session.said.emit(f"Imported {', '.join(new)}" if new else f"The lab has all of {name} already")
        if made:
            self.acts.show(made[-1])

    def offer(self, name: str, data: bytes) -> None:
        """What was opened can be kept: say so, unless the lab has all of it."""
        try:
            found = read_file_content(data, name)
            new = self._new(found)
        except PassphraseWanted:
            new = 1
        except (PkiError, LabError):
            return
        if new:
            what = "It is shown. The lab can keep what is in it: certificates, private keys and requests."
            button = ("Import into the lab", partial(self.take_over, name, data))
            self.session.told.emit(Notice(f"{name} is not in the lab", what, "ok", (button,)))

    def _new(self, found: Found) -> int:
        """How much of it the lab does not have yet."""
        lab = self.session.lab
        known = {entry.fingerprint for entry in lab.entries()} if lab is not None else set()
        fingerprints = {each.fingerprint(SHA256()).hex() for each in found.certificates}
        return len(fingerprints - known) + len(found.requests)

    def _ask_passphrase(self, name: str, data: bytes, why: str) -> None:
        form = ImportPassphraseForm(name)
        form.complain(why)
        form.given.connect(lambda passphrase: self.take_over(name, data, passphrase))
        self._open(form)

    # Passphrase --------------------------------------------------------------------------------------
    def show_passphrase_form(self) -> None:
        """Ask for a new passphrase of the lab."""
        lab = self.session.the_lab()
        form = LabPassphraseForm(lab.file.name, is_protected=lab.protected)
        form.given.connect(lambda passphrase: self._set_passphrase(form, passphrase))
        self._open(form)

    def _set_passphrase(self, form: LabPassphraseForm, passphrase: str) -> None:
        lab = self.session.the_lab()

        def done(_nothing: object) -> None:
            form.closed.emit()
            self.session.lab_changed.emit()
            self.session.said.emit(
                "The private keys are encrypted" if passphrase else "The private keys are not encrypted any more"
            )

        # scrypt takes a tenth of a second, and every key is encrypted anew.
        self.session.work.start(
            "Encrypting the private keys",
            lambda _cancel: lab.set_passphrase(passphrase or None),
            done,
            lambda error: form.complain(str(error)),
        )


def _signed(name: str, issuer: str, kind: str, parts: frozenset[Part], lab: Lab) -> Credential:
    request, key = lab.request(name), lab.request_key(name)
    check_request(request)
    return lab.authority(issuer).issue(requested(request, profile(kind), parts), key or public_key_of(request))
