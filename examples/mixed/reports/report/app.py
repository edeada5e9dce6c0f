"""A table of texts and their CRC-32, computed by the library in the layer."""

import ctypes

from tabulate import tabulate

# Lambda has the lib directory of a layer on its library path.
_crc32 = ctypes.CDLL("libchecksum.so").checksum_crc32
_crc32.argtypes = [ctypes.c_char_p, ctypes.c_size_t]
_crc32.restype = ctypes.c_uint32


def crc32(text):
    data = text.encode()
    return f"{_crc32(data, len(data)):08x}"


def handler(event, context):
    rows = [(text, crc32(text)) for text in event["texts"]]
    return tabulate(rows, headers=["Text", "CRC-32"], disable_numparse=True)
