//! Takes updates in by webhook: Telegram sends each to an address of ours, and again until it is told 200.
//!
//! It is told so when the update is in the journal. An answer never rides on that reply: nobody would learn its fate.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use teloxide::requests::Payload;
use teloxide::types::True;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error, info};
use url::Url;

use super::polling::{self, StartError};
use super::receive::Receiver;
use crate::config::BotToken;
use crate::health::{Health, HealthCheck};
use crate::metrics::Metrics;
use crate::telegram::delivery::Api;
use crate::telegram::{InvalidToken, WrongSetting};

/// Maximum size of an update in bytes; a message has 4096 characters.
const MAX_BODY: usize = 1 << 20;

/// Maximum number of updates that are received at the same time; those beyond are sent again by Telegram.
const MAX_IN_FLIGHT: usize = 256;

/// Timeout of the body of a call.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// Maximum time for which Telegram is kept waiting for an update that is answered without the journal.
const OVERFLOW_REPLY_TIMEOUT: Duration = Duration::from_secs(30);

/// Maximum number of open connections; Telegram opens 40 at most.
const MAX_CONNECTIONS: usize = 512;

/// Timeout of the head of a call: those that never do may hold every connection for so long.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// Time that an open connection may take when the bot stops; Telegram makes the call again.
const CONNECTION_DRAIN_TIMEOUT: Duration = Duration::from_secs(1);

/// Time between two checks of the webhook.
const CHECK_INTERVAL: Duration = Duration::from_secs(30);

/// Number of checks without a new failure after which Telegram is held to deliver updates again although some wait: it tries again after
/// a minute or two.
const MAX_QUIET_CHECKS: u32 = 5;

/// Maximum number of letters of what Telegram says of a failure.
const MAX_ERROR_LEN: usize = 200;

/// Returns the secret that Telegram must show with each update: made of the token, so that replicas agree without a setting.
pub(crate) fn webhook_secret(token: &BotToken) -> String {
    let digest = Sha256::new().chain_update("pressdesk webhook ").chain_update(token.secret()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// setWebhook as JSON; teloxide's own goes as a form, for the certificate that we don't send.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct SetWebhook {
    pub(crate) url: Url,
    pub(crate) secret_token: String,
    pub(crate) allowed_updates: &'static [&'static str],
    pub(crate) max_connections: u8,
}

impl Payload for SetWebhook {
    type Output = True;
    const NAME: &'static str = "SetWebhook";
}

struct WebhookState {
    secret: String,
    receiver: Arc<Receiver>,
    metrics: Arc<Metrics>,
    permits: Semaphore,
}

/// Returns the error of a start that Telegram refuses, with what to do about it: all that it is told is the webhook.
pub(crate) fn start_error(refused: StartError) -> anyhow::Error {
    match refused {
        StartError::Token(invalid) => invalid.into(),
        StartError::Call(why) => {
            WrongSetting(format!("Telegram does not take what it is told ({why}); correct webhook.url")).into()
        }
    }
}

/// getWebhookInfo, read as far as it is of use.
#[derive(Debug, Serialize)]
struct GetWebhookInfo {}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WebhookInfo {
    url: String,
    pending_update_count: u64,
    /// Time at which Telegram last failed to deliver an update, in seconds since 1970.
    last_error_date: Option<u64>,
    last_error_message: Option<String>,
}

impl Payload for GetWebhookInfo {
    type Output = WebhookInfo;
    const NAME: &'static str = "GetWebhookInfo";
}

