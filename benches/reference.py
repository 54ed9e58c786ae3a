#!/usr/bin/env python3
"""Writes what other engines make of texts, for benches/embedding.rs to compare with: `make parity`.

    reference.py OUTPUT PACKAGE MODEL FLOAT_MODEL FILE…

PACKAGE is the unpacked package that carries the weights: its `e5.c`, compiled with one function added, tells the token ids, which
needs a C compiler. MODEL and FLOAT_MODEL are folders as config/model/convert.py writes them, the latter with --float; both run
on ONNX Runtime, on one core. FILE is JSON Lines with a "question" each (embedded as queries), or a release of the corpus (its
paragraphs embedded as passages).
"""

import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy
import onnxruntime

EXPORT = """
#include "e5.c"
int content_ids(e5_model *m, const char *text, int *out, int limit) { return tok_content(&m->tok, text, out, limit); }
"""
PREFIXES = {"query": "query: ", "passage": "passage: "}
MAX_TOKENS = 512
N_ROUNDS = 3


def texts(path):
    if path.suffix == ".jsonl":
        for line in filter(None, path.read_text().splitlines()):
            yield "query", json.loads(line)["question"]
    else:
        body = path.read_text().split("+++")[-1]
        for paragraph in filter(None, map(str.strip, body.split("\n\n"))):
            yield "passage", paragraph


def tokenizer(package):
    folder = pathlib.Path(tempfile.mkdtemp())
    (folder / "ids.c").write_text(EXPORT)
    command = ["cc", "-O2", "-shared", "-fPIC", f"-I{package}", "ids.c", "-o", "ids.so", "-lm"]
    subprocess.run(command, cwd=folder, check=True, stderr=subprocess.DEVNULL)
    engine = ctypes.CDLL(str(folder / "ids.so"))
    engine.e5_load.restype = ctypes.c_void_p
    engine.content_ids.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p, ctypes.c_int]
    model = engine.e5_load(str(package / "e5-small-q4.bin").encode())

    def ids(text):
        found = (ctypes.c_int * (len(text.encode()) + 4))()
        count = engine.content_ids(model, text.encode(), found, len(found))
        return [0, *found[:count], 2]

    return ids


def session(folder):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(pathlib.Path(folder) / "model.onnx", options)


def embed(engine, ids):
    (states,) = engine.run(None, {"input_ids": numpy.array([ids])})
    vector = states[0].sum(axis=0)
    return vector / numpy.linalg.norm(vector)


def main():
    output, package, model, float_model, *files = sys.argv[1:]
    ids_of = tokenizer(pathlib.Path(package))
    timed, exact = session(model), session(float_model)
    with open(output, "w") as lines:
        for kind, text in (pair for file in files for pair in texts(pathlib.Path(file))):
            ids = ids_of(PREFIXES[kind] + text)
            milliseconds, vector = 0.0, None
            if len(ids) <= MAX_TOKENS:
                vector = [round(float(x), 7) for x in embed(exact, ids)]
                times = []
                for _ in range(N_ROUNDS):
                    start = time.perf_counter()
                    embed(timed, ids)
                    times.append(1000 * (time.perf_counter() - start))
                milliseconds = min(times)
            record = {"text": text, "kind": kind, "ids": ids, "vector": vector, "milliseconds": milliseconds}
            print(json.dumps(record, ensure_ascii=False), file=lines)


main()
