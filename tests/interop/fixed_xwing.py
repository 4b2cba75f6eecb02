"""Encapsulates with X-Wing from given randomness, so that test vectors come out the same each time.

`cryptography` draws its own randomness, as it should; a generator of test vectors must not. This file
therefore writes out ML-KEM-768 encapsulation (FIPS 203, section 6.2), the X-Wing combiner
(draft-connolly-cfrg-xwing-kem, section 5.4) and HPKE's base mode (RFC 9180, section 5.1), plainly and slowly.
It is for vectors only: nothing in it is constant in time.
"""

from hashlib import sha3_256, sha3_512, shake_128, shake_256

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

Q = 3329
K = 3
DU, DV = 10, 4
MLKEM_PUBLIC_KEY_LENGTH = 1184
XWING_LABEL = b"\\.//^\\"
HPKE_SUITE = b"HPKE" + bytes.fromhex("647a00010002")


def encapsulate(public_key: bytes, randomness: bytes) -> tuple[bytes, bytes]:
    """Gives (shared secret, ciphertext) of X-Wing for a 1216-byte public key and 64 random bytes."""
    mlkem_key, x25519_key = public_key[:MLKEM_PUBLIC_KEY_LENGTH], public_key[MLKEM_PUBLIC_KEY_LENGTH:]
    mlkem_secret, mlkem_ciphertext = mlkem_encapsulate(mlkem_key, randomness[:32])
    ephemeral = X25519PrivateKey.from_private_bytes(randomness[32:])
    x25519_ciphertext = ephemeral.public_key().public_bytes_raw()
    x25519_secret = ephemeral.exchange(X25519PublicKey.from_public_bytes(x25519_key))
    secret = sha3_256(mlkem_secret + x25519_secret + x25519_ciphertext + x25519_key + XWING_LABEL).digest()
    return secret, mlkem_ciphertext + x25519_ciphertext


def hpke_seal(
    public_key: bytes, info: bytes, plaintext: bytes, randomness: bytes, aad: bytes = b""
) -> tuple[bytes, bytes]:
    """Gives (enc, ciphertext) of HPKE base mode, single shot (RFC 9180, sections 5.1 and 6.1)."""
    secret, enc = encapsulate(public_key, randomness)
    context = b"\x00" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    schedule = labeled_extract(secret, b"secret", b"")
    key = labeled_expand(schedule, b"key", context, 32)
    nonce = labeled_expand(schedule, b"base_nonce", context, 12)
    return enc, AESGCM(key).encrypt(nonce, plaintext, aad)


def labeled_extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    """LabeledExtract of RFC 9180, section 4."""
    mac = hmac.HMAC(salt or bytes(32), hashes.SHA256())
    mac.update(b"HPKE-v1" + HPKE_SUITE + label + ikm)
    return mac.finalize()


