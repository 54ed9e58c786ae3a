//! Which updates are for us, as one tree.

use teloxide::dispatching::{DpHandlerDescription, UpdateFilterExt};
use teloxide::dptree::{self, Handler};
use teloxide::types::Update;

use super::from_telegram::{self, Incoming};

/// The tree that every update runs through.
pub(crate) type Schema = Handler<'static, Incoming, DpHandlerDescription>;

/// Returns the tree. It needs `Update` and `Me`; what no branch wants is not for us.
pub(crate) fn schema() -> Schema {
    dptree::entry()
        .branch(Update::filter_message().filter_map(from_telegram::read_message).endpoint(want))
        .branch(Update::filter_callback_query().filter_map(from_telegram::read_callback_query).endpoint(want))
}

async fn want(incoming: Incoming) -> Incoming {
    incoming
}

#[cfg(test)]
mod tests {
    use super::*;
    use teloxide::dptree::Type;
    use teloxide::types::Me;

    #[test]
    fn the_tree_asks_for_nothing_that_it_is_not_given() {
        dptree::type_check(schema().sig(), &dptree::deps![], &[Type::of::<Update>(), Type::of::<Me>()]);
    }
}
