"""The vectors whose payload must be refused, as data: hash, segments, compression.

Unless a case says otherwise, the header states and signs the length and the hash of the very payload that follows.
"""

import gzip
import zlib
from hashlib import sha256

import sealpost
import zstd_frames as zstd
from cases_header import cut, flip, nothing, put
from cases_opens import noise, raw_frame
from draft import MAIL, Draft
from sealpost import AESGCM, SEGMENT, nonce, payload_key

SEALED = SEGMENT + 16
TWO_SEGMENTS = noise(SEGMENT + 1 - 9)
HASH_AT = 42


def pieces_of(frame: bytes, size: int = SEGMENT) -> list[bytes]:
    """Cuts a frame into segments."""
    return [frame[at : at + size] for at in range(0, len(frame), size)]


def segments(number, *, cut_into=pieces_of, order=None, key=payload_key, aad=None):
    """Step: seals the segments with nonces of another rule; `number(n, last)` gives the nonce, `order` what is kept."""

    def step(dek: bytes, envelope_id: bytes, frame: bytes) -> bytes:
        cipher, pieces = AESGCM(key(dek, envelope_id)), cut_into(frame)
        sealed = [cipher.encrypt(number(n, n == len(pieces) - 1), piece, aad) for n, piece in enumerate(pieces)]
        return b"".join(sealed if order is None else [sealed[n] for n in order])

    return step


def hkdf(salt: bytes | None, info: bytes):
    """A payload key from another salt or info."""
    hkdf_of = sealpost.HKDF(sealpost.hashes.SHA256(), 32, salt, info)
    return lambda dek, envelope_id: hkdf_of.derive(dek)


def of_frame(frame) -> Draft:
    """A draft whose mail becomes this frame."""
    return Draft(frame=frame)


def bomb(length: int):
    """Step: a frame of so many zero bytes."""
    return lambda _: zstd.frame(b"", blocks=zstd.zeros(length))


def dictionary(size: int, identifier: int):
    """Step: a frame that asks for a dictionary, with an ID of so many bytes."""
    flag = {1: 1, 2: 2, 4: 3}[size]
    return lambda mail: zstd.frame(mail, flags=flag, between=identifier.to_bytes(size, "little"))


def checksum_wrong(mail: bytes) -> bytes:
    """Step: a frame whose content checksum does not fit."""
    right = sealpost.zstandard.ZstdCompressor(write_checksum=True).compress(mail)
    return flip(-1)(right)


HASH = [
    ("payload_hash_wrong_but_signed", "The header states and signs another hash", "payload", Draft(fixed=flip(HASH_AT)), {}),
    ("payload_hash_of_mail", "The header states and signs the hash of the mail", "payload", Draft(fixed=put(HASH_AT, sha256(MAIL).digest())), {}),
    ("payload_flipped", "One bit of the payload was flipped after signing", "payload", Draft(payload=flip(5)), {}),
    ("payload_tag_flipped", "One bit of the tag was flipped after signing", "payload", Draft(payload=flip(-1, 7)), {}),
    ("payload_absent", "The envelope ends after the header", "truncated", Draft(payload=nothing), {}),
    ("payload_one_byte_short", "The envelope ends one byte early", "truncated", Draft(payload=cut(-1)), {}),
    ("payload_one_byte_long", "One byte follows the envelope", "payload", Draft(payload=lambda p: p + b"\n"), {}),
    ("payload_twice", "The payload follows once more", "payload", Draft(payload=lambda p: p + p), {}),
]

