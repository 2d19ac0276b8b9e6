"""Reads one status of a token status list: arguments are the list, the issuer's JWK and the place."""

import base64
import json
import sys
import zlib

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS


def main(list_file, key_file, place):
    with open(key_file, encoding="utf-8") as file:
        key = JWK.from_json(file.read())
    signed = JWS()
    with open(list_file, encoding="utf-8") as file:
        signed.deserialize(file.read(), key)
    if signed.jose_header["typ"] != "statuslist+jwt":
        sys.exit("no status list")
    claims = json.loads(signed.payload)
    packed = claims["status_list"]["lst"]
    bits = zlib.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    width = claims["status_list"]["bits"]
    position = int(place) * width
    print((bits[position // 8] >> (position % 8)) & ((1 << width) - 1))


main(*sys.argv[1:])
