#!/usr/bin/env python3
"""Trains the reranker, which tells whether a passage answers a question (reranker.py): `make reranker`.

    train_reranker.py WHEEL OUTPUT [--passages FILE] [--steps N] QUESTIONS…

WHEEL, `--passages` and QUESTIONS are as for train.py. The embedding model stays as `make model` makes it, with adapter.npz: each text
is embedded once. A question is compared with the passages that answer it, those of its releases that are most like it, and some of its
own release. OUTPUT is reranker.npz, in 16-bit floats. Needs what train.py needs, and half an hour on two cores.
"""

import random

import numpy as np
import torch
import torch.nn.functional as F

import convert
import reranker
import train

WIDTH, LAYERS, MATCH_WIDTH = 128, 2, 64
DROPOUT = 0.1
LEARNING_RATE, WEIGHT_DECAY = 1e-3, 0.05
# A step compares this many questions, each with what answers it, so many of the passages most like it, and so many of its own release;
# with so many passages at most.
QUESTIONS, SIMILAR, OWN, PASSAGES = 16, 9, 3, 12
# Weight in the loss, beside the order of passages, of whether each answers at all. Passages of other releases count as no answer, though
# some are one: questions are labelled within one release. With these at .3 of the weight the reranker is no better.
ANSWERS = 0.5
# Most tokens of a question and phrases of a passage that are looked at, as in src/embedding/reranker.rs; few are longer.
MAX_TOKENS, MAX_PHRASES = 32, 64
# Share of the mean that is taken off, as in src/vector.rs.
OF_THE_MEAN = 0.7


