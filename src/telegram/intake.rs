//! Intake: updates come in by polling or by webhook, and are confirmed once they stand in the journal.

mod polling;
mod receive;
mod webhook;

pub(crate) use self::polling::{ALLOWED_UPDATES, Intake, LIMIT, Refused, insist};
pub(crate) use self::receive::{Reception, load};
pub(crate) use self::webhook::{SetWebhook, advise, bind, listen, secret, watch};
