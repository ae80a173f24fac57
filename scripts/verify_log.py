"""Checks a log that somebody else kept. One file, nothing but Python; read it before you run it.

    python3 verify_log.py FOLDER [--key KEY] [--checkpoint FILE]...

FOLDER is what `viewfinder log export` or `log prove` wrote; KEY the log's public key, got another
way; each FILE a checkpoint kept earlier: only those show a log cut short or written anew.

How it works. Each line is hashed; the hashes are joined two by two up to one, the root
(RFC 6962). The checkpoint says how many lines there are and what the root is, and is signed
(Ed25519, RFC 8032). Whoever changes, drops, adds or moves a line gets another root.
"""

import argparse
import base64
import hashlib
import json
import sys
from pathlib import Path


def check(holds, otherwise):
    if not holds:
        raise ValueError(otherwise)


# Ed25519: the curve, and what is needed to check a signature (RFC 8032, sections 5.1 and 6).
P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_1 = pow(2, (P - 1) // 4, P)


def point(content):
    """Return the point of the curve that 32 bytes stand for, as (X, Y, Z, T)."""
    sign, y = divmod(int.from_bytes(content, "little"), 1 << 255)
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_1 % P
    check(y < P and (x * x - square) % P == 0 and (x or not sign), "a key is no key")
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


def plus(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(n, p):
    result = (0, 1, 1, 0)
    for bit in bin(n)[2:]:
        result = plus(result, result)
        result = plus(result, p) if bit == "1" else result
    return result


def is_signed(public, message, signature):
    """Tell whether the owner of the public key has signed the message."""
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    base = point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))
    h = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little")
    left, right = times(s, base), plus(r, times(h % ORDER, a))
    fits = s < ORDER and (len(public), len(signature)) == (32, 64)
    return fits and all((left[i] * right[2] - right[i] * left[2]) % P == 0 for i in (0, 1))


# The tree (RFC 6962, section 2.1; proofs are checked as in RFC 9162, section 2.1).
def leaf(line):
    return hashlib.sha256(b"\0" + line.encode()).digest()


def node(left, right):
    return hashlib.sha256(b"\1" + left + right).digest()


def roots(lines, sizes):
    """Return the root over so many lines, for each of the sizes."""
    peaks, found = [], {}
    for n, line in enumerate(lines):
        full, left = leaf(line), n
        while left & 1:
            full, left = node(peaks.pop(), full), left >> 1
        peaks.append(full)
        if n + 1 in sizes:
            found[n + 1] = peaks[-1]
            for peak in reversed(peaks[:-1]):
                found[n + 1] = node(peak, found[n + 1])
    return found


def climbed(here, last, first, path):
    """Return (old, new): ``first`` joined with a proof, to the root of before and of now."""
    old = new = first
    for sibling in path:
        check(last > 0, "a proof is too long")
        if here & 1 or here == last:
            old, new = node(sibling, old), node(sibling, new)
            while not here & 1 and here:
                here, last = here >> 1, last >> 1
        else:
            new = node(new, sibling)
        here, last = here >> 1, last >> 1
    check(last == 0, "a proof is too short")
    return old, new


def grew(size, root, path, new_size, new_root):
    """Check the proof that a log of ``size`` lines is the beginning of one of ``new_size``."""
    check(0 < size < new_size, f"a log of {size} lines is no beginning of this one")
    here, last = size - 1, new_size - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    first, *rest = path if size & (size - 1) else [root, *path]
    joined = climbed(here, last, first, rest)
    check(joined == (root, new_root), f"the log did not grow from an earlier one of {size} lines")


def stated(text, key):
    """Return (lines, root) that a checkpoint states, after checking its signature."""
    body, signed = text.split("\n\n")
    origin, size, root = body.split("\n")
    name, key_id, public = key.split("+", 2)
    check(origin == name, f"a checkpoint is of {origin}, the key of {name}")
    for line in signed.splitlines():
        dash, who, signature = line.split(" ")
        raw = base64.b64decode(signature, validate=True)
        if (dash, who) == ("—", name) and raw[:4].hex() == key_id:
            good = is_signed(base64.b64decode(public)[1:], (body + "\n").encode(), raw[4:])
            check(good, "the signature of a checkpoint is false")
            return int(size), base64.b64decode(root, validate=True)
    raise ValueError("a checkpoint is not signed with this key")


def main(arguments):
    given = argparse.ArgumentParser(usage=__doc__)
    given.add_argument("folder", type=Path)
    given.add_argument("--key")
    given.add_argument("--checkpoint", type=Path, action="append", default=[])
    given = given.parse_args(arguments)

    whole = json.loads(given.folder.read_bytes()) if given.folder.is_file() else {}

    def read(name):
        path = given.folder / name
        text = path.read_bytes().decode() if path.exists() else whole.get(name, "")
        return text.split("\n")[:-1]

    key = given.key or read("key.txt")[0]
    size, root = stated("\n".join([*read("checkpoint.txt"), ""]), key)
    print(f"signed: {size} lines, root {root.hex()}{'' if given.key else ' (key of the folder)'}")
    earlier = {stated(path.read_bytes().decode(), key) for path in given.checkpoint}
    left = earlier - {(size, root)}
    lines = dict(enumerate(read("entries.jsonl")))
    if lines:
        check(len(lines) == size, f"{len(lines)} lines are here, {size} were signed")
        found = roots(lines.values(), {size, *(n for n, _ in left)})
        check(found[size] == root, "the lines are not those that were signed")
        for n, known in left:
            check(n <= size, f"an earlier checkpoint knows {n} lines, here are {size}")
            check(found[n] == known, f"the first {n} lines are not those of an earlier checkpoint")
        left = set()
    for chosen in map(json.loads, read("chosen.jsonl")):
        n, path = chosen["seq"], [bytes.fromhex(part) for part in chosen["proof"]]
        check(0 <= n < size, f"line {n} cannot be in a log of {size}")
        check(climbed(n, size - 1, leaf(chosen["line"]), path)[1] == root, f"line {n} is not in it")
        lines[n] = chosen["line"]
    for grown in map(json.loads, read("growth.json")):
        known = stated(grown["earlier"], key)
        if known != (size, root):
            grew(*known, [bytes.fromhex(part) for part in grown["proof"]], size, root)
        left.discard(known)
    check(not left, "nothing here proves that the log grew from an earlier checkpoint")
    for n, line in lines.items():
        check(json.loads(line)["seq"] == n, f"line {n} says that it is another")
    for said in map(json.loads, read("words.jsonl")):
        content = bytes.fromhex(said["salt"]) + said["text"].encode()
        digest = json.loads(lines[said["seq"]])["words"][said["part"]]["said"]
        check(hashlib.sha256(content).hexdigest() == digest, f"words of line {said['seq']} differ")
    for digest in (hashlib.sha256(text.encode()).hexdigest() for text in read("receipt.json")):
        told = (json.loads(line)["subject"].get("receipt") for line in lines.values())
        check(digest in told, "the receipt is not the one that the log knows")
    last, older = "0" * 64, read("older.jsonl")
    for text, digest in map(json.loads, older):
        last = hashlib.sha256((last + text).encode()).hexdigest()
        check(last == digest, "the chain of before was changed")
    if 0 in lines:
        before = json.loads(lines[0])["subject"]["older"]
        check(before == {"head": last, "lines": len(older)}, "the chain of before was changed")
    print(f"{len(lines)} of {size} lines, {len(earlier)} earlier checkpoints: nothing is wrong")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        sys.exit(f"THIS LOG DOES NOT HOLD: {error or type(error).__name__}")
