"""Good mail that talks of protected mail: nothing in it may be taken for the message itself."""

# ruff: noqa: E501 - a text stands on one line, as long as it is

from __future__ import annotations

import binascii
import html
import io
import struct
import zipfile
import zlib
from functools import cache
from typing import TYPE_CHECKING

from samples import mail
from samples.cms import Signing, enveloped_data, signed_data
from samples.model import base64_lines, entity, lines, multipart, quoted_printable
from support.samples import sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def _source(name: str) -> str:
    return sample(f"{name}.eml").read_bytes().decode("latin-1").replace("\r\n", "\n")


def _prefixed(text: str, prefix: str) -> str:
    return "".join(f"{prefix}{line}\n" for line in text.splitlines())


PEC, CLEAR, SEALED, RPMSG, PGP = (
    "pec-transport-envelope",
    "smime-clear-signed",
    "smime-encrypted",
    "rights-rpmsg",
    "pgp-mime-encrypted",
)
INTRO = "Buongiorno,\n\necco il sorgente del messaggio che non arriva nel CRM:\n\n"
KEY = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQENBGWbT3QBCADNq0bM\nvT0xq9l1cG5fZA==\n=aB3d\n-----END PGP PUBLIC KEY BLOCK-----\n"


def _pem(label: str, data: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64_lines(data, 64).decode().replace(chr(13), '')}-----END {label}-----\n"


