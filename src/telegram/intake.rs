//! Intake: updates come in by polling or by webhook, and are confirmed once they stand in the journal.

mod polling;
mod receive;
mod webhook;

pub(crate) use self::polling::{Intake, LIMIT, StartError, call_with_retry};
pub(crate) use self::receive::{Receiver, load};
pub(crate) use self::webhook::{SetWebhook, advise, bind, listen, secret, watch};
