"""Reads a presentation with PyPI sd-jwt: arguments are the file with the text and the issuer's JWK."""

import json
import sys

from jwcrypto.jwk import JWK
from sd_jwt.verifier import SDJWTVerifier


def main(text_file, key_file):
    with open(text_file, encoding="utf-8") as file:
        text = file.read()
    with open(key_file, encoding="utf-8") as file:
        key = JWK.from_json(file.read())
    verifier = SDJWTVerifier(text, lambda issuer, header: key)
    print(json.dumps(verifier.get_verified_payload()))


main(*sys.argv[1:])
