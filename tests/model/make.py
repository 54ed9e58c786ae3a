#!/usr/bin/env python3
"""Makes the tiny model of the unit tests, with the inputs and the output that published models have: `make.py` beside them.

A token's vector is its row of a table plus the mean of all tokens' rows. Needs `onnx` and `numpy`.
"""

import json
import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FOLDER = pathlib.Path(__file__).parent
PIECES = ["<s>", "<pad>", "</s>", "<unk>", "▁", "a", "▁query", "ó", ":", "▁passage", "b"]
WIDTH, POSITIONS = 8, 16

table = np.sin(np.arange(len(PIECES) * WIDTH)).reshape(-1, WIDTH).astype(np.float32)
positions = np.zeros((POSITIONS, WIDTH), np.float32)
nodes = [
    helper.make_node("Gather", ["table", "input_ids"], ["rows"]),
    helper.make_node("Shape", ["input_ids"], ["shape"]),
    helper.make_node("Gather", ["shape", "one"], ["length"]),
    helper.make_node("Range", ["zero", "length", "one"], ["places"]),
    helper.make_node("Gather", ["positions", "places"], ["placed"]),
    helper.make_node("Add", ["rows", "placed"], ["embedded"]),
    helper.make_node("Cast", ["attention_mask"], ["mask"], to=TensorProto.FLOAT),
    helper.make_node("Cast", ["token_type_ids"], ["types"], to=TensorProto.FLOAT),
    helper.make_node("Add", ["mask", "types"], ["counted"]),
    helper.make_node("Unsqueeze", ["counted", "last"], ["factors"]),
    helper.make_node("Mul", ["embedded", "factors"], ["masked"]),
    helper.make_node("ReduceMean", ["masked", "middle"], ["mean"], keepdims=1),
    helper.make_node("Add", ["masked", "mean"], ["last_hidden_state"]),
]
constants = {
    "table": table,
    "positions": positions,
    "zero": np.array(0, np.int64),
    "one": np.array(1, np.int64),
    "middle": np.array([1], np.int64),
    "last": np.array([-1], np.int64),
}
inputs = [
    helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "sequence"])
    for name in ("input_ids", "attention_mask", "token_type_ids")
]
output = helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, ["batch", "sequence", WIDTH])
graph = helper.make_graph(
    nodes, "tiny", inputs, [output], [numpy_helper.from_array(value, name) for name, value in constants.items()]
)
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)
(FOLDER / "model.onnx").write_bytes(model.SerializeToString(deterministic=True))

metaspace = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always", "split": True}
token = lambda content: {"SpecialToken": {"id": content, "type_id": 0}}
text = {"Sequence": {"id": "A", "type_id": 0}}
flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True}
tokenizer = {
    "version": "1.0",
    "truncation": None,
    "padding": None,
    "added_tokens": [{"id": id, "content": PIECES[id], **flags} for id in range(4)],
    "normalizer": {"type": "Sequence", "normalizers": [{"type": "Nmt"}, {"type": "NFKC"}]},
    "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, metaspace]},
    "post_processor": {
        "type": "TemplateProcessing",
        "single": [token("<s>"), text, token("</s>")],
        # Two in the middle, as RoBERTa and XLM-R have them.
        "pair": [token("<s>"), text, token("</s>"), token("</s>"), {"Sequence": {"id": "B", "type_id": 0}}, token("</s>")],
        "special_tokens": {
            content: {"id": content, "ids": [PIECES.index(content)], "tokens": [content]} for content in ("<s>", "</s>")
        },
    },
    "decoder": metaspace,
    "model": {"type": "Unigram", "unk_id": 3, "vocab": [[piece, -1.0] for piece in PIECES], "byte_fallback": False},
}
(FOLDER / "tokenizer.json").write_text(json.dumps(tokenizer, ensure_ascii=False, indent=1) + "\n")

# The reranker: the highest product of a token and a phrase, plus the highest of a token and the title.
reranker = helper.make_graph(
    [
        helper.make_node("Transpose", ["phrases"], ["turned"], perm=[1, 0]),
        helper.make_node("MatMul", ["question", "turned"], ["similarity"]),
        helper.make_node("Transpose", ["titled"], ["turned_title"], perm=[1, 0]),
        helper.make_node("MatMul", ["question", "turned_title"], ["of_title"]),
        helper.make_node("ReduceMax", ["similarity"], ["highest"], keepdims=0),
        helper.make_node("ReduceMax", ["of_title"], ["highest_title"], keepdims=0),
        helper.make_node("Add", ["highest", "highest_title"], ["sum"]),
        helper.make_node("Reshape", ["sum", "one"], ["log_odds"]),
    ],
    "reranker",
    [helper.make_tensor_value_info(name, TensorProto.FLOAT, [rows, WIDTH]) for name, rows in
     (("question", "tokens"), ("phrases", "phrases"), ("titled", 1))],
    [helper.make_tensor_value_info("log_odds", TensorProto.FLOAT, [1])],
    [numpy_helper.from_array(np.array([1], np.int64), "one")],
)
model = helper.make_model(reranker, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
(FOLDER / "reranker.onnx").write_bytes(model.SerializeToString(deterministic=True))
