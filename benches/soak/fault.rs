//! Faults of the Bot API.

use std::io::ErrorKind;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::server::json_body;

/// Fault mode of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum FaultMode {
    #[default]
    None,
    /// All faults of a call, in a fixed sequence, so that runs are comparable.
    Mixed,
    /// A gateway rejects all messages.
    MessagesFail,
    /// A gateway rejects all calls.
    Outage,
}

/// Fault of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// A gateway fails before Telegram gets the call.
    Before,
    /// Too many requests: retry after.
    TooMany,
    /// The connection breaks, and Telegram does not act.
    BrokenBefore,
    /// The call reaches Telegram late.
    Late,
    /// Telegram has acted, and its response is truncated.
    Truncated,
    /// Telegram has acted, and a gateway responds with an error.
    After,
    /// Telegram has acted, and the connection breaks.
    BrokenAfter,
    /// Telegram has acted, and responds only after the bot's timeout.
    TooLate,
}

impl Fault {
    /// Returns the fault of the message or edit of this number.
    pub(super) fn of_message(n: u64) -> Option<Self> {
        Self::at_turn(
            n,
            &[
                (997, Self::TooLate),
                (53, Self::Before),
                (61, Self::TooMany),
                (67, Self::BrokenBefore),
                (71, Self::Late),
                (73, Self::Truncated),
                (79, Self::After),
                (83, Self::BrokenAfter),
            ],
        )
    }

    /// Returns the fault of the poll of this number.
    pub(super) fn of_poll(n: u64) -> Option<Self> {
        Self::at_turn(n, &[(11, Self::Before), (13, Self::TooMany), (17, Self::Truncated), (19, Self::BrokenAfter)])
    }

    /// Returns the fault of any other call of this number: "typing…", getMyName, getMe.
    pub(super) fn of_other(n: u64) -> Option<Self> {
        Self::at_turn(n, &[(3, Self::Before), (5, Self::BrokenAfter), (7, Self::TooMany)])
    }

    fn at_turn(n: u64, faults: &[(u64, Self)]) -> Option<Self> {
        faults.iter().find(|(turn, _)| n.is_multiple_of(*turn)).map(|(_, fault)| *fault)
    }

    pub(super) fn is_before(self) -> bool {
        matches!(self, Self::Before | Self::TooMany | Self::BrokenBefore)
    }

    /// Returns the response of a faulty call, after a wait if it is late.
    pub(super) async fn respond(self) -> Response {
        match self {
            Self::TooMany => json_body(
                StatusCode::TOO_MANY_REQUESTS,
                json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 1",
                       "parameters": {"retry_after": 1}})
                .to_string(),
            ),
            Self::Truncated => json_body(StatusCode::OK, "{\"ok\":true,\"resu".to_owned()),
            Self::BrokenBefore | Self::BrokenAfter => {
                let broken = Err::<Bytes, _>(std::io::Error::from(ErrorKind::ConnectionReset));
                Body::from_stream(futures::stream::iter([broken])).into_response()
            }
            Self::Before | Self::After | Self::Late | Self::TooLate => {
                if self == Self::TooLate {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                }
                let body = json!({"ok": false, "error_code": 502, "description": "Bad Gateway"});
                json_body(StatusCode::BAD_GATEWAY, body.to_string())
            }
        }
    }
}
