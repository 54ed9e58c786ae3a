//! Delivery: what goes out to Telegram, laid out within its limits and at its pace.

pub mod layout;

mod api;
mod pacing;
mod send;
mod slots;

pub(crate) use self::api::{Api, ApiError, Refusal};
pub(crate) use self::pacing::RateLimiter;
pub(crate) use self::send::{Delivery, Mark, Sender};