def labeled_expand(prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand of RFC 9180, section 4."""
    full_info = length.to_bytes(2, "big") + b"HPKE-v1" + HPKE_SUITE + label + info
    return HKDFExpand(hashes.SHA256(), length, full_info).derive(prk)


def mlkem_encapsulate(public_key: bytes, message: bytes) -> tuple[bytes, bytes]:
    """ML-KEM.Encaps_internal of FIPS 203, algorithm 17."""
    shared = sha3_512(message + sha3_256(public_key).digest()).digest()
    return shared[:32], kpke_encrypt(public_key, message, shared[32:])


def kpke_encrypt(public_key: bytes, message: bytes, coins: bytes) -> bytes:
    """K-PKE.Encrypt of FIPS 203, algorithm 14."""
    t_hat = [unpack(public_key[384 * i : 384 * (i + 1)], 12) for i in range(K)]
    rho = public_key[384 * K :]
    y_hat = [ntt(noise(coins, n)) for n in range(K)]
    e1 = [noise(coins, K + n) for n in range(K)]
    e2 = noise(coins, 2 * K)

    u = []
    for i in range(K):
        column = [0] * 256
        for j in range(K):
            column = add(column, multiply_ntts(uniform(rho + bytes([i, j])), y_hat[j]))
        u.append(add(inverse_ntt(column), e1[i]))

    product = [0] * 256
    for j in range(K):
        product = add(product, multiply_ntts(t_hat[j], y_hat[j]))
    mu = [decompress(bit, 1) for bit in unpack(message, 1)]
    v = add(add(inverse_ntt(product), e2), mu)

    packed_u = b"".join(pack([compress(c, DU) for c in poly], DU) for poly in u)
    return packed_u + pack([compress(c, DV) for c in v], DV)


def uniform(seed: bytes) -> list[int]:
    """SampleNTT of FIPS 203, algorithm 7; the seed ends with the indices as the matrix transposed wants them."""
    stream = shake_128(seed).digest(3 * 1024)
    coefficients: list[int] = []
    for at in range(0, len(stream), 3):
        low = stream[at] | (stream[at + 1] & 15) << 8
        high = stream[at + 1] >> 4 | stream[at + 2] << 4
        coefficients += [c for c in (low, high) if c < Q]
        if len(coefficients) >= 256:
            return coefficients[:256]
    raise ValueError("the stream of SampleNTT was too short")


def noise(coins: bytes, index: int) -> list[int]:
    """SamplePolyCBD with eta 2 of FIPS 203, algorithm 8."""
    bits = unpack(shake_256(coins + bytes([index])).digest(128), 1)
    return [(bits[4 * i] + bits[4 * i + 1] - bits[4 * i + 2] - bits[4 * i + 3]) % Q for i in range(256)]


def bit_reversed(index: int) -> int:
    """BitRev7 of FIPS 203, section 4.3."""
    return int(f"{index:07b}"[::-1], 2)


ZETAS = [pow(17, bit_reversed(i), Q) for i in range(128)]
GAMMAS = [pow(17, 2 * bit_reversed(i) + 1, Q) for i in range(128)]


def ntt(poly: list[int]) -> list[int]:
    """NTT of FIPS 203, algorithm 9."""
    f, zeta_index, length = list(poly), 1, 128
    while length >= 2:
        for start in range(0, 256, 2 * length):
            zeta = ZETAS[zeta_index]
            zeta_index += 1
            for j in range(start, start + length):
                t = zeta * f[j + length] % Q
                f[j + length] = (f[j] - t) % Q
                f[j] = (f[j] + t) % Q
        length //= 2
    return f


def inverse_ntt(poly: list[int]) -> list[int]:
    """NTT^-1 of FIPS 203, algorithm 10."""
    f, zeta_index, length = list(poly), 127, 2
    while length <= 128:
        for start in range(0, 256, 2 * length):
            zeta = ZETAS[zeta_index]
            zeta_index -= 1
            for j in range(start, start + length):
                t = f[j]
                f[j] = (t + f[j + length]) % Q
                f[j + length] = zeta * (f[j + length] - t) % Q
        length *= 2
    return [c * 3303 % Q for c in f]


def multiply_ntts(f: list[int], g: list[int]) -> list[int]:
    """MultiplyNTTs of FIPS 203, algorithm 11."""
    h = []
    for i in range(128):
        a0, a1, b0, b1 = f[2 * i], f[2 * i + 1], g[2 * i], g[2 * i + 1]
        h += [(a0 * b0 + a1 * b1 * GAMMAS[i]) % Q, (a0 * b1 + a1 * b0) % Q]
    return h


def add(f: list[int], g: list[int]) -> list[int]:
    """Adds two polynomials."""
    return [(a + b) % Q for a, b in zip(f, g)]


def compress(coefficient: int, bits: int) -> int:
    """Compress_d of FIPS 203, section 4.2.1."""
    return (coefficient * 2 ** (bits + 1) + Q) // (2 * Q) % 2**bits


def decompress(value: int, bits: int) -> int:
    """Decompress_d of FIPS 203, section 4.2.1."""
    return (2 * value * Q + 2**bits) // 2 ** (bits + 1)


def pack(values: list[int], bits: int) -> bytes:
    """ByteEncode_d of FIPS 203, algorithm 5."""
    number = sum(value << (bits * i) for i, value in enumerate(values))
    return number.to_bytes(32 * bits, "little")


def unpack(data: bytes, bits: int) -> list[int]:
    """ByteDecode_d of FIPS 203, algorithm 6."""
    number = int.from_bytes(data, "little")
    return [number >> (bits * i) & (2**bits - 1) for i in range(8 * len(data) // bits)]
