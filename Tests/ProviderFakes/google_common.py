"""What the fakes of Google's services share: tokens, strict reading of messages, scripts and the log."""
import base64, json, re, time
import grpc
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from google.auth import jwt
from google.protobuf.unknown_fields import UnknownFieldSet

SCOPE = "https://www.googleapis.com/auth/cloud-platform"
TOKEN_URI = "https://oauth2.googleapis.com/token"
Code = grpc.StatusCode


class Refusal(Exception):
    """Ends a call with a status."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code, self.message = code, message


def invalid(message):
    return Refusal(Code.INVALID_ARGUMENT, message)


def parse(kind, data):
    """A message of the vendor's own type; what that type does not know is refused, at any depth."""
    message = kind()
    try:
        message.ParseFromString(data)
    except Exception:
        raise invalid("Request contains an invalid argument.")
    unknown = unknown_fields(message)
    if unknown:
        raise invalid(f"Unknown fields: {', '.join(unknown)}.")
    return message


def unknown_fields(message, path=""):
    found = [f"{path}{field.field_number}" for field in UnknownFieldSet(message)]
    for field, value in message.ListFields():
        if field.message_type is None or field.message_type.GetOptions().map_entry:
            continue
        for item in value if field.is_repeated else [value]:
            found += unknown_fields(item, f"{path}{field.name}.")
    return found


class Accounts:
    """One service account with a key of its own, and the tokens that are good for it."""

    EMAIL = "speech@maane-test.iam.gserviceaccount.com"

    def __init__(self, project):
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.certificate = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
        self.credentials = {
            "type": "service_account", "project_id": project, "private_key_id": "key-1", "client_email": self.EMAIL, "token_uri": TOKEN_URI,
            "private_key": key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode(),
        }
        self.script = {"life": 3599, "status": 200, "error": "invalid_grant", "delay": 0}
        self.granted = {}           # token -> end
        self.grants = 0
        self.refused = set()        # tokens that are good for nothing any more
        self.seen = {}              # what was checked already: a signature costs

    def check(self, metadata):
        """Refuses a call without a good token."""
        header = metadata.get("authorization", "")
        token = header.removeprefix("Bearer ")
        try:
            if not header.startswith("Bearer ") or token in self.refused:
                raise ValueError("refused")
            if token in self.granted:
                if time.time() > self.granted[token]:
                    raise ValueError("expired")
            elif token not in self.seen:
                self.check_self_signed(token)
                self.seen[token] = True
        except ValueError:
            raise Refusal(
                Code.UNAUTHENTICATED,
                "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication "
                f"credential. See https://developers.google.com/identity/sign-in/web/devconsole-project. {token if self.script.get('echo') else ''}")

    def decode(self, token, audience=None):
        header = jwt.decode_header(token)
        if header != {"alg": "RS256", "typ": "JWT", "kid": "key-1"}:
            raise ValueError("header")
        if "=" in token:
            raise ValueError("padding")
        claims = dict(jwt.decode(token, certs=self.certificate, audience=audience))
        if claims["iss"] != self.EMAIL or claims["exp"] - claims["iat"] > 3600 or claims.get("scope") != SCOPE:
            raise ValueError("claims")
        return claims

    def check_self_signed(self, token):
        claims = self.decode(token)
        if claims.get("sub") != self.EMAIL or "aud" in claims:
            raise ValueError("claims")

    def exchange(self, form):
        """(status, answer) of the token server."""
        self.grants += 1
        if self.script["status"] != 200:
            return self.script["status"], {"error": self.script["error"], "error_description": "Invalid JWT Signature."}
        try:
            if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
                raise ValueError("grant type")
            claims = self.decode(form.get("assertion", ""), audience=TOKEN_URI)
            if "sub" in claims:
                raise ValueError("claims")
        except ValueError as error:
            return 400, {"error": "invalid_grant", "error_description": str(error)}
        token = f"ya29.{base64.urlsafe_b64encode(f'{self.grants}-{time.time_ns()}'.encode()).decode().rstrip('=')}"
        self.granted[token] = time.time() + self.script["life"]
        return 200, {"access_token": token, "expires_in": self.script["life"], "token_type": "Bearer"}


class Scripts:
    """What the next calls shall meet: each takes the first of a queue, or the standing one."""

    def __init__(self, standard):
        self.standard, self.standing, self.queue = standard, {}, []

    def set(self, body):
        """{"script": {...}, "queue": [{...}, ...]}"""
        for script in [body.get("script", {})] + body.get("queue", []):
            unknown = set(script) - set(self.standard)
            if unknown:
                raise ValueError(f"unknown in a script: {', '.join(sorted(unknown))}")
        if "script" in body:
            self.standing = body["script"]
        self.queue = body.get("queue", [])

    def take(self):
        return {**self.standard, **(self.queue.pop(0) if self.queue else self.standing)}


def status(name):
    return getattr(Code, name)


def milliseconds(began):
    return round((time.monotonic() - began) * 1000)


RECOGNIZER = re.compile(r"projects/([^/]+)/locations/([^/]+)/recognizers/_")
