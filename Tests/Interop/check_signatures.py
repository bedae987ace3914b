#!/usr/bin/env python3
"""Asks Twilio's own SDK about signatures. One JSON object per line in, one per line out.

    check_signatures.py CASES ANSWERS

A case has the secret, the URL that was requested, the fields or the body, the settings header, and other URLs that somebody may have signed.
The answer has the SDK's signature of the URL, its verdict on ours, and for each other URL, and for changed fields, a signature with the
SDK's verdict on it.
"""
import json, sys
from twilio.request_validator import RequestValidator, get_signature_algorithm, HMAC_SHA1, HMAC_SHA256


class Fields:
    """A name may have several values: what Flask hands to the SDK."""

    def __init__(self, pairs):
        self.pairs = [tuple(pair) for pair in pairs]

    def __iter__(self):
        return iter([name for name, _ in self.pairs])

    def __len__(self):
        return len(self.pairs)

    def getall(self, wanted):
        return [value for name, value in self.pairs if name == wanted]


def answer(case):
    validator = RequestValidator(case["token"])
    named = get_signature_algorithm(case.get("settings"))
    known = named.upper() in (HMAC_SHA1, HMAC_SHA256)
    algorithm = named if known else HMAC_SHA1
    pairs, body, url = case.get("fields"), case.get("body"), case["url"]
    # What is signed beside the URL, and what the SDK is given to check.
    signed = {} if pairs is None else Fields(pairs)
    given = body if body is not None else signed

    def verdict(signature):
        try:
            return validator.validate(url, given, signature, named)
        except TypeError:
            # A JSON body without bodySHA256: the SDK takes it for a dictionary.
            return False

    tries = []

    def attempt(label, address, fields, algorithm=algorithm):
        signature = validator.compute_signature(address, fields, algorithm)
        tries.append([label, signature, verdict(signature)])
        return signature

    exact = validator.compute_signature(url, signed, algorithm)
    for label, other in case["others"]:
        attempt(label, other, signed)
    attempt("other algorithm", url, signed, HMAC_SHA1 if algorithm.upper() == HMAC_SHA256 else HMAC_SHA256)
    if pairs:
        attempt("field dropped", url, Fields(pairs[1:]))
        attempt("field changed", url, Fields([[pairs[0][0], pairs[0][1] + "x"]] + pairs[1:]))
        attempt("value once more", url, Fields(pairs + [pairs[-1]]))
        attempt("fields turned round", url, Fields(pairs[::-1]))
        attempt("flattened", url, dict(pairs))
    else:
        attempt("field added", url, Fields([["a", "b"]]))
    for label, text in [("cut", exact[:-1]), ("longer", exact + "="), ("space", exact + " "), ("empty", ""), ("no base64", "*" + exact[1:]),
                        ("one character", ("B" if exact[0] == "A" else "A") + exact[1:])]:
        tries.append([label, text, verdict(text)])
    return {"algorithm": named.upper() if known else None, "exact": exact, "ours": verdict(case["signature"]), "tries": tries}


def main():
    with open(sys.argv[1], encoding="utf-8") as cases, open(sys.argv[2], "w", encoding="utf-8") as answers:
        for line in cases:
            json.dump(answer(json.loads(line)), answers, ensure_ascii=False)
            answers.write("\n")


main()