class Layer(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.n1, self.n2 = (torch.nn.LayerNorm(WIDTH, eps=reranker.EPSILON) for _ in range(2))
        self.qkv, self.o = torch.nn.Linear(WIDTH, 3 * WIDTH), torch.nn.Linear(WIDTH, WIDTH)
        self.f1, self.f2 = torch.nn.Linear(WIDTH, 2 * WIDTH), torch.nn.Linear(2 * WIDTH, WIDTH)

    def forward(self, x, mask):
        n_pairs, n_rows, _ = x.shape
        split = (part.view(n_pairs, n_rows, reranker.HEADS, -1).transpose(1, 2) for part in self.qkv(self.n1(x)).chunk(3, -1))
        mixed = F.scaled_dot_product_attention(*split, attn_mask=mask[:, None, None, :])
        mixed = mixed.transpose(1, 2).reshape(n_pairs, n_rows, WIDTH)
        x = x + F.dropout(self.o(mixed), DROPOUT, self.training)
        return x + F.dropout(self.f2(F.gelu(self.f1(self.n2(x)))), DROPOUT, self.training)


class Reranker(torch.nn.Module):
    """What reranker.py builds, for many pairs at once. Its parameters have the names of the weights there."""

    def __init__(self, width):
        super().__init__()
        self.input, self.match = torch.nn.Linear(width, WIDTH), torch.nn.Linear(width, MATCH_WIDTH, bias=False)
        self.of_question, self.of_phrases = torch.nn.Linear(3, WIDTH), torch.nn.Linear(2, WIDTH)
        self.of_titled = torch.nn.Parameter(torch.zeros(WIDTH))
        self.layers = torch.nn.ModuleList([Layer() for _ in range(LAYERS)])
        self.norm = torch.nn.LayerNorm(WIDTH, eps=reranker.EPSILON)
        self.attend, self.output = torch.nn.Linear(WIDTH, 1), torch.nn.Linear(WIDTH, 1)
        self.like, self.matching = (torch.nn.Parameter(torch.tensor(8.0)) for _ in range(2))
        torch.nn.init.normal_(self.match.weight, std=width**-0.5)
        with torch.no_grad():
            # Vectors of length 1 have small numbers.
            self.input.weight.mul_(4)

    def forward(self, question, question_mask, phrases, phrase_mask, titled):
        """Log odds of pairs: rows of questions, which of them there are, those of passages, and the titled vectors."""

        def highest(question, phrases):
            similarity = question @ phrases.transpose(1, 2)
            of_tokens = similarity.masked_fill(~phrase_mask[:, None, :], -1.0).amax(2)
            return of_tokens, similarity.masked_fill(~question_mask[..., None], -1.0).amax(1)

        projected = (F.normalize(self.match(rows), dim=-1) for rows in (question, phrases))
        question_like, phrases_like = highest(question, phrases)
        question_match, phrases_match = highest(*projected)
        question_titled = (question @ titled[:, :, None]).squeeze(-1)
        rows = [
            self.input(question) + self.of_question(torch.stack([question_like, question_match, question_titled], -1)),
            self.input(phrases) + self.of_phrases(torch.stack([phrases_like, phrases_match], -1)),
            (self.input(titled) + self.of_titled)[:, None],
        ]
        x, mask = torch.cat(rows, 1), torch.cat([question_mask, phrase_mask, torch.ones_like(question_mask[:, :1])], 1)
        for layer in self.layers:
            x = layer(x, mask)
        x = self.norm(x)
        share = self.attend(x).squeeze(-1).masked_fill(~mask, -1e9).softmax(1)
        log_odds = self.output((share[..., None] * x).sum(1)).squeeze(-1)
        n_tokens = question_mask.sum(1)
        for scale, column in ((self.like, question_like), (self.matching, question_match)):
            log_odds = log_odds + scale * (column * question_mask).sum(1) / n_tokens
        return log_odds

    def weights(self):
        """The weights under the names that reranker.py reads."""
        named = {}
        for name, weights in self.state_dict().items():
            numbers = weights.numpy()
            name = name.replace("layers.", "l").replace("weight", "w").replace("bias", "b")
            named[name] = numbers.T if numbers.ndim == 2 else numbers
        for name, renamed in (("of_titled", "of_titled.b"), ("like", "output.like"), ("matching", "output.match")):
            named[renamed] = named.pop(name)
        return named


def apart(rows, mean):
    rows = rows - OF_THE_MEAN * mean
    return rows / np.linalg.norm(rows, axis=-1, keepdims=True).clip(1e-9)


class Organisation:
    """The vectors of an organisation's passages and questions, much as src/search/index/vectors.rs makes them: there the means are of
    sentences too and of typical questions, and numbers have 8 bits."""

    def __init__(self, encoder, states, releases):
        paragraphs = [("passage", text) for release in releases for text in release["paragraphs"]]
        titled = [
            ("passage", train.written(release, number, "titled")[0])
            for release in releases
            for number in range(len(release["paragraphs"]))
        ]
        questions = [("query", question["question"]) for release in releases for question in release["questions"]]
        embedded = lambda texts: embed(encoder, [states[text] for text in texts], texts[0][0])
        (pooled, tokens), (titled, _) = embedded(paragraphs), embedded(titled)
        mean = pooled.mean(0)
        self.phrases = [apart(phrases(rows), mean).astype(np.float16) for rows in tokens]
        self.titled, paragraphs = apart(titled, titled.mean(0)), apart(pooled, mean)
        pooled, tokens = embedded(questions)
        mean = pooled.mean(0)
        self.questions = [apart(rows, mean).astype(np.float16) for rows in tokens]
        pooled = apart(pooled, mean)
        # As where src/search/ranking/similarity.rs chooses what to rerank.
        self.similar = np.argsort(-(pooled @ self.titled.T + 0.5 * pooled @ paragraphs.T), axis=1)[:, :SIMILAR]
        # Passages that answer, and those of the release, of each question.
        self.right, self.own, first = [], [], 0
        for release in releases:
            own = range(first, first + len(release["paragraphs"]))
            self.right += [[first + number for number in question["paragraphs"]] for question in release["questions"]]
            self.own += [own] * len(release["questions"])
            first = own.stop

    def pairs(self):
        """A question with passages: (tokens, phrases, titled vector, whether it answers) each."""
        number = random.randrange(len(self.questions))
        right, own = self.right[number], self.own[number]
        some = random.sample(own, min(OWN, len(own)))
        passages = list(dict.fromkeys([*right, *self.similar[number].tolist(), *some]))[:PASSAGES]
        one = lambda passage: (self.phrases[passage], self.titled[passage], passage in right)
        return [(self.questions[number], *one(passage)) for passage in passages]


def embed(encoder, states, role):
    with torch.inference_mode():
        pooled, tokens = encoder.upper(states, role)
    return pooled.numpy(), [rows.numpy() for rows in tokens]


def phrases(tokens):
    starts = range(0, max(1, len(tokens) - train.STEP), train.STEP)
    return np.stack([tokens[start : start + train.PHRASE].mean(0) for start in starts])


def table(rows, most):
    """Matrices of rows as one, and which rows there are."""
    n_rows = min(most, max(map(len, rows)))
    numbers = np.zeros((len(rows), n_rows, rows[0].shape[1]), np.float32)
    there = np.zeros((len(rows), n_rows), bool)
    for at, matrix in enumerate(rows):
        matrix = matrix[:n_rows]
        numbers[at, : len(matrix)], there[at, : len(matrix)] = matrix, True
    return torch.from_numpy(numbers), torch.from_numpy(there)


def loss_of(log_odds, right, asked):
    """Of the order of each question's passages, and of whether each passage answers; those taken for likelier count more."""
    mine = asked[None] == torch.arange(QUESTIONS)[:, None]
    all_odds = torch.where(mine, log_odds[None], torch.tensor(-1e9))
    of_right = torch.where(mine & right[None], log_odds[None], torch.tensor(-1e9))
    answered = (mine & right[None]).any(1)
    order = all_odds[answered].logsumexp(1) - of_right[answered].logsumexp(1)
    share = torch.where(right, torch.tensor(1.0), (all_odds.detach().softmax(1) * mine).sum(0))
    share = share / (share[None] * mine).sum(1)[asked]
    answers = F.binary_cross_entropy_with_logits(log_odds, right.float(), reduction="none")
    return order.mean() + ANSWERS * (share * answers).sum() / QUESTIONS


def fit(organisations, n_steps, width):
    model = Reranker(width)
    parts = [[part for part in model.parameters() if (part.ndim > 1) == is_matrix] for is_matrix in (True, False)]
    groups = [{"params": parts[0], "weight_decay": WEIGHT_DECAY}, {"params": parts[1], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=LEARNING_RATE)
    schedule = train.schedule_of(optimizer, n_steps)
    shares, losses = [min(len(organisation.questions), 360) ** 0.7 for organisation in organisations], []
    for step in range(n_steps):
        asked = [organisation.pairs() for organisation in random.choices(organisations, shares, k=QUESTIONS)]
        pairs = [pair for pairs in asked for pair in pairs]
        questions, passages, titled, right = zip(*pairs)
        numbers = torch.tensor([number for number, pairs in enumerate(asked) for _ in pairs])
        log_odds = model(*table(questions, MAX_TOKENS), *table(passages, MAX_PHRASES), torch.from_numpy(np.stack(titled)))
        loss = loss_of(log_odds, torch.tensor(right), numbers)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            print(f"step {step + 1}: loss {np.mean(losses[-50:]):.3f}", flush=True)
    return model.eval()


def main():
    options = train.options_of(default_steps=1200)
    random.seed(1)
    torch.manual_seed(1)
    encoder = train.Encoder(options.wheel, convert.ADAPTER)
    releases = train.Releases(encoder, options.questions, options.passages)
    organisations = [
        Organisation(encoder, releases.states, of_one) for of_one in releases.organisations.values()
    ]
    model = fit(organisations, options.steps, encoder.width)
    # Embeddings of another adapter would be others: convert.py compares.
    train.save(options.output, model.weights(), adapter=np.uint32(convert.checksum_of_adapter()))


if __name__ == "__main__":
    main()