STREAM = [
    ("stream_flipped", "One bit was flipped before hashing and signing", "payload", Draft(seal=lambda d, i, f: flip(5)(sealpost.seal_payload(d, i, f))), {}),
    ("stream_zero", "The payload is all zero", "payload", Draft(seal=lambda d, i, f: bytes(len(f) + 16)), {}),
    ("stream_not_encrypted", "The payload is the bare frame", "payload", Draft(seal=lambda d, i, f: f), {}),
    ("stream_no_final", "The only segment is sealed as if another one followed", "payload", Draft(seal=segments(lambda n, _: nonce(n, False))), {}),
    ("stream_final_flag_2", "The last flag is 2", "payload", Draft(seal=segments(lambda n, last: nonce(n, False)[:11] + b"\x02")), {}),
    ("stream_counter_from_one", "The segments are counted from one", "payload", Draft(seal=segments(lambda n, last: nonce(n + 1, last))), {}),
    ("stream_prefix_not_zero", "The nonces start with the envelope ID, not with zero bytes", "payload", Draft(seal=segments(lambda n, last: b"prefix!" + nonce(n, last)[7:])), {}),
    ("stream_aad_not_empty", "The segments are sealed with the magic as aad", "payload", Draft(seal=segments(nonce, aad=b"SEALPOST")), {}),
    ("stream_key_is_dek", "The DEK itself is the key", "payload", Draft(seal=segments(nonce, key=lambda dek, _: dek)), {}),
    ("stream_key_without_salt", "The key is derived without the envelope ID", "payload", Draft(seal=segments(nonce, key=hkdf(None, sealpost.label("sealpost/v1/payload")))), {}),
    ("stream_key_without_info", "The key is derived without the label", "payload", Draft(seal=segments(nonce, key=lambda dek, envelope_id: hkdf(envelope_id, b"")(dek, b""))), {}),
    ("stream_key_label_without_zero", "The label has no zero byte at its end", "payload", Draft(seal=segments(nonce, key=lambda dek, envelope_id: hkdf(envelope_id, b"sealpost/v1/payload")(dek, b""))), {}),
    ("stream_of_other_dek", "The payload was sealed with another DEK", "payload", Draft(seal=lambda _, i, f: sealpost.seal_payload(bytes(32), i, f)), {}),
    ("stream_of_other_envelope", "The payload was sealed under another envelope ID", "payload", Draft(seal=lambda d, _, f: sealpost.seal_payload(d, bytes(16), f)), {}),
    ("stream_swapped", "The two segments are swapped, lengths as they must be", "payload", Draft(mail=noise(2 * SEGMENT - 9), frame=raw_frame, seal=segments(nonce, order=(1, 0))), {}),
    ("stream_cut_at_segment", "The second segment is missing, and the header agrees", "payload", Draft(mail=TWO_SEGMENTS, frame=raw_frame, seal=segments(nonce, order=(0,))), {}),
    ("stream_first_missing", "The first segment is missing, and the header agrees", "payload", Draft(mail=TWO_SEGMENTS, frame=raw_frame, seal=segments(nonce, order=(1,))), {}),
    ("stream_after_final", "A segment follows the one with the last flag", "payload", Draft(mail=TWO_SEGMENTS, frame=raw_frame, seal=segments(lambda n, _: nonce(n, True))), {}),
    ("stream_short_segment", "A segment of 64 bytes, then another one", "payload", Draft(seal=segments(nonce, cut_into=lambda f: pieces_of(f, 64))), {}),
]

