//! Which updates are for us, as one tree. Its endpoints only queue, so that polling never waits for an answer.

use std::convert::Infallible;
use std::sync::Arc;

use teloxide::dispatching::{UpdateFilterExt, UpdateHandler};
use teloxide::dptree;
use teloxide::types::{CallbackQuery, Update};
use tokio_util::task::TaskTracker;
use tracing::{debug, info};

use super::answering::Answering;
use super::api::Api;
use super::from_telegram::{self, Incoming};
use super::lanes::{Entry, Lanes};

/// Returns the tree that every update runs through.
///
/// It needs `Update`, `Me`, `Api`, `TaskTracker`, `Arc<Lanes<Incoming>>` and `Arc<Answering>`.
pub(super) fn schema() -> UpdateHandler<Infallible> {
    dptree::entry()
        .branch(Update::filter_message().filter_map(from_telegram::read_message).endpoint(queue))
        .branch(
            Update::filter_callback_query()
                .inspect(acknowledge)
                .filter_map(from_telegram::read_callback_query)
                .endpoint(queue),
        )
        .endpoint(stay_silent)
}

/// Lets the button stop spinning, whatever becomes of the answer.
fn acknowledge(query: CallbackQuery, api: Api, tasks: TaskTracker) {
    tasks.spawn(api.acknowledge(query.id));
}

async fn queue(
    incoming: Incoming,
    lanes: Arc<Lanes<Incoming>>,
    answering: Arc<Answering>,
    tasks: TaskTracker,
) -> Result<(), Infallible> {
    match lanes.push(incoming.asker.chat, incoming) {
        Entry::Queued => {}
        Entry::Overflow(incoming) => {
            tasks.spawn(answering.say_busy(incoming));
        }
        Entry::Dropped => info!("a message was dropped: its lane is full"),
    }
    Ok(())
}

async fn stay_silent() -> Result<(), Infallible> {
    debug!("an update was not for us");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use teloxide::dptree::Type;
    use teloxide::types::Me;

    #[test]
    fn the_tree_asks_for_nothing_that_serve_does_not_give() {
        let given = [
            Type::of::<Update>(),
            Type::of::<Me>(),
            Type::of::<Api>(),
            Type::of::<TaskTracker>(),
            Type::of::<Arc<Lanes<Incoming>>>(),
            Type::of::<Arc<Answering>>(),
        ];
        dptree::type_check(schema().sig(), &dptree::deps![], &given);
    }
}