def _texts() -> dict[str, str]:
    sealed, signed = enveloped_data(b"Ciao.\r\n"), signed_data(b"Ciao.\r\n", Signing())
    uu = "".join(
        binascii.b2a_uu(chunk).decode() for chunk in (b"Nothing but words, in an old", b" encoding that nobody uses.")
    )
    return {
        "names": "Outlook mostra smime.p7m, smime.p7s, postacert.eml, daticert.xml e message.rpmsg come allegati.\n",
        "fields": "Cercare nell'intestazione i campi:\n\nX-Trasporto: posta-certificata\nX-Ricevuta: accettazione\nX-TipoRicevuta: completa\n",
        "types": "Regola sul server:\nContent-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\nContent-Type: multipart/signed\n",
        "identifiers": "OID 1.2.840.113549.1.7.2 (signedData), 1.2.840.113549.1.7.3 (envelopedData); in DER 06 09 2A 86 48 86 F7 0D 01 07 03.\n",
        "armour-line": "Il testo cifrato comincia con\n-----BEGIN PGP MESSAGE-----\ne finisce con\n-----END PGP MESSAGE-----\n",
        "armour-signature-line": "Dopo la riga -----BEGIN PGP SIGNED MESSAGE----- viene il testo, poi -----BEGIN PGP SIGNATURE-----.\n",
        "public-key": "La mia chiave:\n\n" + KEY,
        "certificate": "Il certificato:\n\n" + _pem("CERTIFICATE", bytes(range(200))),
        "pkcs7-block": "Il blocco da verificare:\n\n" + _pem("PKCS7", signed),
        "rpmsg": "Il file message.rpmsg (application/x-microsoft-rpmsg-message) comincia con 76 e8 04 60 c4 11 e3 86.\n",
        "quoted-pec": INTRO + _prefixed(_source(PEC), "> "),
        "quoted-clear": INTRO + _prefixed(_source(CLEAR), "> "),
        "quoted-sealed": INTRO + _prefixed(_source(SEALED), ">"),
        "quoted-twice": INTRO + _prefixed(_source(PGP), "> > "),
        "indented-pec": INTRO + _prefixed(_source(PEC), "    "),
        "indented-rpmsg": INTRO + _prefixed(_source(RPMSG), "\t"),
        "numbered-pec": INTRO + "".join(f"{at:4}  {line}\n" for at, line in enumerate(_source(PEC).splitlines(), 1)),
        "source-pec": INTRO + _source(PEC),
        "source-clear": INTRO + _source(CLEAR),
        "source-sealed": INTRO + _source(SEALED),
        "source-rpmsg": INTRO + _source(RPMSG),
        "source-header": INTRO + _source(PEC).partition("\n\n")[0] + "\n\nGrazie\n",
        "header-original": "-----Messaggio originale-----\nDa: posta-certificata@gestore.example.it\nOggetto: POSTA CERTIFICATA: Ordine\n\nIl messaggio e' nell'allegato postacert.eml.\n",
        "receipt-words": "Ricevuta di accettazione\nIl giorno 02/03/2026 il messaggio \"Ordine\" proveniente da \"a@pec.example.it\" ed indirizzato a b@pec.example.it e' stato accettato.\n",
        "listing": 'Esempio:\n\n    msg["Content-Type"] = \'multipart/signed; boundary="sep"\'\n    body = "--sep\\r\\nContent-Type: application/pkcs7-signature\\r\\n"\n',
        "boundary-lines": "Le parti sono divise cosi':\n\n--sep\nContent-Type: text/plain\n\nuno\n--sep\nContent-Type: application/pkcs7-signature; name=smime.p7s\n\ndue\n--sep--\n",
        "diff": "--- a/mime.c\n+++ b/mime.c\n@@ -1,4 +1,4 @@\n-Content-Type: application/x-pkcs7-mime\n+Content-Type: application/pkcs7-mime\n--boundary\n--boundary--\n",
        "signature": "Ciao\n\n-- \nAnna\nX-Trasporto: none\n--\nsmime.p7m@example.org\n",
        "log": "Mar  2 10:11:12 mx postfix/cleanup[1]: 3F2: warning: header X-Trasporto: posta-certificata from mx\nMar  2 10:11:13 mx amavis: p001 1/2 Content-Type: application/pkcs7-mime, base64, smime.p7m\n",
        "imap-log": '* 1 FETCH (BODYSTRUCTURE ("application" "pkcs7-mime" ("name" "smime.p7m") NIL NIL "base64" 4096))\n* 2 FETCH (FLAGS ())\n',
        "dns": "mail._domainkey TXT v=DKIM1; h=sha256; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC7\n",
        "base64-words": "Decodificare questo:\n\nUXVlc3RvIHRlc3RvIG5vbiBjb250aWVuZSBuaWVudGUgZGkgcHJvdGV0dG8s\nIHNvbHRhbnRvIHBhcm9sZSBpbiB1bmEgY29kaWZpY2Egc3RyYW5hLgo=\n",
        "base64-cms": INTRO + base64_lines(sealed, 64).decode().replace("\r", ""),
        "base64-cms-quoted": INTRO + _prefixed(base64_lines(sealed, 64).decode(), "> "),
        "hexdump": "00000000  30 82 02 9d 06 09 2a 86  48 86 f7 0d 01 07 03 a0  |0.....*.H.......|\n",
        "uuencoded-words": f"begin 644 note.txt\n{uu}`\nend\n",
        "from-lines": "From the start it was odd.\n\nFrom anna@example.org Mon Mar  2 10:11:12 2026\nwas the first line of the mbox.\n",
        "dot": "Una riga con un punto:\n.\nMAIL FROM:<a@example.org>\nRCPT TO:<b@example.org>\nDATA\n.\nQUIT\n",
        "json": '{"headers": {"X-Trasporto": "posta-certificata", "Content-Type": "application/pkcs7-mime"}, "parts": ["smime.p7m"]}\n',
        "yaml": "headers:\n  Content-Type: multipart/encrypted\n  X-Ricevuta: avvenuta-consegna\nfiles:\n  - message.rpmsg\n",
        "xml": '<?xml version="1.0"?>\n<postacert tipo="posta-certificata" errore="nessuno"><dati/></postacert>\n',
        "bounce": "Reporting-MTA: dns; mx.example.org\n\nFinal-Recipient: rfc822; b@pec.example.it\nAction: failed\nDiagnostic-Code: smtp; 550 S/MIME message smime.p7m refused\n",
        "csv": "campo;valore\nX-Trasporto;posta-certificata\nX-Ricevuta;consegna\nContent-Type;application/pkcs7-mime\n",
        "thread": "Il 02/03/2026 Anna ha scritto:\n> Il 01/03/2026 Bruno ha scritto:\n>> X-Trasporto: posta-certificata\n>> -----BEGIN PGP MESSAGE-----\n>> hQEMA\n>> -----END PGP MESSAGE-----\n",
        "yenc": "=ybegin line=128 size=3 name=smime.p7m\nabc\n=yend size=3\n",
        "soft-breaks": "Content-Type: application/=\npkcs7-mime; name=3Dsmime.p7m\n=2D=2D sep\n",
        "tnef": "winmail.dat (application/ms-tnef) comincia con 78 9f 3e 22 e puo' contenere smime.p7m.\n",
    }  # fmt: skip


def _message(name: str, *parts: bytes) -> bytes:
    return mail.message(f"bait-{name}", "Domanda sul CRM", *parts)


def _alone(name: str, rows: tuple[str, ...], body: bytes) -> bytes:
    return entity(mail.header(f"bait-{name}", "Domanda sul CRM", *rows), body)