/// Takes care that Telegram sends updates to us; ends only when it no longer knows the token.
///
/// Nobody polls here, so nothing else would tell.
pub(crate) async fn watch(api: Api, set: SetWebhook, health: Health) -> InvalidToken {
    let mut failures = DeliveryFailures::default();
    loop {
        let fault = match api.call(&GetWebhookInfo {}).await {
            Ok(info) => {
                let is_ours = info.url == set.url.as_str();
                health.set(HealthCheck::Delivery, failures.observe(info));
                if is_ours {
                    None
                } else {
                    error!("somebody has set another webhook with this bot's token, so ours is set again");
                    api.call(&set).await.err()
                }
            }
            Err(fault) => Some(fault),
        };
        if let Some(fault) = &fault
            && api.is_token_revoked(fault).await
        {
            return InvalidToken;
        }
        health.set(
            HealthCheck::Intake,
            fault.map(|fault| format!("Telegram does not say whether it knows the webhook: {fault}")),
        );
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
}

/// Failures of Telegram to deliver updates.
#[derive(Debug, Default)]
struct DeliveryFailures {
    /// Time of the last of them, if there was any; `None` before the first check.
    last: Option<Option<u64>>,
    /// Words of Telegram about them, and the number of checks since that was new.
    now: Option<(String, u32)>,
}

impl DeliveryFailures {
    /// Says in words that Telegram can't deliver updates, until it delivers them again as far as it tells: it has none left, or
    /// none failed for some checks.
    fn observe(&mut self, info: WebhookInfo) -> Option<String> {
        // What failed before the bot was started failed because it was not there.
        let is_new = self.last.replace(info.last_error_date).is_some_and(|last| last < info.last_error_date);
        if is_new {
            // Words of Telegram's own about the connection; the body of an update is never among them.
            let text = info.last_error_message.unwrap_or_default();
            let text: String = text.chars().filter(|c| !c.is_control()).take(MAX_ERROR_LEN).collect();
            let fault = format!("Telegram can't deliver updates to the webhook: {text}");
            if self.now.as_ref().is_none_or(|(known, _)| *known != fault) {
                error!("{fault}");
            }
            self.now = Some((fault, 0));
        } else if let Some((_, n_checks)) = &mut self.now {
            *n_checks += 1;
            if info.pending_update_count == 0 || *n_checks >= MAX_QUIET_CHECKS {
                info!("Telegram delivers updates to the webhook again");
                self.now = None;
            }
        }
        self.now.as_ref().map(|(fault, _)| fault.clone())
    }
}

/// Answers Telegram's calls until `closing`.
pub(crate) async fn listen(
    listener: TcpListener,
    secret: String,
    receiver: Arc<Receiver>,
    metrics: Arc<Metrics>,
    closing: CancellationToken,
) {
    let state = Arc::new(WebhookState { secret, receiver, metrics, permits: Semaphore::new(MAX_IN_FLIGHT) });
    // Any path, because what stands in front of us may have changed it.
    let router = Router::new().fallback(receive).with_state(state);
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
    let connection_permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let connections = TaskTracker::new();
    let receiving = async {
        // Those beyond wait to be accepted; nobody closes the semaphore.
        while let Ok(permit) = Arc::clone(&connection_permits).acquire_owned().await {
            let Ok((stream, _)) = listener.accept().await else {
                // Too many files are open: it passes.
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            };
            let connection = http.serve_connection(TokioIo::new(stream), TowerToHyperService::new(router.clone()));
            let closing = closing.clone();
            connections.spawn(async move {
                let _permit = permit;
                let mut connection = pin!(connection);
                let is_over = tokio::select! {
                    // What went wrong is the other side's to tell.
                    _ = connection.as_mut() => true,
                    () = closing.cancelled() => false,
                };
                if !is_over {
                    connection.as_mut().graceful_shutdown();
                    _ = tokio::time::timeout(CONNECTION_DRAIN_TIMEOUT, connection).await;
                }
            });
        }
    };
    tokio::select! {
        () = closing.cancelled() => {}
        () = receiving => {}
    }
    connections.close();
    connections.wait().await;
}

async fn receive(State(state): State<Arc<WebhookState>>, request: Request) -> StatusCode {
    if request.method() != Method::POST {
        return StatusCode::METHOD_NOT_ALLOWED;
    }
    if !has_secret(request.headers(), &state.secret) {
        // No line of the log for each: anybody who finds the address could fill it.
        debug!("a webhook call did not show the secret");
        state.metrics.webhook_unauthorized.inc();
        return StatusCode::UNAUTHORIZED;
    }
    let Ok(_permit) = state.permits.try_acquire() else {
        info!("the webhook is at capacity: an update was turned away");
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    // A permit is not kept for a body that never comes to its end.
    let reading = tokio::time::timeout(BODY_TIMEOUT, axum::body::to_bytes(request.into_body(), MAX_BODY));
    let body = match reading.await {
        Ok(Ok(body)) => body,
        Ok(Err(_)) => return StatusCode::PAYLOAD_TOO_LARGE,
        Err(_) => return StatusCode::REQUEST_TIMEOUT,
    };
    let Ok(raw) = serde_json::from_slice::<&RawValue>(&body) else { return StatusCode::BAD_REQUEST };
    let raw = polling::parse(raw);
    let receiver = Arc::clone(&state.receiver);
    // A task of its own, so that a connection that breaks does not cut it in two.
    let taking = tokio::spawn(async move {
        receiver.receive(std::slice::from_ref(&raw)).await;
        receiver.may_confirm(&raw, Instant::now() + OVERFLOW_REPLY_TIMEOUT).await
    });
    if taking.await.unwrap_or(false) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }
}

fn has_secret(headers: &HeaderMap, secret: &str) -> bool {
    let shown = headers.get("x-telegram-bot-api-secret-token").map(|shown| shown.as_bytes()).unwrap_or_default();
    shown.ct_eq(secret.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failure_is_reported_until_delivery_works_again() {
        let mut failures = DeliveryFailures::default();
        let mut observe = |last_error_date: u64, pending_update_count: u64| {
            let info = WebhookInfo {
                pending_update_count,
                last_error_date: Some(last_error_date),
                last_error_message: Some("Connection refused".to_owned()),
                ..WebhookInfo::default()
            };
            failures.observe(info).is_some()
        };
        assert!(!observe(100, 3), "it is from before the start");
        assert!(!observe(100, 3));
        assert!(observe(130, 3));
        assert!(!observe(130, 0), "nothing waits");
        assert!(observe(200, 3));
        assert!(observe(200, 3), "Telegram may not have tried again yet");
        assert!(observe(290, 4), "it has, and failed");
        let is_told: Vec<bool> = (0..6).map(|_| observe(290, 4)).collect();
        assert_eq!(is_told, [true, true, true, true, false, false]);
    }
}
