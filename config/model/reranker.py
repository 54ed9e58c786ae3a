"""The graph of the reranker, a small model that tells whether a passage answers a question by the vectors of both.

`convert.py` writes it beside the embedding model, with the weights of reranker.npz, which `train_reranker.py` trains.

Inputs are matrices of a vector a row, each of length 1 and without what such vectors have in common: `question` with the question's
tokens, `phrases` with the passage's phrases, `titled` with the one vector of the passage below the title of its release. Each row is
brought to the width of the reranker, together with how like it is to the most similar row of the other side, which alone would be the
late interaction of ColBERT (https://arxiv.org/abs/2004.12832). Then all rows attend to each other in a few transformer layers, and
one number comes out, the logarithm of the odds that the passage answers.
"""

import functools
import pathlib

import numpy as np
from onnx import TensorProto, helper

WEIGHTS = pathlib.Path(__file__).with_name("reranker.npz")
HEADS = 4
EPSILON = 1e-5


def build(graph, weights):
    """The model of an empty graph, which is convert.py's Graph, and of weights by name."""
    weights = {name: matrix.astype(np.float32) for name, matrix in weights.items()}
    constant = functools.cache(lambda name: graph.constant(weights[name]))
    add, axes = graph.add, lambda *axes: graph.constant(axes, np.int64)
    n_layers = sum(name.endswith("qkv.w") for name in weights)
    width, inner = weights["input.w"].shape

    def linear(x, name):
        return add("Add", add("MatMul", x, constant(f"{name}.w")), constant(f"{name}.b"))

    def norm(x, name):
        return add("LayerNormalization", x, constant(f"{name}.w"), constant(f"{name}.b"), axis=-1, epsilon=EPSILON)

    def highest(question, phrases):
        """How like each row is to the most similar row of the other side: one column each."""
        similarity = add("MatMul", question, add("Transpose", phrases, perm=[1, 0]))
        of_phrases = add("Transpose", add("ReduceMax", similarity, axes(0), keepdims=1), perm=[1, 0])
        return add("ReduceMax", similarity, axes(1), keepdims=1), of_phrases

    projected = lambda x: add("LpNormalization", add("MatMul", x, constant("match.w")), axis=-1, p=2)
    question_like, phrases_like = highest("question", "phrases")
    question_match, phrases_match = highest(projected("question"), projected("phrases"))
    question_titled = add("MatMul", "question", add("Transpose", "titled", perm=[1, 0]))
    likenesses = add("Concat", question_like, question_match, question_titled, axis=1)
    of_question = add("Add", linear("question", "input"), linear(likenesses, "of_question"))
    likenesses = add("Concat", phrases_like, phrases_match, axis=1)
    of_phrases = add("Add", linear("phrases", "input"), linear(likenesses, "of_phrases"))
    of_titled = add("Add", linear("titled", "input"), constant("of_titled.b"))
    x = add("Concat", of_question, of_phrases, of_titled, axis=0)

    for layer in range(n_layers):
        split = add("Split", linear(norm(x, f"l{layer}.n1"), f"l{layer}.qkv"), n_outputs=3, axis=-1, num_outputs=3)
        query, key, value = (graph.shape(part, 0, HEADS, inner // HEADS) for part in split)
        query, value = (add("Transpose", part, perm=[1, 0, 2]) for part in (query, value))
        scores = add("MatMul", query, add("Transpose", key, perm=[1, 2, 0]))
        scores = add("Mul", scores, graph.constant((inner // HEADS) ** -0.5, np.float32))
        mixed = add("Transpose", add("MatMul", add("Softmax", scores, axis=-1), value), perm=[1, 0, 2])
        x = add("Add", x, linear(graph.shape(mixed, 0, inner), f"l{layer}.o"))
        inside = add("Gelu", linear(norm(x, f"l{layer}.n2"), f"l{layer}.f1"))
        x = add("Add", x, linear(inside, f"l{layer}.f2"))
    x = norm(x, "norm")
    share = add("Softmax", linear(x, "attend"), axis=0)
    pooled = add("ReduceSum", add("Mul", x, share), axes(0), keepdims=1)
    odds = linear(pooled, "output")
    for name, column in (("like", question_like), ("match", question_match)):
        mean = add("ReduceMean", column, axes(0), keepdims=1)
        odds = add("Add", odds, add("Mul", mean, constant(f"output.{name}")))
    graph.nodes.append(helper.make_node("Reshape", [odds, graph.constant([1], np.int64)], ["log_odds"], "output"))

    matrix = lambda name, rows: helper.make_tensor_value_info(name, TensorProto.FLOAT, [rows, width])
    inputs = [matrix("question", "tokens"), matrix("phrases", "phrases"), matrix("titled", 1)]
    output = helper.make_tensor_value_info("log_odds", TensorProto.FLOAT, [1])
    made = helper.make_graph(graph.nodes, "reranker", inputs, [output], graph.initializers)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