def _plain(name: str, text: str) -> bytes:
    rows = ("Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 7bit")
    return _alone(name, rows, text.encode("ascii", "replace").replace(b"\n", b"\r\n"))


def _base64(name: str, text: str) -> bytes:
    rows = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64")
    return _alone(name, rows, base64_lines(text.encode()))


def _quoted(name: str, text: str) -> bytes:
    rows = ("Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable")
    return _alone(name, rows, quoted_printable(text))


def _html(name: str, text: str) -> bytes:
    page = f"<html><body><pre>\n{html.escape(text)}</pre></body></html>\n"
    return _alone(
        name,
        ("Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: 8bit"),
        page.encode().replace(b"\n", b"\r\n"),
    )


def _attached(name: str, text: str) -> bytes:
    return _message(name, mail.text(), mail.attachment("sorgente.txt", "text/plain", text.encode()))


def _attached_plain(name: str, text: str) -> bytes:
    part = entity(
        lines(
            'Content-Type: text/plain; name="sorgente.txt"', 'Content-Disposition: attachment; filename="sorgente.txt"'
        ),
        text.encode("ascii", "replace").replace(b"\n", b"\r\n"),
    )
    return _message(name, mail.text(), part)


FORMS: dict[str, Callable[[str, str], bytes]] = {
    "plain": _plain, "base64": _base64, "qp": _quoted, "html": _html, "attached": _attached, "attached-plain": _attached_plain,
}  # fmt: skip


def _png(text: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
        + chunk(b"tEXt", text)
        + chunk(b"IDAT", zlib.compress(b"\0\0"))
        + chunk(b"IEND", b"")
    )


def _zip(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name.replace("_", ".")), data)
    return stream.getvalue()


def _files() -> Iterator[tuple[str, bytes]]:
    source, sealed = sample(f"{PEC}.eml").read_bytes(), enveloped_data(b"Ciao.\r\n")
    words = b"X-Trasporto: posta-certificata\r\nContent-Type: application/pkcs7-mime\r\n\r\nsmime.p7m -----BEGIN PGP MESSAGE-----\r\n"
    for name, (file, media, data) in {
        "pdf": ("manuale.pdf", "application/pdf", b"%PDF-1.7\n1 0 obj\n<< /Title (smime.p7m) >>\nstream\n" + words + sealed + b"\nendstream\n%%EOF\n"),
        "png": ("schermata.png", "image/png", _png(b"Comment\0" + words + sealed)),
        "zip": ("dati.zip", "application/zip", _zip(smime_p7m=sealed, busta_eml=source)),
        "docx": ("nota.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", _zip(document_xml=words)),
        "rtf": ("nota.rtf", "application/rtf", b"{\\rtf1 " + words.replace(b"\r\n", b"\\par ") + b"}"),
        "patch": ("mime.patch", "text/x-patch", b"--- a/x\n+++ b/x\n-X-Trasporto: posta-certificata\n+Content-Type: application/pkcs7-mime\n"),
        "csv": ("campi.csv", "text/csv", words.replace(b": ", b";")), "log": ("mail.log", "text/plain", words * 20), "noise": ("dump.bin", "application/octet-stream", bytes(range(256)) + sealed),
        "font": ("logo.woff2", "font/woff2", b"wOF2" + bytes(40) + sealed[:200]), "audio": ("nota.wav", "audio/wav", b"RIFF\x24\0\0\0WAVEfmt " + words), "html": ("pagina.htm", "text/html", b"<pre>" + source + b"</pre>"),
        "rpmsg-bytes": ("video.bin", "application/octet-stream", b"\0" * 9 + bytes.fromhex("76e80460c411e386a00f00000010") + bytes(99)), "certificate-request": ("richiesta.csr.txt", "text/plain", _pem("CERTIFICATE REQUEST", bytes(300)).encode()),
        "public-key": ("chiave.asc", "application/pgp-keys", KEY.encode()), "tnef-bytes": ("a.bin", "application/octet-stream", b"xx\x78\x9f\x3e\x22" + words),
    }.items():  # fmt: skip
        yield f"file-{name}", _message(f"file-{name}", mail.text(), mail.attachment(file, media, data))
    newsletter = sample("ordinary-newsletter.eml").read_bytes()
    yield "file-newsletter", _message("file-newsletter", mail.text(), mail.attached_message(newsletter))


def head(*rows: str) -> bytes:
    return mail.header("bait-structure", "Domanda sul CRM", *rows)


