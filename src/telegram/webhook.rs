//! Takes updates in by webhook: Telegram sends each to an address of ours, and again until it is told 200.
//!
//! It is told so when the update is in the journal. An answer never rides on that reply: nobody would learn its fate.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use serde::Serialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use teloxide::requests::Payload;
use teloxide::types::True;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use url::Url;

use super::reception::{Receipt, Reception};
use crate::config::Token;

/// The most bytes of an update; a message has 4096 characters.
const MAX_BODY: usize = 1 << 20;

/// How many updates are taken in at the same time; those beyond are sent again by Telegram.
const MAX_AT_ONCE: usize = 256;

/// How long an update may take to arrive whole.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// How long Telegram is kept waiting for an update that is answered without the journal.
const UNJOURNALED: Duration = Duration::from_secs(30);

/// Returns what Telegram must show with each update: made of the token, so that replicas agree without a setting.
pub(super) fn secret(token: &Token) -> String {
    let digest = Sha256::new().chain_update("pressdesk webhook ").chain_update(token.secret()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// setWebhook as JSON; teloxide's own goes as a form, for the certificate that we don't send.
#[derive(Debug, Serialize)]
pub(super) struct SetWebhook {
    pub(super) url: Url,
    pub(super) secret_token: String,
    pub(super) allowed_updates: &'static [&'static str],
    pub(super) max_connections: u8,
}

impl Payload for SetWebhook {
    type Output = True;
    const NAME: &'static str = "SetWebhook";
}

struct Door {
    secret: String,
    reception: Arc<Reception>,
    places: Semaphore,
}

/// Answers Telegram's calls until `closing`; the future that is returned does the work.
pub(super) async fn listen(
    address: SocketAddr,
    secret: String,
    reception: Arc<Reception>,
    closing: CancellationToken,
) -> anyhow::Result<impl Future<Output = ()>> {
    let listener = TcpListener::bind(address)
        .await
        .with_context(|| format!("could not listen on {address} for the webhook (setting webhook.listen)"))?;
    let door = Arc::new(Door { secret, reception, places: Semaphore::new(MAX_AT_ONCE) });
    // Any path, because what stands in front of us may have changed it.
    let router = Router::new().fallback(take_in).with_state(door);
    Ok(async move {
        // It ends when it is told to.
        let _ = axum::serve(listener, router).with_graceful_shutdown(closing.cancelled_owned()).await;
    })
}

async fn take_in(State(door): State<Arc<Door>>, request: Request) -> StatusCode {
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    if !knows_secret(request.headers(), &door.secret) {
        warn!("something without the right secret came to the webhook");
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(_place) = door.places.try_acquire() else {
        info!("the webhook is full");
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    // A place is not kept for a body that never comes to its end.
    let reading = tokio::time::timeout(BODY_PATIENCE, axum::body::to_bytes(request.into_body(), MAX_BODY));
    let body = match reading.await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE,
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
    };
    let Ok(raw) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let reception = Arc::clone(&door.reception);
    // A task of its own, so that a connection that breaks does not cut it in two.
    let receipt = tokio::spawn(async move { reception.take_in(&[raw]).await }).await;
    match receipt {
        Ok(Receipt::Safe) => StatusCode::OK,
        Ok(Receipt::Unsafe(jobs)) if tokio::time::timeout(UNJOURNALED, jobs.wait()).await.is_ok() => StatusCode::OK,
        Ok(Receipt::Unsafe(_)) | Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}

fn knows_secret(headers: &HeaderMap, secret: &str) -> bool {
    let shown = headers.get("x-telegram-bot-api-secret-token").map(|shown| shown.as_bytes()).unwrap_or_default();
    shown.ct_eq(secret.as_bytes()).into()
}
