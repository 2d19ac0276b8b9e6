import sys
from cryptography import x509
from rfc3161_client import VerifierBuilder, decode_timestamp_response

response = decode_timestamp_response(open(sys.argv[1], "rb").read())
root = x509.load_pem_x509_certificate(open(sys.argv[2], "rb").read())
verifier = VerifierBuilder().add_root_certificate(root).build()
assert verifier.verify(response, bytes.fromhex(sys.argv[3]))
