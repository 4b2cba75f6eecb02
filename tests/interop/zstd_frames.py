"""Writes zstd frames by hand (RFC 8878, section 3.1.1), the right ones and the wrong ones that no compressor makes."""

MAGIC = b"\x28\xb5\x2f\xfd"
RAW, RLE, COMPRESSED, RESERVED = 0, 1, 2, 3
BLOCK_LIMIT = 128 << 10


def block(kind: int, content: bytes, last: bool, size: int | None = None) -> bytes:
    """One block; `size` is what its header states where that is not the length of the content."""
    stated = len(content) if size is None else size
    return (int(last) | kind << 1 | stated << 3).to_bytes(3, "little") + content


def raw_blocks(content: bytes, limit: int = BLOCK_LIMIT, last: bool = True) -> bytes:
    """The content in raw blocks, the last one marked as such."""
    pieces = [content[at : at + limit] for at in range(0, len(content), limit)] or [b""]
    marks = [False] * (len(pieces) - 1) + [last]
    return b"".join(block(RAW, piece, mark) for piece, mark in zip(pieces, marks))


def window_byte(exponent: int, mantissa: int = 0) -> bytes:
    """The window descriptor for 2^exponent bytes, plus mantissa eighths of that."""
    return bytes([exponent - 10 << 3 | mantissa])


def frame(
    content: bytes,
    *,
    window: bytes = window_byte(17),
    flags: int = 0,
    between: bytes = b"",
    blocks: bytes | None = None,
    after: bytes = b"",
) -> bytes:
    """A frame with a window descriptor: `flags` go into the frame header descriptor, `between` stands after it."""
    return MAGIC + bytes([flags]) + window + between + (raw_blocks(content) if blocks is None else blocks) + after


def single_segment(content: bytes, stated: int | None = None, blocks: bytes | None = None) -> bytes:
    """A frame that states the size of its content, in eight bytes, and has no window descriptor."""
    size = len(content) if stated is None else stated
    return MAGIC + b"\xe0" + size.to_bytes(8, "little") + (raw_blocks(content) if blocks is None else blocks)


def skippable(content: bytes) -> bytes:
    """A skippable frame."""
    return b"\x50\x2a\x4d\x18" + len(content).to_bytes(4, "little") + content


def zeros(length: int) -> bytes:
    """RLE blocks for `length` zero bytes."""
    sizes = [BLOCK_LIMIT] * (length // BLOCK_LIMIT) + ([length % BLOCK_LIMIT] if length % BLOCK_LIMIT else [])
    return b"".join(block(RLE, b"\x00", n == len(sizes) - 1, size) for n, size in enumerate(sizes))