COMPRESSION = [
    ("zstd_absent", "The mail is not compressed", "payload", of_frame(lambda mail: mail), {}),
    ("zstd_gzip", "The mail is compressed with gzip", "payload", of_frame(lambda mail: gzip.compress(mail, mtime=0)), {}),
    ("zstd_zlib", "The mail is compressed with zlib", "payload", of_frame(zlib.compress), {}),
    ("zstd_magic_old", "The magic of zstd 0.7", "payload", of_frame(lambda mail: put(0, b"\x27")(sealpost.compress(mail))), {}),
    ("zstd_magic_absent", "A frame without its magic", "payload", of_frame(lambda mail: sealpost.compress(mail)[4:]), {}),
    ("zstd_magic_only", "The magic and no more", "payload", of_frame(lambda mail: zstd.MAGIC), {}),
    ("zstd_one_byte", "A frame of one byte", "payload", of_frame(lambda mail: b"\x28"), {}),
    ("zstd_truncated", "The frame lacks its last byte", "payload", of_frame(lambda mail: sealpost.compress(mail)[:-1]), {}),
    ("zstd_no_last_block", "No block is marked as the last", "payload", of_frame(lambda mail: zstd.frame(b"", blocks=zstd.raw_blocks(mail, last=False))), {}),
    ("zstd_trailing_byte", "One byte follows the frame", "payload", of_frame(lambda mail: sealpost.compress(mail) + b"\x00"), {}),
    ("zstd_two_frames", "The mail is in two frames", "payload", of_frame(lambda mail: sealpost.compress(mail[:50]) + sealpost.compress(mail[50:])), {}),
    ("zstd_empty_frame_after", "An empty frame follows", "payload", of_frame(lambda mail: sealpost.compress(mail) + sealpost.compress(b"")), {}),
    ("zstd_empty_frame_before", "An empty frame goes before", "payload", of_frame(lambda mail: sealpost.compress(b"") + sealpost.compress(mail)), {}),
    ("zstd_skippable_before", "A skippable frame goes before", "payload", of_frame(lambda mail: zstd.skippable(b"note") + sealpost.compress(mail)), {}),
    ("zstd_skippable_after", "A skippable frame follows", "payload", of_frame(lambda mail: sealpost.compress(mail) + zstd.skippable(b"note")), {}),
    ("zstd_window_over_limit", "A window of 9 MiB", "payload", of_frame(lambda mail: zstd.frame(mail, window=zstd.window_byte(23, 1))), {}),
    ("zstd_window_huge", "A window of 1 GiB", "payload", of_frame(lambda mail: zstd.frame(mail, window=zstd.window_byte(30))), {}),
    ("zstd_window_huge_size_stated", "A window of 1 GiB, in a frame that states its small size", "payload", of_frame(lambda mail: zstd.frame(mail, flags=0x80, window=zstd.window_byte(30), between=len(mail).to_bytes(4, "little"))), {}),
    ("zstd_window_largest", "The largest window that can be stated, 3.75 TiB", "payload", of_frame(lambda mail: zstd.frame(mail, window=b"\xff")), {}),
    ("zstd_single_segment_huge", "A frame that states 1 TiB of content and no window", "payload", of_frame(lambda mail: zstd.single_segment(mail, stated=1 << 40)), {}),
    ("zstd_single_segment_over_limit", "9 MiB in one segment, all of them there", "payload", Draft(mail=bytes(9 << 20), frame=lambda mail: zstd.single_segment(mail, blocks=zstd.zeros(len(mail)))), {}),
    ("zstd_dictionary", "A frame that asks for a dictionary", "payload", of_frame(dictionary(4, 12345)), {}),
    ("zstd_dictionary_one_byte", "A dictionary ID of one byte", "payload", of_frame(dictionary(1, 7)), {}),
    ("zstd_dictionary_id_zero", "A dictionary ID of one zero byte", "payload", of_frame(dictionary(1, 0)), {}),
    ("zstd_reserved_bit", "The reserved bit of the frame header is set", "payload", of_frame(lambda mail: zstd.frame(mail, flags=8)), {}),
    ("zstd_block_reserved", "A block of the reserved type", "payload", of_frame(lambda mail: zstd.frame(b"", blocks=zstd.block(zstd.RESERVED, mail, True))), {}),
    ("zstd_block_cut_short", "A raw block that states more bytes than there are", "payload", of_frame(lambda mail: zstd.frame(b"", blocks=zstd.block(zstd.RAW, mail, True, size=len(mail) + 1))), {}),
    ("zstd_block_over_128_kib", "A run-length block of 128 KiB and one byte", "payload", Draft(mail=bytes((128 << 10) + 1), frame=lambda mail: zstd.frame(b"", window=zstd.window_byte(20), blocks=zstd.block(zstd.RLE, b"\x00", True, len(mail)))), {}),
    ("zstd_block_garbage", "A compressed block of garbage", "payload", of_frame(lambda mail: zstd.frame(b"", blocks=zstd.block(zstd.COMPRESSED, b"\xff" * 40, True))), {}),
    ("zstd_checksum_wrong", "The content checksum does not fit", "payload", of_frame(checksum_wrong), {}),
    ("zstd_size_stated_too_large", "The frame states one byte more than it has", "payload", of_frame(lambda mail: zstd.single_segment(mail, stated=len(mail) + 1)), {}),
    ("zstd_size_stated_too_small", "The frame states one byte less than it has", "payload", of_frame(lambda mail: zstd.single_segment(mail, stated=len(mail) - 1)), {}),
    ("zstd_longer_than_stated", "The mail has one byte more than the grant says", "payload", Draft(stated_length=len(MAIL) - 1), {}),
    ("zstd_shorter_than_stated", "The mail has one byte less than the grant says", "payload", Draft(stated_length=len(MAIL) + 1), {}),
    ("zstd_longer_than_stated_zero", "The grant says 0 bytes, and there is a mail", "payload", Draft(stated_length=0), {}),
    ("zstd_shorter_than_stated_empty", "The grant says 1 byte, and the mail is empty", "payload", Draft(mail=b"", stated_length=1), {}),
    ("zstd_bomb_longer_than_stated", "400 MiB of zeros in a few KB, while the grant says 1 KiB", "payload", Draft(stated_length=1024, frame=bomb(400 << 20)), {}),
    ("zstd_bomb_longer_than_limit", "200 MiB of zeros, while the grant says the most that it may", "payload", Draft(stated_length=150 << 20, frame=bomb(200 << 20)), {}),
    ("zstd_bomb_many_empty_blocks", "Thousands of empty blocks, and then one byte too many", "payload", Draft(frame=lambda mail: zstd.frame(b"", blocks=zstd.block(zstd.RAW, b"", False) * 2000 + zstd.raw_blocks(mail + b"x"))), {}),
]

PAYLOAD = HASH + STREAM + COMPRESSION
