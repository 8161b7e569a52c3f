"""Bytes mapped into the words of mail, so that a fuzzer that knows no grammar writes some all the same."""

from __future__ import annotations

_WORDS = (
    *(b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b"\r\n\r\n", b"\r\n ", b"\r\n\t", b"\n\n", b"\r\r\n", b"\0"),
    *(
        b"\r\n--b\r\n",
        b"\r\n--b\r\n",
        b"\r\n--b--\r\n",
        b"\r\n--bb\r\n",
        b"\r\n--c\r\n",
        b"\r\n--c--\r\n",
        b"--",
        b"--b",
    ),
    *(b"Content-Type: ", b"Content-Type: ", b"Content-Transfer-Encoding: ", b"Content-Disposition: "),
    *(b"From: ", b"To: ", b"Cc: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"MIME-Version: 1.0", b"From "),
    *(
        b"X-Trasporto: ",
        b"X-Ricevuta: ",
        b"posta-certificata",
        b"accettazione",
        b"avvenuta-consegna",
        b"Per conto di: ",
    ),
    *(b"multipart/mixed", b"multipart/signed", b"multipart/alternative", b"multipart/encrypted", b"multipart/digest"),
    *(b"message/rfc822", b"message/global", b"text/plain", b"text/html", b"application/octet-stream"),
    *(b"application/pkcs7-mime", b"application/pkcs7-signature", b"application/ms-tnef", b"application/xml"),
    *(b"application/pgp-encrypted", b"application/x-microsoft-rpmsg-message", b"message/external-body"),
    *(b"; boundary=b", b'; boundary="c"', b"; boundary*0=", b"; boundary*=", b"; name=", b"; filename=", b"; name*1*="),
    *(b"; charset=utf-8", b"; charset=", b"; protocol=", b"; smime-type=enveloped-data", b"; micalg=sha-256"),
    *(b"smime.p7m", b"smime.p7s", b"daticert.xml", b"postacert.eml", b"winmail.dat", b"message.rpmsg"),
    *(b"base64", b"quoted-printable", b"7bit", b"8bit", b"x-uuencode", b"begin 644 a\n", b"\nend\n", b"=\r\n", b"=3D"),
    *(b"=?utf-8?q?", b"=?utf-8?b?", b"?=", b"=?", b"utf-8''", b"%2F", b"attachment", b"inline"),
    *(b"MIAGCSqGSIb3DQEHAqCA", b"MIAGCSqGSIb3DQEHA6CA", b"MII", b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x02\xa0\x80"),
    *(b"-----BEGIN PGP MESSAGE-----", b"-----END PGP MESSAGE-----", b"-----BEGIN PKCS7-----", b"> "),
    *(b"<postacert tipo=", b"<dati>", b"</postacert>", b"<!DOCTYPE", b"\x78\x9f\x3e\x22", b"\xd0\xcf\x11\xe0"),
    *(
        b"a@example.org",
        b"<",
        b">",
        b"@",
        b"(",
        b")",
        b'"',
        b"\\",
        b",",
        b";",
        b":",
        b"=",
        b"*",
        b"/",
        b".",
        b"-",
        b"_",
    ),
    *(b" ", b" ", b"\t", b"\x0b", b"\xff", b"\xc3\xa0", b"\xe2\x80\xae", b"\xef\xbb\xbf", b"?", b"%", b"&", b"'", b"+"),
    *(b"Mon, 2 Mar 2026 10:11:12 +0100", b"99999999999999999999", b"0", b"1", b"[192.0.2.1]", b"example.org"),
)
_SPARE = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 \r\n=-+/"
_TABLE = tuple(_WORDS[byte] if byte < len(_WORDS) else _SPARE[byte % len(_SPARE) :][:1] for byte in range(256))


def as_mail(data: bytes, most: int = 8 * 1024) -> bytes:
    """Each byte as a word, a delimiter, a line end or a letter; at most ``most`` bytes."""
    return b"".join(map(_TABLE.__getitem__, data[:most]))[:most]