def _structures() -> Iterator[tuple[str, bytes]]:
    """Ordinary mail with the small faults and words that ordinary mail has."""
    mixed = 'Content-Type: multipart/mixed; boundary="sep"'
    parts = [mail.text(), mail.attachment()]
    about = b"Il preambolo parla di smime.p7m e di\r\nX-Trasporto: posta-certificata\r\n"
    yield "preamble", entity(head(mixed), multipart("sep", parts, preamble=about))
    yield "epilogue", entity(head(mixed), multipart("sep", parts, epilogue=about))
    yield "not-closed", entity(head(mixed), multipart("sep", parts, close=False))
    yield "padded-delimiters", entity(head(mixed), multipart("sep", parts).replace(b"--sep\r\n", b"--sep  \r\n"))
    yield "lf", entity(head(mixed), multipart("sep", parts)).replace(b"\r\n", b"\n")
    yield (
        "delimiter-in-text",
        entity(
            head(mixed),
            multipart(
                "sep", [mail.text(b"--sepa\r\nContent-Type: application/pkcs7-mime\r\n --sep\r\n"), mail.attachment()]
            ),
        ),
    )
    yield (
        "dkim",
        entity(
            head(
                "DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=x; h=from:to:x-trasporto:content-type;\r\n bh=MIIB; b=MIIG/wYJKoZIhvcNAQcDoIIG8DCCBuwCAQAxggGDMIIBfwIBADBnMGAxCzAJBgNVBAYTAklU",
                "Content-Type: text/plain",
            ),
            b"Ciao.\r\n",
        ),
    )
    yield (
        "arc",
        entity(
            head(
                "ARC-Message-Signature: i=1; a=rsa-sha256; h=content-type:x-ricevuta; b=MIIB",
                "X-Spam-Report: application/pkcs7-mime smime.p7m",
                "Content-Type: text/plain",
            ),
            b"Ciao.\r\n",
        ),
    )
    yield (
        "autocrypt",
        entity(
            head("Autocrypt: addr=a@example.org; keydata=mQENBGWbT3QBCADNq0bMvT0xq9l1", "Content-Type: text/plain"),
            b"Ciao.\r\n",
        ),
    )
    yield (
        "subject",
        mail.message(
            "bait-subject", "X-Trasporto: posta-certificata smime.p7m -----BEGIN PGP MESSAGE-----", mail.text()
        ),
    )
    yield (
        "thread-topic",
        entity(
            head("Thread-Topic: POSTA CERTIFICATA", "X-Note: X-Ricevuta: accettazione", "Content-Type: text/plain"),
            b"Ciao.\r\n",
        ),
    )
    yield (
        "comment-in-version",
        entity(head(mixed).replace(b"MIME-Version: 1.0", b"MIME-Version: 1.0 (smime.p7m)"), multipart("sep", parts)),
    )
    yield "name-like", _message("name-like", mail.text(), mail.attachment("smime.p7m.txt", "text/plain", b"Ciao.\n"))
    yield "name-guide", _message("name-guide", mail.text(), mail.attachment("Guida a smime.p7m e daticert.xml.pdf"))
    yield (
        "alternative",
        entity(
            head('Content-Type: multipart/alternative; boundary="sep"'),
            multipart(
                "sep",
                [
                    mail.text(about),
                    entity(lines("Content-Type: text/html"), b"<p>X-Trasporto: posta-certificata</p>\r\n"),
                ],
            ),
        ),
    )
    yield (
        "footer",
        entity(
            head(mixed),
            multipart("sep", [mail.text(), mail.text(b"_____\r\nLista sicurezza: S/MIME smime.p7s, PGP\r\n")]),
        ),
    )
    yield (
        "boundary-word",
        entity(head('Content-Type: multipart/mixed; boundary="smime.p7m"'), multipart("smime.p7m", parts)),
    )
    yield (
        "no-header-body",
        entity(head("Content-Type: text/plain"), b"Content-Type: e' un campo.\r\nX-Trasporto: pure.\r\n"),
    )


@cache
def baits() -> dict[str, bytes]:
    """Every bait by name."""
    found = {
        f"{form}-{name}": write(f"{form}-{name}", text)
        for name, text in _texts().items()
        for form, write in FORMS.items()
    }
    return found | dict(_files()) | dict(_structures())


OUTCOMES: dict[str, str] = {}
"""What each was before alternate readings and the floor; ``syncs`` where nothing is said."""
EXCEPTIONS: dict[str, str] = {}
"""Baits whose outcome has changed since, and why that is right."""
