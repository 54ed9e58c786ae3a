//! Files of a model: reading, checking, and running them on the calling thread.

use std::path::Path;
use std::sync::Arc;
use std::thread::ScopedJoinHandle;

use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool};

use super::{ModelError, checksum};
use crate::files;

thread_local! {
    /// One-thread pool of the calling thread: a call takes one core, and the cores are shared among questions.
    static THREAD_POOL: Arc<ThreadPool> = Arc::new(ThreadPool::with_num_threads(1));
}

/// Input of the graph.
pub(super) struct Input {
    pub(super) node: NodeId,
    pub(super) content: InputContent,
}

/// Content of an input: one integer per token.
#[derive(Clone, Copy)]
pub(super) enum InputContent {
    Ids,
    /// Ones: every token counts.
    Mask,
    /// Zeros: there is one text.
    Types,
}

/// Reads and parses a file; returns its hash too.
pub(super) fn load_file<T>(
    path: &Path,
    load: impl FnOnce(Vec<u8>) -> Result<T, String>,
) -> Result<(u32, T), ModelError> {
    let bytes = files::read(path, u64::MAX);
    let bytes = bytes.map_err(|error| unusable(path, format!("it could not be read ({error})")))?;
    let hash = crc32fast::hash(&bytes);
    if checksum::of(path).is_some_and(|expected| expected != hash) {
        return Err(unusable(path, "it is damaged; make it again"));
    }
    load(bytes).map(|loaded| (hash, loaded)).map_err(|reason| unusable(path, reason))
}

/// Returns the result of a thread that loads a file; a panic means a damaged file.
pub(super) fn join_loader<T>(
    thread: ScopedJoinHandle<'_, Result<T, ModelError>>,
    path: &Path,
) -> Result<T, ModelError> {
    thread.join().unwrap_or_else(|_| Err(unusable(path, "it is damaged")))
}

/// Returns options to run a graph on the calling thread alone.
pub(super) fn run_options() -> RunOptions {
    RunOptions::default().with_thread_pool(Some(THREAD_POOL.with(Arc::clone)))
}

pub(super) fn load_graph(bytes: Vec<u8>) -> Result<Model, String> {
    let model = ModelOptions::with_all_ops().prepack_weights(true).load(bytes);
    model.map_err(|error| format!("it is not a supported ONNX model ({error})"))
}

/// Returns the inputs and the output of a graph, known by the names that published models have.
pub(super) fn find_inputs_and_output(model: &Model) -> Result<(Vec<Input>, NodeId), String> {
    let name = |node: NodeId| model.node_info(node).and_then(|node| node.name()).unwrap_or_default().to_owned();
    let input = |node: &NodeId| {
        let content = match name(*node).as_str() {
            "input_ids" => InputContent::Ids,
            "attention_mask" => InputContent::Mask,
            "token_type_ids" => InputContent::Types,
            other => return Err(format!("it has an input `{other}`, which is not supported")),
        };
        Ok(Input { node: *node, content })
    };
    let inputs = model.input_ids().iter().map(input).collect::<Result<Vec<_>, _>>()?;
    let is_usual = |node: &&NodeId| matches!(name(**node).as_str(), "last_hidden_state" | "token_embeddings");
    let outputs = model.output_ids();
    let output = outputs.iter().find(is_usual).or(outputs.first()).ok_or("it has no output")?;
    Ok((inputs, *output))
}

pub(super) fn unusable(path: &Path, reason: impl Into<String>) -> ModelError {
    ModelError::Unusable { path: path.to_owned(), reason: reason.into() }
}
