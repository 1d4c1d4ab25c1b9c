"""Reads and writes safetensors files of float32 with NumPy alone; docs/pytorch.md shows the reader.

The format: 8 bytes of header length, a JSON header of {name: {dtype, shape, data_offsets}}, then the values.
(Not called safetensors.py, which would hide the package of that name.)
"""
import json

import numpy as np


def read(path):
    """{name: float32 array}"""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(data[begin:end], "<f4").reshape(entry["shape"]).copy()
    return tensors


def write(path, tensors):
    """Write {name: array} as float32."""
    arrays = {name: np.ascontiguousarray(array, "<f4") for name, array in tensors.items()}
    header, offset = {}, 0
    for name, array in arrays.items():
        end = offset + array.nbytes
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            file.write(array.tobytes())
