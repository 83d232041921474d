"""kms.py [CERTIFICATE KEY] : AWS KMS, IAM and STS as moto plays them, on a free port of 127.0.0.1, over TLS with a certificate.

Writes one line of JSON: port, and the access keys of two users: "signer" may do everything, "reader" only look. Requests
must be signed (SigV4) by one of them. Ends when its standard input does, so that no server outlives its test.

Two things differ from moto as it is, because they differ from AWS: a message that is said to be a digest is not hashed
once more, and the salt of RSA-PSS is as long as the hash.
"""

import json
import sys
import threading

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from moto import settings
from moto.iam.models import iam_backends
from moto.kms import responses, utils
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import make_server

ACCOUNT = "123456789012"
HASHES = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
request = threading.local()


def noting_the_message_type(name):
    answer = getattr(responses.KmsResponse, name)

    def noting(self):
        request.digest = self._get_param("MessageType") == "DIGEST"
        return answer(self)

    setattr(responses.KmsResponse, name, noting)


def means(key, algorithm):
    """What the cryptography package wants beside the message."""
    own = getattr(key, "valid_signing_algorithms", utils.SigningAlgorithm.rsa_signing_algorithms())
    utils.validate_signing_algorithm(algorithm, own)
    hashed = HASHES[algorithm[-3:]]()
    content = Prehashed(hashed) if request.digest else hashed
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(content),)
    if "PSS" in algorithm:
        return padding.PSS(padding.MGF1(hashed), hashed.digest_size), content
    return padding.PKCS1v15(), content


def sign(self, message, signing_algorithm):
    return self.private_key.sign(message, *means(self, signing_algorithm))


def verify(self, message, signature, signing_algorithm):
    try:
        self.private_key.public_key().verify(signature, message, *means(self, signing_algorithm))
        return True
    except InvalidSignature:
        return False


def user(name, actions):
    iam = iam_backends[ACCOUNT]["aws"]
    iam.create_user("aws", name)
    statement = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    iam.put_user_policy(name, "own", json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
    key = iam.create_access_key(name)
    return {"id": key.access_key_id, "secret": key.secret_access_key}


for action in ("sign", "verify"):
    noting_the_message_type(action)
for kind in (utils.RSAPrivateKey, utils.ECDSAPrivateKey):
    kind.sign = sign
    kind.verify = verify

users = {
    "signer": user("signer", ["kms:*"]),
    "reader": user("reader", ["kms:GetPublicKey", "kms:DescribeKey"]),
}
settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
server = make_server(
    "127.0.0.1", 0, DomainDispatcherApplication(create_backend_app), threaded=True, ssl_context=tuple(sys.argv[1:3]) or None)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(json.dumps({"port": server.server_port, "users": users}), flush=True)
sys.stdin.read()
